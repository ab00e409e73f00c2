"""Every service that holds records is asked about a person, in the officer's name (domain rule 8.8).

A service that is away is waited for by whoever asks: an answer without it would be none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from crm.ops.v1 import personal_data_service_pb2 as pb
from google.protobuf.message import Message

from crm_kit.call import Call
from crm_kit.errors import DeadlineExceeded, Unavailable
from crm_kit.personal_data_service import PersonalDataService
from crm_kit.principal import Principal, system
from crm_kit.rpc.channels import Channels

M = TypeVar("M", bound=Message)
SERVICE = "crm.ops.v1.PersonalDataService"
OURS = "customers"


class Services:
    """The services and the way to ask each. ``peers``: all but this one, which is asked first, because others ask it for
    what it sealed.
    """

    def __init__(self, channels: Channels, peers: Sequence[str], own: PersonalDataService) -> None:
        self._channels, self._own = channels, own
        self.names = (OURS, *peers)

    async def find(self, call: Call, request: pb.FindPersonalDataRequest) -> list[pb.FindPersonalDataResponse]:
        """What each of them holds."""
        return [
            await self._ask(call, name, "FindPersonalData", request, pb.FindPersonalDataResponse) for name in self.names
        ]

    async def erase(self, call: Call, request: pb.ErasePersonalDataRequest) -> list[pb.Finding]:
        """What became of it, in all of them. One that is away holds up no other, but the answer."""
        found: list[pb.Finding] = []
        away: Exception | None = None
        for name in self.names:
            try:
                answer = await self._ask(call, name, "ErasePersonalData", request, pb.ErasePersonalDataResponse)
            except (Unavailable, DeadlineExceeded) as error:
                away = error
            else:
                found += answer.findings
        if away is not None:
            raise away
        return found

    async def export(
        self, call: Call, request: pb.ExportPersonalDataRequest
    ) -> Mapping[str, Sequence[pb.PersonalRecord]]:
        """Everything, by service."""
        found: dict[str, list[pb.PersonalRecord]] = {}
        for name in self.names:
            page = pb.ExportPersonalDataRequest()
            page.CopyFrom(request)
            while True:
                answer = await self._ask(call, name, "ExportPersonalData", page, pb.ExportPersonalDataResponse)
                found.setdefault(name, []).extend(answer.records)
                if not answer.next_page_token:
                    break
                page.page_token = answer.next_page_token
        return found

    async def _ask(self, call: Call, name: str, method: str, request: Any, answer: type[M]) -> M:
        principal = _in_the_name_of(call.principal)
        if name == OURS:
            work = replace(call, principal=principal, permission=f"{OURS}.personal_data.use", idempotency=None)
            own: M = await getattr(self._own, method)(request, work)
            return own
        return await self._channels.call(
            name,
            f"{SERVICE}/{method}",
            request,
            answer,
            principal=principal,
            request_id=call.request_id,
            deadline=call.deadline,
        )


def _in_the_name_of(officer: Principal) -> Principal:
    """The service asks, with rights of its own; the trail tells for whom."""
    return replace(system("service", OURS), on_behalf_of=officer.on_behalf_of or officer.subject)
