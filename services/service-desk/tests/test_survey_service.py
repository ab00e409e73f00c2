"""Customers rate solved tickets."""

from datetime import timedelta
from uuid import UUID

import pytest
from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1 import survey_answer_pb2, ticket_pb2
from crm.service_desk.v1 import survey_service_pb2 as pb
from crm.service_desk.v1 import ticket_service_pb2 as tickets
from google.protobuf.field_mask_pb2 import FieldMask

from crm_kit.errors import InvalidArgument
from crm_service_desk.domain.errors import AlreadyRated, SurveyClosed

from .builders import monday
from .desk import AGENT, Desk

COLLEAGUE = UUID("01920000-0000-7000-8000-000000000002")


async def a_solved_ticket(desk: Desk) -> ticket_pb2.Ticket:
    ticket = await desk.open_ticket(at="10:00")
    await desk.do("AssignTicket", tickets.AssignTicketRequest(id=ticket.id, owner_id=str(COLLEAGUE)))
    solved = tickets.ResolveTicketRequest(id=ticket.id, resolution_code="answered", resolution="Plugged it in.")
    made: ticket_pb2.Ticket = await desk.do("ResolveTicket", solved, at="11:00")
    return made


def answer(ticket: ticket_pb2.Ticket, score: int, **facts: str) -> pb.CreateSurveyAnswerRequest:
    return pb.CreateSurveyAnswerRequest(
        survey_answer=survey_answer_pb2.SurveyAnswer(ticket_id=ticket.id, score=score, **facts)
    )


async def test_a_rating_counts_for_the_agent_who_resolved_and_not_for_the_owner(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    rated = await desk.do("CreateSurveyAnswer", answer(ticket, 4, comment="quick"), at="12:00")
    assert (rated.agent_id, rated.customer_id, rated.channel) == (str(AGENT), ticket.customer_id, "web")
    [told] = await desk.events(events.SurveyAnswered)
    assert (told.survey_answer, told.ticket.id, told.summary) == (rated, ticket.id, "4/5 quick")


async def test_an_unsolved_ticket_cannot_be_rated(desk: Desk) -> None:
    with pytest.raises(SurveyClosed):
        await desk.do("CreateSurveyAnswer", answer(await desk.open_ticket(), 5))


@pytest.mark.parametrize("score", [0, 6])
async def test_a_score_is_one_to_five(desk: Desk, score: int) -> None:
    with pytest.raises(InvalidArgument, match=r"1 .* to 5"):
        await desk.do("CreateSurveyAnswer", answer(await a_solved_ticket(desk), score))


async def test_a_ticket_is_rated_once_and_the_rating_may_change_until_it_expires(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    rated = await desk.do("CreateSurveyAnswer", answer(ticket, 2), at="12:00")
    with pytest.raises(AlreadyRated) as caught:
        await desk.do("CreateSurveyAnswer", answer(ticket, 5))
    assert caught.value.metadata["id"] == rated.id
    rated.score = 5
    change = pb.UpdateSurveyAnswerRequest(survey_answer=rated, update_mask=FieldMask(paths=["score"]))
    changed = await desk.do("UpdateSurveyAnswer", change, at="13:00")
    assert (changed.score, len(await desk.events(events.SurveyAnswered))) == (5, 2)
    changed.score = 1
    late = pb.UpdateSurveyAnswerRequest(survey_answer=changed, update_mask=FieldMask(paths=["score"]))
    with pytest.raises(SurveyClosed):
        await desk.do("UpdateSurveyAnswer", late, at=monday("11:00") + timedelta(days=30))


async def test_low_ratings_are_found_by_agent(desk: Desk) -> None:
    ticket = await a_solved_ticket(desk)
    rated = await desk.do("CreateSurveyAnswer", answer(ticket, 2))
    listed = await desk.do(
        "ListSurveyAnswers", pb.ListSurveyAnswersRequest(filter=f'score <= 2 AND agent_id = "{AGENT}"')
    )
    assert [item.id for item in listed.survey_answers] == [rated.id]
