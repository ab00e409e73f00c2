"""Discover: what every service holds of a person, and which further records seem to be the same one (domain rule 8.8).

Records are proposed when one became the other or both are reached in the same way, never by name; the officer decides.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.ops.v1 import personal_data_service_pb2 as pb
from google.protobuf.json_format import MessageToDict

from crm_customers.domain.subject_request import SubjectRequest
from crm_customers.usecases.ask_services import Services
from crm_kit.call import Call
from crm_kit.tx import begin


class DiscoverSubject:
    """Asks twice: what the first answers tell of contact points and links is what the second asks for."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, id: str, etag: str, call: Call) -> SubjectRequest:
        """The request with what was found; Unavailable when a service is away."""
        async with begin(call) as tx:
            request = await tx.load(SubjectRequest, id, etag=etag)
            request.need_open()
            subjects, etag = _records(request.subjects), request.etag
        first = await self._services.find(call, pb.FindPersonalDataRequest(subjects=subjects))
        wider = pb.FindPersonalDataRequest(
            subjects=subjects,
            contact_points=_once(point for answer in first for point in answer.contact_points),
            record_ids=ids_in(first),
        )
        second = await self._services.find(call, wider)
        async with begin(call) as tx:
            request = await tx.load(SubjectRequest, id, etag=etag)
            request.discover(_matches([*first, *second], subjects), findings_in(second))
        return request


def findings_in(answers: Iterable[pb.FindPersonalDataResponse]) -> list[dict[str, Any]]:
    """As they are stored with a request."""
    return [plain(finding) for answer in answers for finding in answer.findings]


def plain(message: Any) -> dict[str, Any]:
    """A message as it is stored in a column."""
    return MessageToDict(message, preserving_proto_field_name=True)


def ids_in(answers: Iterable[pb.FindPersonalDataResponse]) -> list[str]:
    """Records about the person, in any service."""
    return sorted({id for answer in answers for id in answer.record_ids})


def _records(subjects: Sequence[Mapping[str, Any]]) -> list[pb.SubjectRecord]:
    return [pb.SubjectRecord(**one) for one in subjects]


def _once(points: Iterable[pb.ContactPoint]) -> list[pb.ContactPoint]:
    return list({(point.kind, point.value): point for point in points}.values())


def _matches(
    answers: Iterable[pb.FindPersonalDataResponse], subjects: Sequence[pb.SubjectRecord]
) -> list[dict[str, Any]]:
    """Each record once, with every reason any service gave."""
    known = {(one.resource, one.id) for one in subjects}
    found: dict[tuple[str, str], set[str]] = {}
    for match in (match for answer in answers for match in answer.matches):
        key = (match.record.resource, match.record.id)
        if key not in known:
            found.setdefault(key, set()).update(match.because)
    return [
        {"record": {"resource": resource, "id": id}, "because": sorted(because)}
        for (resource, id), because in sorted(found.items())
    ]
