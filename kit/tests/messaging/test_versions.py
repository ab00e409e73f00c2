"""Releases side by side: what the next one announces is understood as far as this one knows it, and lost by nobody."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from crm.leads.v1.leads_events_pb2 import LeadClaimed

from crm_kit.envelope import Envelope
from crm_kit.intake import Intake

ADDED_LATER = b"\xba\x3e\x05later"
"""Field 999 with a text, which no message of ours has."""


def an_event(lead: UUID, seq: int, event_type: str, payload: bytes) -> Envelope:
    return Envelope(
        event_id=uuid4(),
        event_type=event_type,
        source="/crm/leads",
        aggregate_type="lead",
        aggregate_id=lead,
        event_seq=seq,
        occur_time=datetime.now(UTC),
        actor="user:test",
        unit_path="/hq/",
        traceparent="",
        payload=payload,
    )


async def test_fields_and_events_of_the_next_release_hold_up_nothing(db, make_consumer, effects) -> None:
    lead, worker = uuid4(), Intake(make_consumer(), db)
    claimed = LeadClaimed()
    claimed.lead.id = str(lead)
    newer = claimed.SerializeToString() + ADDED_LATER
    name = LeadClaimed.DESCRIPTOR.full_name
    await worker.apply(
        [
            an_event(lead, 1, name, newer),
            an_event(lead, 2, "crm.leads.v1.LeadTeleported", ADDED_LATER),
            an_event(lead, 3, name, newer),
        ]
    )
    assert [row.event_seq for row in await effects.rows()] == [1, 3]
    assert {state for (state,) in await effects.rows("SELECT DISTINCT state FROM inbox")} <= {"applied", "skipped"}


def test_a_value_of_the_next_release_survives_being_read_and_written_by_this_one() -> None:
    again = LeadClaimed.FromString(LeadClaimed().SerializeToString() + ADDED_LATER)
    again.lead.state = 977
    assert LeadClaimed.FromString(again.SerializeToString()).lead.state == 977
    assert again.SerializeToString().endswith(ADDED_LATER)
