"""What this service learns from others: who the customers are, who works where, and who has followed a merge."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm.customers.v1 import customers_events_pb2 as customers
from crm.identity.v1 import identity_events_pb2 as identity
from crm.identity.v1.unit_pb2 import Unit
from crm.marketing.v1 import marketing_events_pb2 as marketing
from crm.sales.v1 import sales_events_pb2 as sales
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.privacy import seal_rows
from crm_kit.tx import Tx
from crm_leads.domain.known_customer import known_customer, known_unit, known_user
from crm_leads.domain.matching.blocking import block_keys
from crm_leads.usecases.follow_merge import note_answer
from crm_leads.usecases.prepare_lead import record_of

known = Consumer("leads-known", mode=Mode.PROJECTION)
merges = Consumer("leads-merges", mode=Mode.PROJECTION)


@known.on(customers.CustomerCreated, customers.CustomerUpdated)
async def on_customer(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Remember what is needed to recognise the customer in a submission."""
    rows = []
    for event in events:
        customer = event.message.customer
        is_person = customer.type == customer.PERSON
        rows.append(
            {
                "id": UUID(customer.id),
                "customer_id": UUID(customer.id),
                "contact_id": None,
                "event_seq": event.event_seq,
                "name": customer.name if is_person else "",
                "company": "" if is_person else customer.name,
                "phone": customer.phone,
                "email": customer.email,
                "city": customer.city,
                "postal_code": customer.postal_code,
                "address": customer.address,
                "owner_id": UUID(customer.owner_id) if customer.owner_id else None,
                "unit_path": customer.unit_path,
            }
        )
    await _remember(tx, rows)


@known.on(customers.ContactCreated, customers.ContactUpdated)
async def on_contact(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A contact is recognised like the customer it belongs to."""
    rows = []
    for event in events:
        contact = event.message.contact
        rows.append(
            {
                "id": UUID(contact.id),
                "customer_id": UUID(contact.customer_id),
                "contact_id": UUID(contact.id),
                "event_seq": event.event_seq,
                "name": contact.name,
                "company": "",
                "phone": contact.mobile or contact.phone,
                "email": contact.email,
                "city": "",
                "postal_code": "",
                "address": "",
                "owner_id": UUID(contact.owner_id) if contact.owner_id else None,
                "unit_path": contact.unit_path,
            }
        )
    await _remember(tx, rows)


@known.on(customers.CustomerDeleted)
async def on_customer_deleted(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A customer that is gone is no longer recognised, nor are its contacts."""
    gone = [event.aggregate_id for event in events]
    await tx.session.execute(delete(known_customer).where(known_customer.c.customer_id.in_(gone)))


@known.on(customers.ContactDeleted)
async def on_contact_deleted(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """A contact that is gone is no longer recognised."""
    gone = [event.aggregate_id for event in events]
    await tx.session.execute(delete(known_customer).where(known_customer.c.id.in_(gone)))


@known.on(identity.UserCreated, identity.UserUpdated)
async def on_user(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Leads are given to people who work here, and only to them."""
    rows = [
        {
            "id": UUID(event.message.user.id),
            "event_seq": event.event_seq,
            "unit_path": event.message.user.unit_path,
            "name": event.message.user.display_name,
            "active": not event.message.user.disabled,
        }
        for event in events
    ]
    await _upsert(tx, known_user, rows)


@known.on(identity.UnitCreated, identity.UnitUpdated)
async def on_unit(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Partners learn less of what others have; departments are no organisation of their own."""
    rows = [
        {
            "id": UUID(event.message.unit.id),
            "event_seq": event.event_seq,
            "unit_path": event.message.unit.path,
            "kind": Unit.Kind.Name(event.message.unit.kind),
        }
        for event in events
    ]
    await _upsert(tx, known_unit, rows)


@merges.on(marketing.MergedLeadFollowed)
async def on_marketing_followed(tx: Tx, events: Sequence[Received[marketing.MergedLeadFollowed]]) -> None:
    """Marketing has moved, or given back, what it keeps of a merged lead."""
    for event in events:
        told = event.message
        counts = {
            "touchpoint": (told.touchpoint_count, 0),
            "campaign_member": (told.member_count, told.changed_member_count),
        }
        await note_answer(
            tx, "marketing", UUID(told.lead_merge_id), told.lead_id, unmerged=told.unmerged, counts=counts
        )


@merges.on(sales.MergedLeadFollowed)
async def on_sales_followed(tx: Tx, events: Sequence[Received[sales.MergedLeadFollowed]]) -> None:
    """Sales has moved, or given back, the tasks about a merged lead."""
    for event in events:
        told = event.message
        counts = {"task": (told.task_count, 0)}
        await note_answer(tx, "sales", UUID(told.lead_merge_id), told.lead_id, unmerged=told.unmerged, counts=counts)


async def _remember(tx: Tx, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["match_keys"] = block_keys(record_of(row))
    await seal_rows(tx, known_customer, rows)
    await _upsert(tx, known_customer, rows)


async def _upsert(tx: Tx, table: Any, rows: list[dict[str, Any]]) -> None:
    statement = insert(table)
    changed = {column.name: statement.excluded[column.name] for column in table.c if column.name != "id"}
    await tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=changed, where=table.c.event_seq < statement.excluded.event_seq
        ),
        rows,
    )
