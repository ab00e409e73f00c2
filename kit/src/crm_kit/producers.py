"""The event logs of other services, asked by whoever misses events or accounts for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from crm.ops.v1.event_service_pb2 import (
    DigestEventsRequest,
    DigestEventsResponse,
    Event,
    ListEventsRequest,
    ListEventsResponse,
)
from google.protobuf.message import Message

from crm_kit.accounting import Page
from crm_kit.digests import Digest
from crm_kit.positions import LARGEST_SIZE
from crm_kit.principal import system
from crm_kit.rpc.channels import Channels

M = TypeVar("M", bound=Message)


class Producers:
    """Asks the logs in the name of one service; ``domain`` is the producer's, as event types write it. Raises what the call
    raises.
    """

    def __init__(self, channels: Channels, service: str) -> None:
        self._channels, self._service = channels, service

    async def missed(self, domain: str, aggregate_id: UUID, after_seq: int) -> Sequence[Event]:
        """The events of an aggregate after one that arrived."""
        request = ListEventsRequest(aggregate_id=str(aggregate_id), after_seq=after_seq, page_size=LARGEST_SIZE)
        return (await self._ask(domain, "ListEvents", request, ListEventsResponse)).events

    async def announced(self, domain: str, token: str) -> Page:
        """One page of all that the producer announced."""
        request = ListEventsRequest(page_token=token, page_size=LARGEST_SIZE)
        answer = await self._ask(domain, "ListEvents", request, ListEventsResponse)
        return Page(answer.events, answer.next_page_token)

    async def digests(
        self, domain: str, event_types: Sequence[str], start: datetime
    ) -> tuple[dict[datetime, Digest], datetime]:
        """What was announced, hour by hour from ``start``, and the instant up to which that is final."""
        request = DigestEventsRequest(event_types=event_types)
        request.start_time.FromDatetime(start)
        answer = await self._ask(domain, "DigestEvents", request, DigestEventsResponse)
        found = {made.hour.ToDatetime(UTC): Digest(made.count, made.hash_sum) for made in answer.digests}
        return found, answer.end_time.ToDatetime(UTC)

    async def _ask(self, domain: str, method: str, request: Any, response: type[M]) -> M:
        request.service = domain.replace("_", "-")
        principal = system("event", self._service)
        path = f"crm.ops.v1.EventService/{method}"
        return await self._channels.call(request.service, path, request, response, principal=principal)
