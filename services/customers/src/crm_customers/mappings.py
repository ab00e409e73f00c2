"""Which entity is which message: the only place of this service that knows both."""

from collections.abc import Iterable
from typing import Any

from crm.customers.v1 import (
    consent_pb2,
    contact_pb2,
    customer_pb2,
    follow_up_pb2,
    legal_hold_pb2,
    subject_request_pb2,
    territory_alignment_pb2,
    timeline_entry_pb2,
)

from crm_customers.domain.consent import Consent
from crm_customers.domain.contact import Contact
from crm_customers.domain.customer import Customer
from crm_customers.domain.follow_up import FollowUp
from crm_customers.domain.legal_hold import LegalHold
from crm_customers.domain.subject_request import SubjectRequest
from crm_customers.domain.territory_alignment import TerritoryAlignment
from crm_customers.domain.timeline_words import summary
from crm_kit.mapping import Mapping

customer = Mapping(Customer, customer_pb2.Customer)
contact = Mapping(Contact, contact_pb2.Contact)
consent = Mapping(Consent, consent_pb2.Consent)
follow_up = Mapping(FollowUp, follow_up_pb2.FollowUp)
subject_request = Mapping(SubjectRequest, subject_request_pb2.SubjectRequest)
legal_hold = Mapping(LegalHold, legal_hold_pb2.LegalHold)
territory_alignment = Mapping(TerritoryAlignment, territory_alignment_pb2.TerritoryAlignment)


def timeline_entries(rows: Iterable[Any], language: str) -> list[timeline_entry_pb2.TimelineEntry]:
    """Rows of the timeline, told in a language."""
    return [
        timeline_entry_pb2.TimelineEntry(
            id=str(row.id),
            customer_id=str(row.customer_id),
            contact_id=str(row.contact_id or ""),
            occur_time=row.occur_time,
            kind=row.kind,
            channel=row.channel,
            direction=row.direction,
            actor=row.actor,
            summary=summary(row.kind, row.direction, row.facts, language),
            source_event_type=row.source_event_type,
            subject_type=row.subject_type,
            subject_id=str(row.subject_id),
            record_time=row.record_time,
        )
        for row in rows
    ]
