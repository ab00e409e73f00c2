"""From leads: how a customer came to be, every touch before that, and interest it shows again."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as leads

from crm_customers.domain.timeline import Entry
from crm_customers.usecases.record_timeline import record_timeline
from crm_kit.consumer import Consumer, Received
from crm_kit.tx import Tx


def register(timeline: Consumer) -> None:
    timeline.on(leads.LeadConverted)(on_converted)
    timeline.on(leads.SubmissionAttached)(on_attached)


async def on_converted(tx: Tx, events: Sequence[Received[leads.LeadConverted]]) -> None:
    """The timeline of a customer begins with the touches of the lead it was."""
    await record_timeline(tx, [entry for event in events for entry in _converted(event)])


async def on_attached(tx: Tx, events: Sequence[Received[leads.SubmissionAttached]]) -> None:
    """A customer of ours showed interest again."""
    await record_timeline(
        tx,
        [
            _entry(
                event,
                kind="submission_attached",
                channel=event.message.lead.channel,
                direction="inbound",
                facts={"number": event.message.lead.number, "note": event.message.lead.need},
            )
            for event in events
        ],
    )


def _converted(event: Received[leads.LeadConverted]) -> Iterator[Entry]:
    lead = event.message.lead
    named = lead.company or lead.name
    yield _entry(event, kind="lead_converted", facts={"number": lead.number, "name": named, "note": lead.need})
    for touch in event.message.touches:
        yield Entry(
            id=UUID(touch.id),
            customer_id=UUID(lead.customer_id),
            contact_id=_reference(lead.contact_id),
            occur_time=touch.occur_time.ToDatetime(tzinfo=UTC),
            kind=touch.kind,
            direction=touch.direction,
            is_contact=touch.valid,
            actor=f"user:{touch.owner_id}" if touch.owner_id else event.actor,
            source_event_type=event.event_type,
            subject_type="lead",
            subject_id=UUID(lead.id),
            facts={"outcome": touch.outcome, "note": touch.note},
        )


def _entry(event: Received[Any], **said: Any) -> Entry:
    lead = event.message.lead
    return Entry(
        id=event.event_id,
        customer_id=UUID(lead.customer_id),
        contact_id=_reference(lead.contact_id),
        occur_time=event.occur_time,
        actor=event.actor,
        source_event_type=event.event_type,
        subject_type="lead",
        subject_id=UUID(lead.id),
        **said,
    )


def _reference(id: str) -> UUID | None:
    return UUID(id) if id else None
