"""What the customers service holds of persons, and what is left when one is forgotten (domain rule 8.8)."""

from typing import Any

from sqlalchemy import Table, Text, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY

from crm_customers.domain.consent import Consent
from crm_customers.domain.contact import Contact
from crm_customers.domain.conversion import conversion
from crm_customers.domain.customer import Customer, Type
from crm_customers.domain.follow_up import FollowUp
from crm_customers.domain.subject_request import CONTACT, CUSTOMER, LEAD
from crm_customers.domain.timeline import timeline_entry
from crm_customers.usecases.forget_person import CONTACT_TEXTS, CUSTOMER_TEXTS, forget_contacts, forget_customers
from crm_kit.personal_data import RECORD, Holding, Link, Person, PersonalData

WORDS = ("name", "subject", "note", "reason")
"""Facts of the timeline that people wrote; numbers, stages, amounts and days stay."""


def _table(entity: Any) -> Table:
    found: Table = entity.__table__
    return found


OF_A_CONTACT = (*CONTACT_TEXTS, "birth_date", "opt_outs", "custom_fields")
contact, customer, consent, follow_up = _table(Contact), _table(Customer), _table(Consent), _table(FollowUp)


PERSONAL_DATA = PersonalData(
    persons=(
        Person(
            Contact,
            CONTACT,
            links=(
                Link(contact.c.lead_id, LEAD),
                Link(contact.c.customer_id, CUSTOMER, only=contact.c.is_shadow),
            ),
        ),
        Person(
            Customer,
            CUSTOMER,
            links=(Link(customer.c.lead_id, LEAD),),
            only=customer.c.type == Type.PERSON,
        ),
    ),
    holdings=(
        Holding(
            contact,
            {CONTACT: contact.c.id},
            blank=OF_A_CONTACT,
            only=contact.c.is_shadow.is_(False),
            before=forget_contacts,
            removed=True,
        ),
        # What stands in for a person customer is never deleted: deals and tickets point at it.
        Holding(
            contact,
            {CONTACT: contact.c.id, CUSTOMER: contact.c.customer_id},
            blank=OF_A_CONTACT,
            only=contact.c.is_shadow,
        ),
        Holding(
            customer,
            {CUSTOMER: customer.c.id},
            blank=(*CUSTOMER_TEXTS, "tags", "custom_fields"),
            values={
                "name": customer.c.code,
                "name_key": func.lower(customer.c.code),
                "search_text": func.concat(" ", func.lower(customer.c.code), "\n"),
            },
            only=customer.c.type == Type.PERSON,
            before=forget_customers,
        ),
        Holding(consent, {CONTACT: consent.c.contact_id, CUSTOMER: consent.c.customer_id}, blank=("proof",)),
        Holding(
            follow_up,
            {CONTACT: follow_up.c.contact_id, CUSTOMER: follow_up.c.customer_id},
            blank=("note", "next_step", "custom_fields"),
        ),
        Holding(
            timeline_entry,
            {
                CONTACT: timeline_entry.c.contact_id,
                CUSTOMER: timeline_entry.c.customer_id,
                LEAD: timeline_entry.c.subject_id,
                RECORD: timeline_entry.c.subject_id,
            },
            values={"facts": timeline_entry.c.facts.op("-")(cast(literal(list(WORDS), ARRAY(Text())), ARRAY(Text())))},
        ),
        Holding(
            conversion,
            {LEAD: conversion.c.lead_id, CONTACT: conversion.c.contact_id, CUSTOMER: conversion.c.customer_id},
            blank=("customer_fills", "contact_fills"),
            exported=False,
        ),
    ),
)
"""Consents stay without their proof: they tell what was allowed."""
