"""Reads that are more than a list, and the locks under which customers change."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, not_, select, text, tuple_
from sqlalchemy.orm import aliased

from crm_customers.domain.consent import Consent
from crm_customers.domain.contact import Contact
from crm_customers.domain.conversion import conversion
from crm_customers.domain.customer import Customer
from crm_customers.domain.standing import ACTIVE, Agreement, known_contract, known_opportunity
from crm_customers.domain.timeline import timeline_entry
from crm_kit import paging
from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.filtering import Fields, where
from crm_kit.loading import Choice
from crm_kit.tx import Tx, parse_id

TIMELINE_FIELDS = Fields.of_entity(
    timeline_entry,
    [
        "id",
        "kind",
        "channel",
        "direction",
        "actor",
        "contact_id",
        "subject_type",
        "subject_id",
        "source_event_type",
        "occur_time",
        "record_time",
    ],
)
MOST_INDEXED_CONTACTS = 100
"""Contacts whose numbers also find their customer; more would make the row heavy for every reader."""

_WHOLE_FAMILY = unscoped("the tree of customers is one, whoever may see which part of it")
_WHOLE_CUSTOMER = unscoped("what belongs to a customer at hand")


_CUSTOMER = Choice(
    Customer,
    Customer.id == bindparam("id"),
    Customer.delete_time.is_(None),
    why="the system's own work on a customer it was told of",
)
_CONTACT = Choice(
    Contact,
    Contact.id == bindparam("id"),
    Contact.delete_time.is_(None),
    why="the operation that made it or reserved it ends",
)


async def locked_customer(tx: Tx, id: UUID) -> Customer | None:
    """A customer under lock, visible yet or not."""
    return await tx.find(_CUSTOMER, id=id)


async def locked_customers(tx: Tx, ids: Iterable[UUID]) -> list[Customer]:
    """Customers under lock, taken in one order by everybody; those not yet confirmed or gone are left out."""
    why = unscoped("the system's own work on customers it was told of")
    statement = select(Customer).where(Customer.id.in_(list(ids))).order_by(Customer.id).with_for_update()
    found = (await tx.session.execute(statement.execution_options(**why, populate_existing=True))).scalars()
    return [one for one in found if one.pending_operation_id is None and one.delete_time is None]


async def parent_of(tx: Tx, id: UUID) -> UUID | None:
    """Under whom a customer is placed at the moment."""
    statement = select(Customer.parent_id).where(Customer.id == id)
    found: UUID | None = (await tx.session.execute(statement.execution_options(**_WHOLE_FAMILY))).scalar_one_or_none()
    return found


async def hold_hierarchy(tx: Tx, *, to_move: bool) -> None:
    """Keep the tree as it is until the transaction ends; ``to_move``: alone, because a move changes it."""
    lock = func.pg_advisory_xact_lock if to_move else func.pg_advisory_xact_lock_shared
    await tx.session.execute(select(lock(func.hashtextextended("customer hierarchy", text("0")))))


async def parent(tx: Tx, id: UUID) -> Customer | None:
    """The customer to be placed under, if the caller may see it; it cannot be removed until the transaction ends."""
    statement = select(Customer).where(Customer.id == id, visible(tx.call, Customer)).with_for_update(read=True)
    found = await tx.session.execute(statement.execution_options(**scoped(tx.call)))
    return found.scalar_one_or_none()


async def levels_below(tx: Tx, id: UUID) -> int:
    """How many levels of customers there are below one."""
    depth = func.max(func.array_length(Customer.ancestor_ids, 1) - func.array_position(Customer.ancestor_ids, id) + 1)
    statement = select(depth).where(Customer.ancestor_ids.contains([id]), Customer.delete_time.is_(None))
    return int((await tx.session.execute(statement.execution_options(**_WHOLE_FAMILY))).scalar_one() or 0)


async def uses_of_customer(tx: Tx, id: UUID) -> str:
    """Why the customer cannot be removed, as a code of ``IN_USE``; empty when it can."""
    child = exists().where(Customer.parent_id == id, Customer.delete_time.is_(None))
    active = exists().where(known_contract.c.customer_id == id, known_contract.c.state.in_(ACTIVE))
    deal = exists().where(known_opportunity.c.customer_id == id, known_opportunity.c.is_open)
    converting = exists().where(conversion.c.customer_id == id, conversion.c.state == "open")
    statement = select(
        child.label("children"), active.label("contract"), deal.label("opportunity"), converting.label("conversion")
    )
    row = (await tx.session.execute(statement.execution_options(**_WHOLE_FAMILY))).one()
    return next((name for name, used in row._mapping.items() if used), "")  # noqa: SLF001 - the public way to it


async def mnemonic_suffixes(tx: Tx, unit_path: str, mnemonic: str) -> list[str]:
    """What follows ``mnemonic`` in the mnemonics of a unit that begin with it; those who ask for one wait in turn."""
    key = func.hashtextextended(f"mnemonic {unit_path} {mnemonic}", text("0"))
    await tx.session.execute(select(func.pg_advisory_xact_lock(key)))
    statement = select(func.substr(Customer.mnemonic, len(mnemonic) + 1)).where(
        Customer.unit_path == unit_path,
        Customer.mnemonic >= mnemonic,
        Customer.mnemonic < mnemonic + "\uffff",
        Customer.mnemonic != "",
        Customer.delete_time.is_(None),
    )
    why = unscoped("a mnemonic is taken whoever took it")
    return list((await tx.session.execute(statement.execution_options(**why))).scalars())


async def customer_of_contact(tx: Tx, contact_id: UUID | str) -> UUID:
    """Whose contact it is; NotFound when absent or hidden. Customers are locked before their contacts."""
    key = parse_id(Contact, contact_id)
    statement = select(Contact.customer_id).where(Contact.id == key, visible(tx.call, Contact))
    found: UUID | None = (await tx.session.execute(statement.execution_options(**scoped(tx.call)))).scalar_one_or_none()
    if found is None:
        # Refused for its reason: absent, hidden, or shared to be looked at.
        found = (await tx.load(Contact, contact_id)).customer_id
    return found


async def contacts_of(tx: Tx, customer_id: UUID, *, also_shadows: bool = True) -> list[Contact]:
    """All contacts of a customer under lock, the oldest first."""
    statement = (
        select(Contact)
        .where(
            Contact.customer_id == customer_id, Contact.delete_time.is_(None), Contact.pending_operation_id.is_(None)
        )
        .order_by(Contact.create_time, Contact.id)
        .with_for_update()
    )
    if not also_shadows:
        statement = statement.where(Contact.is_shadow.is_(False))
    return list((await tx.session.execute(statement.execution_options(**_WHOLE_CUSTOMER))).scalars())


async def is_contact_of(tx: Tx, contact_id: UUID, customer_id: UUID) -> bool:
    """Whether somebody is a contact of the customer, be it as the one that stands in for a person."""
    mine = and_(
        Contact.id == contact_id,
        Contact.customer_id == customer_id,
        Contact.delete_time.is_(None),
        Contact.pending_operation_id.is_(None),
    )
    found = await tx.session.execute(select(exists().where(mine)).execution_options(**_WHOLE_CUSTOMER))
    return bool(found.scalar_one())


async def superiors(tx: Tx, customer_id: UUID) -> dict[UUID, UUID | None]:
    """Who reports to whom at a customer: contact → superior."""
    statement = select(Contact.id, Contact.reports_to_id).where(
        Contact.customer_id == customer_id,
        Contact.delete_time.is_(None),
        Contact.pending_operation_id.is_(None),
        Contact.is_shadow.is_(False),
    )
    rows = await tx.session.execute(statement.execution_options(**_WHOLE_CUSTOMER))
    return {row[0]: row[1] for row in rows}


async def search_of_contacts(tx: Tx, customer_id: UUID) -> Sequence[Any]:
    """The search columns of a customer's contacts, by which it is found too."""
    statement = (
        select(Contact.search_text, Contact.search_grams)
        .where(
            Contact.customer_id == customer_id,
            Contact.delete_time.is_(None),
            Contact.pending_operation_id.is_(None),
            Contact.is_shadow.is_(False),
        )
        .order_by(Contact.is_main.desc(), Contact.create_time)
        .limit(MOST_INDEXED_CONTACTS)
    )
    found: Sequence[Any] = (await tx.session.execute(statement.execution_options(**_WHOLE_CUSTOMER))).all()
    return found


async def latest_word(tx: Tx, contact_id: UUID, purpose: str, channel: str) -> Row[Any] | None:
    """The entry that counts so far for a purpose and channel; of two of one instant the withdrawal."""
    statement = (
        select(Consent.occur_time, Consent.decision)
        .where(Consent.contact_id == contact_id, Consent.purpose == purpose, Consent.channel == channel)
        .order_by(Consent.occur_time.desc(), Consent.decision.desc())
        .limit(1)
    )
    found = await tx.session.execute(statement.execution_options(**_WHOLE_CUSTOMER))
    return found.one_or_none()  # type: ignore[return-value]  # its columns' types are of no use to the caller


def counts() -> ColumnElement[bool]:
    """Entries of the ledger that no later one of the same purpose and channel replaces."""
    later = aliased(Consent)
    replaced = exists().where(
        later.contact_id == Consent.contact_id,
        later.purpose == Consent.purpose,
        later.channel == Consent.channel,
        tuple_(later.occur_time, later.decision, later.id) > tuple_(Consent.occur_time, Consent.decision, Consent.id),
    )
    return not_(replaced)


async def contact_in_conversion(tx: Tx, customer_id: UUID, contact_id: UUID) -> bool:
    """Whether a lead is being converted into an existing contact."""
    mine = and_(
        conversion.c.customer_id == customer_id, conversion.c.contact_id == contact_id, conversion.c.state == "open"
    )
    return bool((await tx.session.execute(select(exists().where(mine)))).scalar_one())


async def conversion_of(tx: Tx, operation_id: UUID) -> Row[Any] | None:
    """What an operation made or reserved, under lock."""
    statement = select(conversion).where(conversion.c.operation_id == operation_id).with_for_update()
    return (await tx.session.execute(statement)).one_or_none()


async def half_made_contact(tx: Tx, id: UUID) -> Contact | None:
    """A contact under lock, visible yet or not."""
    return await tx.find(_CONTACT, id=id)


async def agreements(tx: Tx, customer_ids: Sequence[UUID]) -> dict[UUID, list[Agreement]]:
    """The contracts of customers, as far as their phase depends on them."""
    statement = select(known_contract).where(known_contract.c.customer_id.in_(customer_ids))
    found: dict[UUID, list[Agreement]] = {}
    for row in await tx.session.execute(statement):
        found.setdefault(row.customer_id, []).append(Agreement(row.state, row.end_time))
    return found


async def with_open_deals(tx: Tx, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the customers that have an open opportunity."""
    statement = select(known_opportunity.c.customer_id).where(
        known_opportunity.c.customer_id.in_(customer_ids), known_opportunity.c.is_open
    )
    return set((await tx.session.execute(statement)).scalars())


async def latest_contact(tx: Tx, customer_id: UUID) -> datetime | None:
    """When the customer and we were last in touch, as the timeline knows."""
    statement = select(func.max(timeline_entry.c.occur_time)).where(
        timeline_entry.c.customer_id == customer_id, timeline_entry.c.is_contact
    )
    found: datetime | None = (await tx.session.execute(statement)).scalar_one_or_none()
    return found


async def list_timeline(
    call: Call, customer_id: UUID, *, filter: str, order_by: str, page_size: int, page_token: str
) -> tuple[Sequence[Row[Any]], str]:
    """One page of what happened with a customer, latest first unless ordered otherwise, and the token of the next."""
    binding = paging.query_hash("timeline", filter, "", str(customer_id))
    page = paging.page(order_by or "occur_time desc", page_size, page_token, TIMELINE_FIELDS, binding)
    statement = select(timeline_entry, *page.columns).where(timeline_entry.c.customer_id == customer_id)
    for clause in (where(filter, TIMELINE_FIELDS, call.now), page.after):
        if clause is not None:
            statement = statement.where(clause)
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement.order_by(*page.order_by).limit(page.limit))).all()
    token = page.token_for(rows[page.size - 1][len(timeline_entry.c) :]) if len(rows) > page.size else ""
    return rows[: page.size], token
