"""Customers rate a ticket under a link of ours, and nobody without one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1 import survey_intake_service_pb2 as intake
from crm.service_desk.v1 import survey_link_service_pb2 as links
from crm.service_desk.v1 import survey_service_pb2 as surveys
from crm.service_desk.v1 import ticket_pb2
from crm.service_desk.v1 import ticket_service_pb2 as pb

from crm_kit.keys import Keys
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_service_desk.service import service
from crm_service_desk.usecases.answer_survey import survey_token

from .desk import CUSTOMER

TICKETS, INTAKE = "crm.service_desk.v1.TicketService", "crm.service_desk.v1.SurveyIntakeService"
AGENT = somebody(permissions=["service_desk.*"], unit_path="/hq/east/")
CUSTOMERS = Principal("surveys", kind="service", grants=(("service_desk.survey_answer.create", Scope.ALL),))


@pytest.fixture
async def wire(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path) as made:
        yield made


async def a_ticket(wire: RunningService, *, solved: bool = True) -> ticket_pb2.Ticket:
    wanted = ticket_pb2.Ticket(kind=ticket_pb2.Ticket.ENQUIRY, subject="No sound", customer_id=str(CUSTOMER))
    ticket = await wire.call(f"{TICKETS}/CreateTicket", pb.CreateTicketRequest(ticket=wanted), AGENT)
    if solved:
        assigned = pb.AssignTicketRequest(id=ticket.id, owner_id=AGENT.subject)
        await wire.call(f"{TICKETS}/AssignTicket", assigned, AGENT)
        solving = pb.ResolveTicketRequest(id=ticket.id, resolution_code="answered", resolution="Plugged it in.")
        ticket = await wire.call(f"{TICKETS}/ResolveTicket", solving, AGENT)
    return ticket


async def link(wire: RunningService, ticket: ticket_pb2.Ticket, who: Principal = AGENT) -> links.SurveyLink:
    request = links.GetSurveyLinkRequest(ticket_id=ticket.id)
    return await wire.call("crm.service_desk.v1.SurveyLinkService/GetSurveyLink", request, who)


async def token_of(wire: RunningService, ticket: ticket_pb2.Ticket) -> str:
    return (await link(wire, ticket)).path.removeprefix("/survey/")


async def show(wire: RunningService, token: str) -> intake.PublicSurvey:
    return await wire.call(f"{INTAKE}/ShowSurvey", intake.ShowSurveyRequest(token=token), CUSTOMERS)


async def rate(wire: RunningService, token: str, score: int, comment: str = "") -> None:
    request = intake.AnswerSurveyRequest(token=token, score=score, comment=comment)
    await wire.call(f"{INTAKE}/AnswerSurvey", request, CUSTOMERS)


async def ratings(wire: RunningService) -> list[Any]:
    request = surveys.ListSurveyAnswersRequest()
    return list((await wire.call("crm.service_desk.v1.SurveyService/ListSurveyAnswers", request, AGENT)).survey_answers)


async def test_a_survey_tells_number_and_subject_and_nothing_else(wire: RunningService) -> None:
    ticket = await a_ticket(wire)
    made = await link(wire, ticket)
    shown = await show(wire, made.path.removeprefix("/survey/"))
    assert (shown.number, shown.subject, shown.rated) == (ticket.number, "No sound", False)
    assert shown.expire_time == made.expire_time
    assert made.expire_time.ToDatetime() == ticket.resolve_time.ToDatetime() + timedelta(days=30)


async def test_a_rating_counts_as_one_given_to_an_agent_does_and_may_be_changed(wire: RunningService) -> None:
    ticket = await a_ticket(wire)
    token = await token_of(wire, ticket)
    await rate(wire, token, 2, "slow")
    await rate(wire, token, 4, "better")
    await rate(wire, token, 4, "better")
    [answer] = await ratings(wire)
    assert (answer.score, answer.comment, answer.channel) == (4, "better", "web")
    assert (answer.ticket_id, answer.agent_id) == (ticket.id, AGENT.subject)
    told = [each.message.summary for each in await wire.announced(events.SurveyAnswered)]
    assert told == ["2/5 slow", "4/5 better"]
    assert (await show(wire, token)).rated


async def test_an_unsolved_ticket_has_no_link(wire: RunningService) -> None:
    ticket = await a_ticket(wire, solved=False)
    with pytest.raises(RemoteError) as refused:
        await link(wire, ticket)
    assert refused.value.reason == "SURVEY_CLOSED"


async def test_only_who_sees_the_ticket_gets_its_link(wire: RunningService) -> None:
    ticket = await a_ticket(wire)
    stranger = replace(somebody(permissions=["service_desk.*"], scope=Scope.SUBTREE), unit_path="/hq/south/")
    with pytest.raises(RemoteError) as refused:
        await link(wire, ticket, stranger)
    assert refused.value.reason == "NOT_FOUND"


async def test_a_link_nobody_signed_leads_nowhere(wire: RunningService) -> None:
    token = await token_of(wire, await a_ticket(wire))
    gateways = survey_token(Keys.load(wire.keys_dir, "gateway"), UUID(int=1), datetime.now(UTC) + timedelta(days=1))
    for forged in ("", "x", token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), "B" + token[1:], gateways):
        with pytest.raises(RemoteError) as refused:
            await rate(wire, forged, 5)
        assert refused.value.reason == "NOT_FOUND"
    assert await ratings(wire) == []


async def test_a_link_ends_with_its_time_whoever_keeps_it(wire: RunningService) -> None:
    ticket = await a_ticket(wire)
    keys = Keys.load(wire.keys_dir, "service-desk")
    late = survey_token(keys, UUID(ticket.id), datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(RemoteError) as over:
        await show(wire, late)
    assert over.value.reason == "SURVEY_OVER"
    token = await token_of(wire, ticket)
    await wire.administer("UPDATE ticket SET resolve_time = resolve_time - interval '31 days'")
    for attempt in (show(wire, token), rate(wire, token, 5)):
        with pytest.raises(RemoteError) as over:
            await attempt
        assert over.value.reason == "SURVEY_OVER"


@pytest.mark.parametrize(("score", "comment"), [(0, ""), (6, ""), (5, "x" * 2001)])
async def test_what_is_no_rating_is_refused(wire: RunningService, score: int, comment: str) -> None:
    token = await token_of(wire, await a_ticket(wire))
    with pytest.raises(RemoteError) as refused:
        await rate(wire, token, score, comment)
    assert refused.value.reason == "INVALID_ARGUMENT"
    assert await ratings(wire) == []
