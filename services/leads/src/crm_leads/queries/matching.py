"""Reads of matching: who may be the same party, who submits, and what was heard before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit import restrictions
from crm_kit.access import in_reach, scoped, unscoped, visible
from crm_kit.blind_index import digested_keys
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.loading import Choice
from crm_kit.revealing import open_rows
from crm_kit.tx import Tx
from crm_leads.domain.decision import decision, submission
from crm_leads.domain.known_customer import known_customer
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State
from crm_leads.domain.matching.blocking import REACHING
from crm_leads.domain.pool import units_above

BLOCK_CAP = 500
"""A block key shared by more records than this says nothing; its matches are left out."""
NEAREST = 32
"""Leads, and as many customers, that one submission is compared with. Whoever shares no more than a name with it can only be
a possible match, for people to look at, and a common name has hundreds.
"""
KEYS_AT_ONCE = 20_000
CLOSED = [State.CONVERTED, State.MERGED, State.OVERWRITTEN, State.DUPLICATE_CLOSED, State.REJECTED]
_LEAD_FACTS = """
    id, NULL::uuid AS customer_id, NULL::uuid AS contact_id, name, company, phone, email, other_phones, other_emails,
    address, city, postal_code, province, country_code, credit_code, open_id, website, custom_fields, match_keys,
    unit_path, owner_id, state, protect_until_time, false AS is_customer
"""
_CUSTOMER_FACTS = """
    id, customer_id, contact_id, name, company, phone, email, '{}'::text[] AS other_phones,
    '{}'::text[] AS other_emails, address, city, postal_code, '' AS province, '' AS country_code, '' AS credit_code,
    '' AS open_id, '' AS website, '{}'::jsonb AS custom_fields, match_keys, unit_path,
    owner_id, '' AS state, NULL::timestamptz AS protect_until_time, true AS is_customer
"""
_OPEN = "delete_time IS NULL AND NOT state = ANY ($3::text[])"
_KEYED = """
    SELECT found.id, count(*) OVER (PARTITION BY wanted.key) AS shared
    FROM unnest($1::text[]) AS wanted (key) CROSS JOIN LATERAL (
        SELECT id FROM {table} WHERE match_keys @> ARRAY[wanted.key] AND {also} LIMIT $2 + 1
    ) found
"""


def _capped(facts: str, table: str, also: str) -> str:
    """Rows of a table that share any of the keys; a key that more than ``cap`` rows share says nothing and finds none."""
    keyed = _KEYED.format(table=table, also=also)
    return f"SELECT {facts} FROM {table} WHERE id IN (SELECT id FROM ({keyed}) counted WHERE shared <= $2)"  # noqa: S608 - constants


def _nearest(facts: str, table: str, also: str) -> str:
    """Of these the ones that share most: each key counts by how few rows have it, the newest first among equals."""
    keyed = _KEYED.format(table=table, also=also)
    return f"""
        SELECT {facts} FROM {table} WHERE id IN (
            SELECT id FROM ({keyed}) counted WHERE shared <= $2
            GROUP BY id ORDER BY sum(ln(2.0::float8 * $2 / shared)) DESC, id DESC LIMIT {NEAREST}
        )
    """  # noqa: S608 - constants


_NEAREST_CUSTOMERS = _nearest(_CUSTOMER_FACTS, "known_customer", "true")
_NEAREST_OF_ALL = f"{_nearest(_LEAD_FACTS, 'lead', _OPEN)} UNION ALL {_NEAREST_CUSTOMERS}"
_ANYBODY_SHARING = (
    f"{_capped(_LEAD_FACTS, 'lead', _OPEN)} UNION ALL {_capped(_CUSTOMER_FACTS, 'known_customer', 'true')}"
)
_MATCHING = "matching works with system rights; what the caller learns depends on their own"
_SEES_ALL = unscoped(_MATCHING)
_SURROUNDINGS = """
    SELECT (SELECT coalesce(receipt_id, lead_id) FROM submission WHERE unit_path = $1 AND key = $2) AS earlier_lead_id,
        EXISTS (SELECT FROM distribution_rule WHERE NOT disabled AND delete_time IS NULL) AS has_rules,
        (SELECT id FROM pool WHERE unit_path = ANY ($3::text[]) AND is_default AND delete_time IS NULL
            ORDER BY length(unit_path) DESC LIMIT 1) AS pool_id,
        NOT EXISTS (SELECT FROM known_unit WHERE unit_path = $4)
            OR EXISTS (SELECT FROM known_unit WHERE unit_path = ANY ($5::text[]) AND kind = 'DEALER') AS is_partner
"""
_PARTNER = """
    SELECT NOT EXISTS (SELECT FROM known_unit WHERE unit_path = :path)
        OR EXISTS (SELECT FROM known_unit WHERE unit_path = ANY (:above) AND kind = 'DEALER')
"""


class Surroundings(NamedTuple):
    """What a submission meets: the lead that took it before, whether rules may place it, else the pool that gets it; and
    whether it comes from a partner's unit.
    """

    earlier_lead_id: UUID | None
    has_rules: bool
    pool_id: UUID | None
    is_partner: bool


async def surroundings(tx: Tx, unit_path: str, key: str) -> Surroundings:
    """The same for a unit and the key of a submission; the pool is that of the unit or of the nearest one above."""
    why = "a submission falls where the rules and pools of its unit put it, whoever submits it"
    mine = tx.principal.unit_path
    asked = (unit_path, key, units_above(unit_path), mine, units_above(mine))
    return Surroundings(*(await tx.fetch(_SURROUNDINGS, *asked, why=why))[0])


async def is_blind(call: Call) -> bool:
    """Whether the caller learns nothing of what other units have: a key, or somebody of a partner. A unit we have not heard
    of may be a partner's.
    """
    if call.principal.kind == "key":
        return True
    path = call.principal.unit_path
    async with call.db.connect() as connection:
        asked = text(_PARTNER).bindparams(bindparam("above", type_=ARRAY(Text())))
        return bool((await connection.execute(asked, {"path": path, "above": units_above(path)})).scalar_one())


async def may_see(tx: Tx, lead: Lead) -> bool:
    """Whether the caller could read this lead, by scope or share, and it is not withheld."""
    if restrictions.hides(tx.principal, Lead.__tablename__, lead):
        return False
    reading = tx.call.as_principal(tx.principal, "leads.lead.get")
    if in_reach(tx.principal, tx.principal.reach(reading.permission), lead.owner_id, lead.unit_path):
        return True
    if not (tx.call.shared and tx.principal.reach(reading.permission)):
        return False
    statement = select(Lead.id).where(Lead.id == lead.id, visible(reading, Lead)).execution_options(**scoped(reading))
    return (await tx.session.execute(statement)).first() is not None


async def sharing(tx: Tx, keys: Sequence[str], *, customers_only: bool = False) -> dict[str, Mapping[str, Any]]:
    """The nearest of the leads and customers that share a selective block key with a submission, as matching sees them, by
    id.
    """
    asked = stored_keys(tx.call.db, keys)
    if customers_only:
        rows = await tx.fetch(_NEAREST_CUSTOMERS, asked, BLOCK_CAP, why=_MATCHING)
    else:
        rows = await tx.fetch(_NEAREST_OF_ALL, asked, BLOCK_CAP, CLOSED, why=_MATCHING)
    found = [dict(row) for row in rows]
    await open_rows(tx.call.db, found, table_of)
    return {str(row["id"]): row for row in found}


def stored_keys(db: Database, keys: Sequence[str]) -> list[str]:
    """Match keys as they are stored: those that would tell how to reach somebody as digests."""
    assert db.subjects is not None
    return digested_keys(db.subjects.mark, REACHING, keys)


def table_of(facts: Mapping[str, Any]) -> Any:
    """Where the facts matching sees are stored."""
    return known_customer if facts["is_customer"] else Lead.__table__


_LEAD = Choice(Lead, Lead.id == bindparam("id"), why="matching works with system rights")


async def locked(tx: Tx, lead_id: UUID) -> Lead:
    """A lead that matching found, locked, whoever may see it."""
    found = await tx.find(_LEAD, id=lead_id)
    assert found is not None
    await tx.reveal(found)
    return found


async def last_submission_times(tx: Tx, lead_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When each lead was last heard of."""
    statement = (
        select(submission.c.lead_id, func.max(submission.c.receive_time))
        .where(submission.c.lead_id.in_(lead_ids))
        .group_by(submission.c.lead_id)
    )
    return {row[0]: row[1] for row in await tx.session.execute(statement)}


async def times_fake(tx: Tx, lead_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How often each lead was closed as fake."""
    statement = (
        select(decision.c.lead_id, func.count())
        .where(decision.c.lead_id.in_(lead_ids), decision.c.kind == "disqualification", decision.c.outcome == "fake")
        .group_by(decision.c.lead_id)
    )
    return {row[0]: row[1] for row in await tx.session.execute(statement)}


async def known_customer_of(tx: Tx, customer_id: UUID | None) -> Row[Any] | None:
    """What we know of a customer: whose it is and how to recognise it."""
    if customer_id is None:
        return None
    statement = select(known_customer).where(known_customer.c.id == customer_id)
    return (await tx.session.execute(statement)).one_or_none()


async def candidates_sharing(call: Call, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Leads and customers of the whole house that share a block key with anything in a file, by id."""
    found: dict[str, dict[str, Any]] = {}
    async with call.db.connect() as connection:
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = (stored_keys(call.db, keys[start : start + KEYS_AT_ONCE]), BLOCK_CAP, CLOSED)
            rows = (await connection.exec_driver_sql(_ANYBODY_SHARING, some, _SEES_ALL)).mappings()
            found.update((str(row["id"]), dict(row)) for row in rows)
    await open_rows(call.db, list(found.values()), table_of)
    return found
