"""The records that are a person: which there are, which belong together, and what holds them (domain rule 8.8)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text

from crm_customers.domain.contact import Contact
from crm_customers.domain.customer import Customer, Type
from crm_customers.domain.legal_hold import LegalHold
from crm_customers.domain.subject_request import CONTACT, CUSTOMER, RESOURCES
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx

MOST_SUBJECTS = 100
_WHY = unscoped("a person's request is about the person in every unit")
Records = Sequence[tuple[str, UUID]]


def named(subjects: Sequence[Mapping[str, Any]]) -> Records:
    """Records as a client names them; InvalidArgument when one cannot be a person."""
    wrong: list[Violation] = []
    found: dict[tuple[str, UUID], None] = {}
    if not 0 < len(subjects) <= MOST_SUBJECTS:
        en, zh = "Name 1 to 100 records that are the person.", "请指定 1 到 100 条该个人的记录。"
        wrong.append(Violation("subjects", "WRONG_NUMBER", en, zh))
    for at, one in enumerate(subjects):
        if one.get("resource") not in RESOURCES:
            known = ", ".join(RESOURCES)
            en, zh = f"Only {known} can be a person.", f"只有 {known} 可以是个人。"
            wrong.append(Violation(f"subjects[{at}].resource", "NOT_A_PERSON", en, zh))
            continue
        try:
            found[one["resource"], UUID(one.get("id", ""))] = None
        except ValueError:
            wrong.append(Violation(f"subjects[{at}].id", "NOT_A_UUID", "Give the record's id.", "请填写记录的 id。"))
    if wrong:
        raise InvalidArgument(wrong)
    return list(found)


async def whole(tx: Tx, subjects: Records) -> Records:
    """The records with those that are the same by the rules of this service: a person customer and the contact that stands
    in for it. InvalidArgument for customers and contacts there never were, and for organisations.
    """
    contacts, customers = _ids(subjects, CONTACT), _ids(subjects, CUSTOMER)
    there = select(Contact.id, Contact.customer_id, Contact.is_shadow).where(
        or_(Contact.id.in_(contacts), Contact.customer_id.in_(customers) & Contact.is_shadow)
    )
    rows = (await tx.session.execute(there.execution_options(**_WHY))).all()
    persons = select(Customer.id).where(Customer.id.in_(customers), Customer.type == Type.PERSON)
    known = set((await tx.session.execute(persons.execution_options(**_WHY))).scalars())
    if missing := sorted((set(contacts) - {row.id for row in rows}) | (set(customers) - known)):
        ids = ", ".join(map(str, missing))
        en = f"There is no contact or person customer {ids}. Of an organisation, name its contacts."
        zh = f"没有联系人或个人客户 {ids}。对于企业客户，请指定其联系人。"
        raise InvalidArgument.of("subjects", "NOT_A_PERSON", en, zh)
    shadows = [row for row in rows if row.is_shadow]
    same = [(CONTACT, row.id) for row in shadows] + [(CUSTOMER, row.customer_id) for row in shadows]
    return list(dict.fromkeys([*subjects, *same]))


async def keep_holds_apart(tx: Tx) -> None:
    """Holds are placed and erasures started one after the other: neither can overlook the other."""
    await tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("legal hold", text("0")))))


async def holds_on(tx: Tx, subjects: Records) -> list[UUID]:
    """The holds that stand over any of the records; one over a customer stands over its contacts."""
    statement = select(LegalHold.id).where(
        LegalHold.record_id.in_(await _covered(tx, [id for _, id in subjects])),
        LegalHold.release_time.is_(None),
        LegalHold.delete_time.is_(None),
        or_(LegalHold.until_time.is_(None), LegalHold.until_time > tx.now),
    )
    return list((await tx.session.execute(statement.order_by(LegalHold.id).execution_options(**_WHY))).scalars())


async def is_covered(tx: Tx, record_id: UUID, ids: Collection[UUID]) -> bool:
    """Whether a hold on the record would stand over any of these."""
    return record_id in await _covered(tx, ids)


async def _covered(tx: Tx, ids: Collection[UUID]) -> set[UUID]:
    customers = select(Contact.customer_id).where(Contact.id.in_(ids))
    return {*ids, *(await tx.session.execute(customers.execution_options(**_WHY))).scalars()}


def _ids(subjects: Records, resource: str) -> list[UUID]:
    return [id for kind, id in subjects if kind == resource]
