"""Reads of decisions and conflicts: what was decided about a lead, and how the records it looked at stand now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from crm.leads.v1.conflict_pb2 import Conflict as Message
from sqlalchemy import Row, and_, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from crm_kit import paging, restrictions
from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.filtering import Fields
from crm_kit.revealing import open_rows
from crm_leads.domain.conflict import Conflict
from crm_leads.domain.decision import decision
from crm_leads.domain.known_customer import known_customer
from crm_leads.domain.lead import Lead

_LEADS: Any = Lead.__table__
CUSTOMER = "customers.customer"
DECISION_FIELDS = Fields.of_entity(decision, ["id"])


class Decided(NamedTuple):
    """A row of the decision table."""

    id: UUID
    lead_id: UUID
    kind: str
    outcome: str
    rule: str
    inputs: dict[str, Any]
    runner_up: str
    unit_path: str
    decide_time: datetime


class Standing(NamedTuple):
    """Whose a record is now."""

    owner_id: UUID | None
    unit_path: str
    is_customer: bool
    withheld: bool = False
    """From whoever asks, however far the asker's rights reach."""


class Side(NamedTuple):
    """One side of a conflict as it is now."""

    id: UUID
    owner_id: UUID | None
    unit_path: str
    state: str
    name: str
    company: str
    phone: str
    email: str
    need: str = ""
    create_time: datetime | None = None
    own_time: datetime | None = None
    last_touch_time: datetime | None = None
    protect_until_time: datetime | None = None


async def decisions_of(call: Call, lead_id: str, page_size: int, page_token: str) -> tuple[Sequence[Decided], str]:
    """One page of the decisions about a lead, newest first, and the token of the next."""
    page = paging.page("id desc", page_size, page_token, DECISION_FIELDS, paging.query_hash("decision", lead_id))
    statement = select(decision, *page.columns).where(decision.c.lead_id == UUID(lead_id)).order_by(*page.order_by)
    if page.after is not None:
        statement = statement.where(page.after)
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement.limit(page.limit))).all()
    token = page.token_for([rows[page.size - 1].id]) if len(rows) > page.size else ""
    return [_decided(row) for row in rows[: page.size]], token


async def latest_decisions(call: Call, lead_id: str) -> Sequence[Decided]:
    """The latest decision of each kind about a lead, newest first."""
    latest = (
        select(decision)
        .where(decision.c.lead_id == UUID(lead_id))
        .ext(distinct_on(decision.c.kind))
        .order_by(decision.c.kind, decision.c.id.desc())
        .subquery()
    )
    async with call.db.connect() as connection:
        rows = await connection.execute(select(latest).order_by(latest.c.id.desc()))
        return [_decided(row) for row in rows]


def _decided(row: Row[Any]) -> Decided:
    return Decided(*(getattr(row, name) for name in Decided._fields))


async def standing_of(call: Call, ids: Sequence[str]) -> dict[str, Standing]:
    """Whose each of these leads and customers is now; what is gone is left out."""
    if not ids:
        return {}
    keys = [UUID(id) for id in ids]
    shown = and_(true(), *restrictions.clauses(call.principal, Lead)).label("shown")
    leads = select(Lead.id, Lead.owner_id, Lead.unit_path, shown).where(Lead.id.in_(keys))
    columns = known_customer.c
    customers = select(columns.id, columns.owner_id, columns.unit_path).where(columns.id.in_(keys))
    why = unscoped("only whose they are is asked; what is told of them follows from it")
    async with call.db.connect() as connection:
        found = {
            str(r.id): Standing(r.owner_id, r.unit_path, is_customer=False, withheld=not r.shown)
            for r in await connection.execute(leads, execution_options=why)
        }
        # Our copy of a customer has not all that a rule may ask of one.
        withheld = restrictions.touches(call.principal, CUSTOMER)
        for row in await connection.execute(customers):
            found[str(row.id)] = Standing(row.owner_id, row.unit_path, is_customer=True, withheld=withheld)
    return found


async def sides_of(call: Call, conflicts: Sequence[Message]) -> dict[str, Side]:
    """Both sides of conflicts as they are now, by the id of the lead or customer; what is withheld is left out."""
    leads = [UUID(id) for one in conflicts for id in (one.lead_id, one.holder_lead_id) if id]
    customers = [UUID(one.holder_customer_id) for one in conflicts if one.holder_customer_id]
    shared = [name for name in Side._fields if name in Lead.__table__.c]
    kept = restrictions.clauses(call.principal, Lead)
    wanted = select(*(Lead.__table__.c[name] for name in shared)).where(Lead.id.in_(leads), *kept)
    if restrictions.touches(call.principal, CUSTOMER):
        customers = []
    known = [name for name in Side._fields if name in known_customer.c]
    also = select(*(known_customer.c[name] for name in known)).where(known_customer.c.id.in_(customers))
    why = unscoped("an arbiter is shown of a side what lies in their own reach")
    async with call.db.connect() as connection:
        rows = (await connection.execute(wanted, execution_options=why)).mappings()
        of_leads = [dict(row) for row in rows]
        of_customers = [dict(row) for row in (await connection.execute(also)).mappings()]
    await open_rows(call.db, of_leads, lambda _: _LEADS)
    await open_rows(call.db, of_customers, lambda _: known_customer)
    found = [*(Side(**row) for row in of_leads), *(Side(state="", **row) for row in of_customers)]
    return {str(side.id): side for side in found}


async def conflict_of_seen(call: Call, conflict_id: UUID) -> Any | None:
    """A conflict, if the caller may see the submission it holds or held."""
    columns = Lead.__table__.c
    submission = select(columns.id).where(columns.conflict_id == conflict_id, visible(call, Lead))
    conflict = select(*Conflict.__table__.c).where(Conflict.id == conflict_id)
    why = unscoped("whoever sees the submission learns the state of its conflict and nothing else")
    async with call.db.connect() as connection:
        if (await connection.execute(submission, execution_options=scoped(call))).first() is None:
            return None
        return (await connection.execute(conflict, execution_options=why)).one()
