"""crm.service_desk.v1.SurveyService."""

from crm.service_desk.v1 import survey_answer_pb2
from crm.service_desk.v1 import survey_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_service_desk import mappings
from crm_service_desk.domain.survey_answer import SurveyAnswer
from crm_service_desk.usecases.rate_ticket import change_rating, rate_ticket

survey_answers = Resource(
    mappings.survey_answer,
    filters=("ticket_id", "customer_id", "agent_id", "unit_path", "score", "channel", "answer_time", "create_time"),
    search=("comment",),
)


class SurveyService:
    """Customers' ratings of solved tickets."""

    GetSurveyAnswer = survey_answers.get
    ListSurveyAnswers = survey_answers.list

    async def CreateSurveyAnswer(
        self, request: pb.CreateSurveyAnswerRequest, call: Call
    ) -> survey_answer_pb2.SurveyAnswer:
        answer = await survey_answers.read(call, request.survey_answer)
        async with begin(call) as tx:
            await rate_ticket(tx, answer)
        return survey_answers.write(answer)

    async def UpdateSurveyAnswer(
        self, request: pb.UpdateSurveyAnswerRequest, call: Call
    ) -> survey_answer_pb2.SurveyAnswer:
        message = request.survey_answer
        values = await survey_answers.changes(call, message, request.update_mask.paths)
        async with begin(call) as tx:
            answer = await tx.load(SurveyAnswer, message.id, etag=message.etag)
            await change_rating(tx, answer, survey_answers.apply(answer, values))
        return survey_answers.write(answer)
