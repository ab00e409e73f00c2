"""Keep what is known of tickets, the promises on them and their ratings."""

from collections.abc import Sequence
from typing import Any

from crm.service_desk.v1.survey_answer_pb2 import SurveyAnswer
from crm.service_desk.v1.ticket_pb2 import SlaClock, Ticket

from crm_kit.consumer import Received
from crm_kit.tx import Tx
from crm_reporting.domain.desk_facts import sla_fact, survey_fact, ticket_fact
from crm_reporting.usecases.write_facts import Row, keep, time_of, uuid_of


async def keep_tickets(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """The ticket, and every promise on it with every cycle: each event carries them all."""
    await keep(tx, ticket_fact, [_ticket(event, event.message.ticket) for event in events])
    clocks = [_clock(event, event.message.ticket, clock) for event in events for clock in event.message.ticket.clocks]
    await keep(tx, sla_fact, clocks)


async def keep_ratings(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """The rating; a changed one replaces it. The ticket that comes along is older than its own history may be."""
    await keep(tx, survey_fact, [_rating(event, event.message.survey_answer) for event in events])


def _ticket(event: Received[Any], ticket: Ticket) -> Row:
    return {
        "id": event.aggregate_id,
        "event_seq": event.event_seq,
        "owner_id": uuid_of(ticket.owner_id),
        "unit_path": ticket.unit_path,
        "number": ticket.number,
        "state": Ticket.State.Name(ticket.state),
        "kind": Ticket.Kind.Name(ticket.kind),
        "priority": Ticket.Priority.Name(ticket.priority),
        "channel": ticket.channel,
        "customer_id": uuid_of(ticket.customer_id),
        "resolver_id": uuid_of(ticket.resolver_id),
        "reopen_count": ticket.reopen_count,
        "create_time": time_of(ticket, "create_time") or event.occur_time,
        "first_response_time": time_of(ticket, "first_response_time"),
        "resolve_time": time_of(ticket, "resolve_time"),
        "close_time": time_of(ticket, "close_time"),
    }


def _clock(event: Received[Any], ticket: Ticket, clock: SlaClock) -> Row:
    return {
        "ticket_id": event.aggregate_id,
        "target": SlaClock.Target.Name(clock.target),
        "cycle": clock.cycle,
        "event_seq": event.event_seq,
        "owner_id": uuid_of(ticket.owner_id),
        "unit_path": ticket.unit_path,
        "state": SlaClock.State.Name(clock.state),
        "priority": Ticket.Priority.Name(ticket.priority),
        "kind": Ticket.Kind.Name(ticket.kind),
        "due_time": time_of(clock, "due_time"),
        "start_time": time_of(clock, "start_time"),
        "end_time": time_of(clock, "end_time"),
        "target_minutes": clock.target_minutes,
        "elapsed_minutes": clock.elapsed_minutes,
        "breach_minutes": clock.breach_minutes,
        "breach_cause": clock.breach_cause,
    }


def _rating(event: Received[Any], answer: SurveyAnswer) -> Row:
    return {
        "id": event.aggregate_id,
        "event_seq": event.event_seq,
        "owner_id": uuid_of(answer.agent_id),
        "unit_path": answer.unit_path,
        "ticket_id": uuid_of(answer.ticket_id),
        "customer_id": uuid_of(answer.customer_id),
        "channel": answer.channel,
        "score": answer.score,
        "answer_time": time_of(answer, "answer_time") or event.occur_time,
    }
