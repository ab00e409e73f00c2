"""Promises, satisfaction and tickets."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1.survey_answer_pb2 import SurveyAnswer
from crm.service_desk.v1.ticket_pb2 import SlaClock, Ticket

from crm_kit.testing.service import RunningService

from .chronicle import History, Run, at

PERIOD = {"from_date": "2026-03-01", "to_date": "2026-04-01", "time_zone": "UTC"}
CLOCK = SlaClock


def ticket_with(history: History, *clocks: tuple[int, str, str], kind: int = Ticket.ENQUIRY, score: int = 0) -> None:
    """A resolved ticket with clocks ``(state, due, cause)``, rated when there is a score."""
    ticket = Ticket(id=str(uuid4()), state=Ticket.RESOLVED, kind=kind, unit_path="/hq/", resolver_id=str(uuid4()))
    ticket.create_time.FromDatetime(at("2026-03-02 08:00"))
    history.add("ticket", UUID(ticket.id), "2026-03-02 08:00", events.TicketCreated(ticket=ticket))
    ticket.resolve_time.FromDatetime(at("2026-03-02 10:00"))
    for cycle, (state, due, cause) in enumerate(clocks, 1):
        clock = ticket.clocks.add(target=CLOCK.RESOLUTION, state=state, cycle=cycle, breach_cause=cause)
        if due:
            clock.due_time.FromDatetime(at(due))
    history.add("ticket", UUID(ticket.id), "2026-03-02 10:00", events.TicketResolved(ticket=ticket))
    if score:
        answer = SurveyAnswer(id=str(uuid4()), ticket_id=ticket.id, unit_path="/hq/", score=score)
        answer.answer_time.FromDatetime(at("2026-03-03 10:00"))
        event = events.SurveyAnswered(survey_answer=answer, ticket=ticket)
        history.add("survey_answer", UUID(answer.id), "2026-03-03 10:00", event)


async def test_the_sla_rate_leaves_out_what_is_not_due_and_counts_late_ones(
    reporting: RunningService, run: Run
) -> None:
    history = History()
    ticket_with(history, (CLOCK.MET, "2026-03-05 08:00", ""), (CLOCK.MET_LATE, "2026-03-06 08:00", ""))
    ticket_with(history, (CLOCK.BREACHED_RUNNING, "2026-03-05 08:00", ""), (CLOCK.MET, "2026-03-05 08:00", ""))
    ticket_with(history, (CLOCK.RUNNING, "2999-03-05 08:00", ""), (CLOCK.RUNNING, "2026-03-07 08:00", ""))
    ticket_with(history, (CLOCK.PAUSED, "", ""), (CLOCK.CANCELLED, "2026-03-05 08:00", ""))
    ticket_with(history, (CLOCK.MET_LATE, "2026-03-05 08:00", "carried"), (CLOCK.MET, "2026-05-05 08:00", ""))
    await history.deliver(reporting)
    total = (await run("sla", **PERIOD)).totals[0]
    assert [total[name] for name in ("met", "met_late", "breached", "met_rate", "open")] == [2, 1, 2, 0.4, 0]
    later = (await run("sla", from_date="2990-01-01", to_date="2999-12-31")).totals[0]
    assert (later["open"], later["met_rate"]) == (1, None)


async def csat(reporting: RunningService, run: Run, scores: Sequence[int]) -> tuple[float, float, float | None]:
    history = History()
    for score in scores:
        ticket_with(history, score=score)
    await history.deliver(reporting)
    total = (await run("csat", **PERIOD)).totals[0]
    return total["answers"], total["response_rate"], total["csat"]


async def test_satisfaction_is_the_share_of_fours_and_fives(reporting: RunningService, run: Run) -> None:
    assert await csat(reporting, run, (5, 4, 3, 1, 5, 0, 0, 0)) == (5, 0.625, 0.6)


async def test_fewer_than_five_ratings_are_hidden(reporting: RunningService, run: Run) -> None:
    assert await csat(reporting, run, (5, 4, 3, 1)) == (4, 1, None)


async def test_tickets_are_counted_by_kind(reporting: RunningService, run: Run) -> None:
    history = History()
    ticket_with(history, kind=Ticket.COMPLAINT)
    ticket_with(history, kind=Ticket.REPAIR)
    ticket_with(history, kind=Ticket.REPAIR)
    await history.deliver(reporting)
    rows = (await run("tickets_by_kind", **PERIOD)).rows
    assert [(row["kind"], row["tickets"], row["resolve_p50"]) for row in rows] == [
        ("COMPLAINT", 1, 2),
        ("REPAIR", 2, 2),
    ]
