"""Makes sure that a consumer has received everything its producers have announced."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from crm.ops.v1 import event_service_pb2 as pb

from crm_kit import digests
from crm_kit.admission import Mode
from crm_kit.database import Database
from crm_kit.errors import Error
from crm_kit.intake import Intake
from crm_kit.loops import repeat
from crm_kit.positions import token_of
from crm_kit.reconciler import envelope_of_log
from crm_kit.rpc.channels import RemoteError
from crm_kit.telemetry import events_unaccounted

log = logging.getLogger(__name__)

CHECK_SECONDS = 600.0
AGAIN_SECONDS = 60.0

ListDigests = Callable[[str, Sequence[str], datetime], Awaitable[tuple[digests.Digests, datetime]]]
"""``(domain, event_types, start)`` → the producer's digests since then, and the instant they end at."""


class Page(NamedTuple):
    """Events as a producer lists them, oldest first, and the token of the next page."""

    events: Sequence[pb.Event]
    next_token: str


ListPage = Callable[[str, str], Awaitable[Page]]
"""``(domain, page_token)`` → that page of everything the producer announced."""


class Accounting:
    """Compares one consumer's inbox with its producers' outboxes every ten minutes, and fetches what is missing."""

    def __init__(self, intake: Intake, db: Database, list_digests: ListDigests, list_page: ListPage) -> None:
        self._intake, self._db = intake, db
        self._list_digests, self._list_page = list_digests, list_page
        consumer = intake.consumer
        since = digests.hour_of(datetime.now(UTC) - digests.LOOKED_BACK)
        # Hours that agreed are not looked at again.
        self._since = dict.fromkeys(consumer.domains, since)
        self._labels = {"messaging.consumer.group.name": consumer.name}

    async def run(self, stop: asyncio.Event) -> None:
        began = time.monotonic()

        async def work() -> float:
            # What happened while the process was away arrives by itself in the first minute.
            if time.monotonic() - began < AGAIN_SECONDS:
                return AGAIN_SECONDS
            return AGAIN_SECONDS if await self.check() else CHECK_SECONDS

        await repeat(work, stop, name=f"accounting of {self._intake.consumer.name}")

    async def check(self) -> int:
        """Compare, and apply what never arrived; returns how many events were unaccounted for."""
        unaccounted = 0
        for domain in self._since:
            try:
                unaccounted += await self._check(domain)
            except (Error, RemoteError, LookupError) as error:
                # A producer that is away, not told of or older than this is asked again in ten minutes.
                log.warning("%s cannot compare with %s: %r", self._intake.consumer.name, domain, error)
        events_unaccounted.set(unaccounted, self._labels)
        return unaccounted

    async def _check(self, domain: str) -> int:
        consumer, since = self._intake.consumer, self._since[domain]
        types = [] if consumer.mode is Mode.LEDGER else consumer.subjects(domain)
        theirs, end = await self._list_digests(domain, types, since)
        ours = await digests.of_inbox(self._db, consumer.name, f"/crm/{domain}", types, since, end)
        hours = digests.differing(ours, theirs)
        unaccounted = 0
        for hour in hours:
            unaccounted += await self._fetch(domain, types, hour, min(hour + timedelta(hours=1), end))
        self._since[domain] = hours[0] if hours else digests.hour_of(end)
        return unaccounted

    async def _fetch(self, domain: str, types: Sequence[str], start: datetime, end: datetime) -> int:
        """Apply the events of one hour that the consumer has not seen; the order of arrival does not matter to it."""
        first, last = digests.first_id(start), digests.first_id(end)
        limit = digests.first_id(end + digests.STRADDLE)
        token, found = token_of(str(first), 0), 0
        while token:
            page = await self._list_page(domain, token)
            events = {
                UUID(event.event_id): event
                for event in page.events
                if first <= UUID(event.event_id) < last and (not types or event.event_type in types)
            }
            missing = await digests.not_received(self._db, self._intake.consumer.name, list(events))
            if missing:
                name = self._intake.consumer.name
                log.error("%s had not received %d events of %s; they are applied now", name, len(missing), domain)
                await self._intake.apply([envelope_of_log(event) for id, event in events.items() if id in missing])
            found += len(missing)
            past = any(UUID(event.event_id) >= limit for event in page.events)
            token = "" if past else page.next_token
        return found
