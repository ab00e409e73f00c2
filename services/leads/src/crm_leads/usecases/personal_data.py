"""What the leads service holds of persons, and what is left when one is forgotten (domain rule 8.8)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, or_, select, update

from crm_kit.personal_data import Holding, Link, Person, PersonalData
from crm_kit.subject_keys import needed
from crm_kit.tx import Tx
from crm_leads.domain.conflict import Conflict
from crm_leads.domain.decision import decision, submission
from crm_leads.domain.known_customer import known_customer
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_import import LeadImport, lead_file, lead_import_row
from crm_leads.domain.lead_merge import lead_merge_image
from crm_leads.domain.pool import ownership
from crm_leads.domain.touch import Touch
from crm_leads.domain.web_form import web_form_submission

LEAD, CONTACT, CUSTOMER = "leads.lead", "customers.contact", "customers.customer"


async def _end_holdings(tx: Tx, lead_ids: Sequence[UUID]) -> None:
    """Nobody holds a forgotten lead any longer."""
    ending = update(ownership).where(ownership.c.lead_id.in_(lead_ids), ownership.c.end_time.is_(None))
    await tx.session.execute(ending.values(end_time=tx.now, end_why="erased"))


async def _destroy_files(tx: Tx, file_ids: Sequence[UUID]) -> None:
    """An uploaded file names many people and was sealed as a whole: it goes as a whole."""
    await needed(tx.call.db.subjects).destroy(file_ids, tx.now, tx.fetch)


def _uploaded(lead_ids: Sequence[UUID]) -> ColumnElement[bool]:
    """The files in which the leads came, or in which a row was about them."""
    rows: Any = lead_import_row.c
    imports = or_(
        LeadImport.id.in_(select(Lead.import_id).where(Lead.id.in_(lead_ids))),
        LeadImport.id.in_(select(rows.import_id).where(rows.subject_id.in_(lead_ids))),
    )
    return lead_file.c.id.in_(select(LeadImport.file_id).where(imports))


def _table(entity: Any) -> Table:
    found: Table = entity.__table__
    return found


lead, touch, conflict = _table(Lead), _table(Touch), _table(Conflict)

PERSONAL_DATA = PersonalData(
    persons=(
        Person(
            Lead,
            LEAD,
            links=(
                Link(lead.c.contact_id, CONTACT),
                Link(lead.c.merged_into_id, LEAD),
                Link(lead.c.overwritten_by_id, LEAD),
            ),
        ),
    ),
    holdings=(
        Holding(lead_file, {LEAD: _uploaded}, blank=("filename", "content"), before=_destroy_files, exported=False),
        Holding(
            lead,
            {LEAD: lead.c.id},
            blank=(
                *("name", "job_title", "phone", "email", "other_phones", "other_emails", "open_id", "postal_code"),
                *("address", "website", "external_id", "need", "intents", "state_note", "opt_outs", "custom_fields"),
            ),
            before=_end_holdings,
            removed=True,
        ),
        Holding(lead_merge_image, {LEAD: lead_merge_image.c.survivor_id}, deleted=True),
        Holding(touch, {LEAD: touch.c.lead_id}, blank=("note",)),
        Holding(
            conflict,
            {LEAD: lambda ids: or_(conflict.c.lead_id.in_(ids), conflict.c.holder_lead_id.in_(ids))},
            blank=("answer", "reason"),
        ),
        Holding(decision, {LEAD: decision.c.lead_id}, blank=("inputs",)),
        # Its key is made of what was said, so that who knows that could recognise it.
        Holding(
            submission,
            {
                LEAD: lambda ids: or_(submission.c.lead_id.in_(ids), submission.c.receipt_id.in_(ids)),
                CUSTOMER: submission.c.customer_id,
            },
            deleted=True,
        ),
        Holding(
            web_form_submission,
            {LEAD: web_form_submission.c.lead_id},
            blank=("referrer", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"),
        ),
        Holding(
            lead_import_row,
            {LEAD: lead_import_row.c.subject_id},
            blank=("message_en", "message_zh"),
        ),
        Holding(
            known_customer,
            {CONTACT: known_customer.c.id, CUSTOMER: known_customer.c.customer_id},
            deleted=True,
        ),
    ),
)
"""Companies of leads stay: they are no persons."""
