"""crm.service_desk.v1.SurveyIntakeService: what the gateway asks for customers who follow a link."""

from crm.service_desk.v1 import survey_intake_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.keys import Keys
from crm_kit.mapping import timestamp
from crm_kit.tx import begin
from crm_service_desk import queries
from crm_service_desk.domain.errors import SurveyClosed
from crm_service_desk.usecases.answer_survey import (
    SurveyOver,
    answer_survey,
    answerable_until,
    as_customer,
    surveyed_ticket,
)


class SurveyIntakeService:
    """Surveys as customers meet them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def ShowSurvey(self, request: pb.ShowSurveyRequest, call: Call) -> pb.PublicSurvey:
        ticket_id = surveyed_ticket(self._keys, request.token, call.now)
        found = await queries.surveyed(as_customer(call), ticket_id)
        try:
            expires = found.expire_time or answerable_until(found.number, found.resolve_time, call.now)
        except SurveyClosed as closed:
            raise SurveyOver from closed
        if call.now >= expires:
            raise SurveyOver
        rated = found.expire_time is not None
        return pb.PublicSurvey(number=found.number, subject=found.subject, rated=rated, expire_time=timestamp(expires))

    async def AnswerSurvey(self, request: pb.AnswerSurveyRequest, call: Call) -> pb.AnswerSurveyResponse:
        ticket_id = surveyed_ticket(self._keys, request.token, call.now)
        answer = pb.AnswerSurveyResponse()
        async with begin(as_customer(call)) as tx:
            await answer_survey(tx, ticket_id, request.score, request.comment.strip())
            tx.answer_with(answer)
        return answer
