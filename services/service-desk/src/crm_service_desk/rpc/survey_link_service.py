"""crm.service_desk.v1.SurveyLinkService."""

from uuid import UUID

from crm.service_desk.v1 import survey_link_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.keys import Keys
from crm_kit.mapping import timestamp
from crm_service_desk import queries
from crm_service_desk.usecases.answer_survey import answerable_until, survey_token


class SurveyLinkService:
    """Links under which customers rate solved tickets."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def GetSurveyLink(self, request: pb.GetSurveyLinkRequest, call: Call) -> pb.SurveyLink:
        found = await queries.surveyed(call, request.ticket_id)
        expires = answerable_until(found.number, found.resolve_time, call.now)
        return pb.SurveyLink(
            ticket_id=str(found.id),
            path=f"/survey/{survey_token(self._keys, UUID(str(found.id)), expires)}",
            expire_time=timestamp(expires),
        )
