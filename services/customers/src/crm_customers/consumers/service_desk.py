"""From the service desk: what customers asked for and complained about, what they were told, how they rated it."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from types import MappingProxyType
from typing import Any
from uuid import UUID

from crm.service_desk.v1 import service_desk_events_pb2 as desk
from crm.service_desk.v1.ticket_pb2 import Ticket
from google.protobuf.message import Message

from crm_customers.domain.timeline import Entry
from crm_customers.usecases.record_timeline import record_timeline
from crm_kit.consumer import Consumer, Received
from crm_kit.tx import Tx

HAPPENINGS: dict[type[Message], str] = {
    desk.TicketAssigned: "ticket_assigned",
    desk.TicketStateChanged: "ticket_state_changed",
    desk.TicketResolved: "ticket_resolved",
    desk.TicketReopened: "ticket_reopened",
    desk.TicketClosed: "ticket_closed",
}
KIND_OF = {message.DESCRIPTOR.full_name: kind for message, kind in HAPPENINGS.items()}


def register(timeline: Consumer) -> None:
    timeline.on(desk.TicketCreated)(on_created)
    timeline.on(desk.TicketReplied, desk.CustomerReplied)(on_article)
    timeline.on(desk.SurveyAnswered)(on_answered)
    timeline.on(*HAPPENINGS)(on_happening)


async def on_created(tx: Tx, events: Sequence[Received[desk.TicketCreated]]) -> None:
    """A customer asked for something, or complained."""
    entries = []
    for event in events:
        ticket = event.message.ticket
        kind = "complaint_opened" if ticket.kind == Ticket.COMPLAINT else "ticket_opened"
        entries.append(_entry(event, kind=kind, channel=ticket.channel, direction="inbound", is_contact=True))
    await record_timeline(tx, entries)


async def on_article(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """What was written or said about a ticket, either way; what a machine sent is no contact."""
    entries = []
    for event in events:
        article = event.message.article
        outbound = event.event_type == desk.TicketReplied.DESCRIPTOR.full_name
        entries.append(
            _entry(
                event,
                kind="reply" if outbound else "message",
                channel=article.channel,
                direction="outbound" if outbound else "inbound",
                is_contact=not article.automatic,
                occur_time=article.occur_time.ToDatetime(tzinfo=UTC),
                facts={"note": event.message.summary},
            )
        )
    await record_timeline(tx, entries)


async def on_answered(tx: Tx, events: Sequence[Received[desk.SurveyAnswered]]) -> None:
    """A customer said how satisfied it was."""
    entries = []
    for event in events:
        answer = event.message.survey_answer
        entries.append(
            _entry(
                event,
                kind="survey_answered",
                channel=answer.channel,
                direction="inbound",
                is_contact=True,
                facts={"score": str(answer.score), "note": answer.comment},
            )
        )
    await record_timeline(tx, entries)


async def on_happening(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A ticket went its way."""
    entries = []
    for event in events:
        facts = {}
        if isinstance(event.message, desk.TicketStateChanged):
            facts = {"from": Ticket.State.Name(event.message.previous_state)}
            facts["to"] = Ticket.State.Name(event.message.ticket.state)
        told = "" if event.message.summary == event.message.ticket.subject else event.message.summary
        entries.append(_entry(event, kind=KIND_OF[event.event_type], facts={**facts, "note": told}))
    await record_timeline(tx, entries)


def _entry(
    event: Received[Any],
    *,
    kind: str,
    channel: str = "",
    direction: str = "",
    is_contact: bool = False,
    occur_time: Any = None,
    facts: Mapping[str, str] = MappingProxyType({}),
) -> Entry:
    ticket = event.message.ticket
    return Entry(
        id=event.event_id,
        customer_id=UUID(ticket.customer_id),
        contact_id=UUID(ticket.contact_id) if ticket.contact_id else None,
        occur_time=occur_time or event.occur_time,
        kind=kind,
        channel=channel,
        direction=direction,
        is_contact=is_contact,
        actor=event.actor,
        source_event_type=event.event_type,
        subject_type="ticket",
        subject_id=UUID(ticket.id),
        facts={"number": ticket.number, "subject": ticket.subject, **facts},
    )
