"""Reads that are more than a list."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select

from crm_kit import paging
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.filtering import Field, Fields, FieldType
from crm_kit.loading import Choice
from crm_kit.tx import Tx
from crm_leads.domain.csv_file import read_csv, write_csv
from crm_leads.domain.decision import decision, submission
from crm_leads.domain.distribution import DistributionRule
from crm_leads.domain.known_customer import known_user
from crm_leads.domain.lead import OWNED, Lead, State
from crm_leads.domain.lead_import import lead_file, lead_import_row
from crm_leads.domain.pool import Pool, ownership, units_above
from crm_leads.domain.touch import Touch

IMPORT_ROW_FIELDS = Fields(
    [Field("id", FieldType.INTEGER, lead_import_row.c.line), Field("line", FieldType.INTEGER, lead_import_row.c.line)]
)
DECISION_FIELDS = Fields.of_entity(decision, ["id"])
BLOCK_CAP = 500
"""A block key shared by more records than this says nothing; its matches are left out."""
KEYS_AT_ONCE = 20_000
CLOSED = [State.CONVERTED, State.MERGED, State.OVERWRITTEN, State.DUPLICATE_CLOSED, State.REJECTED]
_LEAD_FACTS = """
    id, NULL::uuid AS customer_id, NULL::uuid AS contact_id, name, company, phone, email, other_phones, other_emails,
    address, city, postal_code, province, country_code, credit_code, open_id, website, custom_fields, match_keys,
    unit_path, false AS is_customer
"""
_CUSTOMER_FACTS = """
    id, customer_id, contact_id, name, company, phone, email, '{}'::text[] AS other_phones,
    '{}'::text[] AS other_emails, address, city, postal_code, '' AS province, '' AS country_code, '' AS credit_code,
    '' AS open_id, '' AS website, '{}'::jsonb AS custom_fields, match_keys, unit_path, true AS is_customer
"""
_OPEN = "delete_time IS NULL AND NOT state = ANY ($3::text[])"


def _capped(facts: str, table: str, also: str) -> str:
    """Rows of a table that share any of the keys; a key that more than ``cap`` rows share says nothing and finds none."""
    return f"""
        SELECT {facts} FROM {table} WHERE id IN (
            SELECT id FROM (
                SELECT found.id, count(*) OVER (PARTITION BY wanted.key) AS shared
                FROM unnest($1::text[]) AS wanted (key) CROSS JOIN LATERAL (
                    SELECT id FROM {table} WHERE match_keys @> ARRAY[wanted.key] AND {also} LIMIT $2 + 1
                ) found
            ) counted WHERE shared <= $2
        )
    """  # noqa: S608 - constants


_CUSTOMERS_SHARING = _capped(_CUSTOMER_FACTS, "known_customer", "true")
_ANYBODY_SHARING = f"{_capped(_LEAD_FACTS, 'lead', _OPEN)} UNION ALL {_CUSTOMERS_SHARING}"
MATCHING_SEES_ALL = unscoped("matching works with system rights; what the caller learns depends on their own")


_SURROUNDINGS = """
    SELECT (SELECT lead_id FROM submission WHERE unit_path = $1 AND key = $2) AS earlier_lead_id,
        EXISTS (SELECT FROM distribution_rule WHERE NOT disabled AND delete_time IS NULL) AS has_rules,
        (SELECT id FROM pool WHERE unit_path = ANY ($3::text[]) AND is_default AND delete_time IS NULL
            ORDER BY length(unit_path) DESC LIMIT 1) AS pool_id
"""


class Surroundings(NamedTuple):
    """What a submission meets: the lead that took it before, whether rules may place it, else the pool that gets it."""

    earlier_lead_id: UUID | None
    has_rules: bool
    pool_id: UUID | None


async def surroundings(tx: Tx, unit_path: str, key: str) -> Surroundings:
    """The same for a unit and the key of a submission; the pool is that of the unit or of the nearest one above."""
    return Surroundings(*(await tx.fetch(_SURROUNDINGS, unit_path, key, units_above(unit_path)))[0])


async def sharing(tx: Tx, keys: Sequence[str], *, customers_only: bool = False) -> dict[str, Mapping[str, Any]]:
    """Leads and customers that share a selective block key with a submission, as matching sees them, by id."""
    if customers_only:
        rows = await tx.fetch(_CUSTOMERS_SHARING, list(keys), BLOCK_CAP)
    else:
        rows = await tx.fetch(_ANYBODY_SHARING, list(keys), BLOCK_CAP, CLOSED)
    return {str(row["id"]): row for row in rows}


_LEAD = Choice(Lead, Lead.id == bindparam("id"), why="matching works with system rights")
_POOL = Choice(Pool, Pool.id == bindparam("id"), why="the rules of its pool bind whoever may act on the lead", lock="")


async def locked(tx: Tx, lead_id: UUID) -> Lead:
    """A lead that matching found, locked, whoever may see it."""
    found = await tx.find(_LEAD, id=lead_id)
    assert found is not None
    return found


async def last_submission_times(tx: Tx, lead_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When each lead was last heard of."""
    statement = (
        select(submission.c.lead_id, func.max(submission.c.receive_time))
        .where(submission.c.lead_id.in_(lead_ids))
        .group_by(submission.c.lead_id)
    )
    return {row[0]: row[1] for row in await tx.session.execute(statement)}


async def default_pools(tx: Tx) -> list[Pool]:
    """The default pool of every unit that has one."""
    statement = select(Pool).where(Pool.is_default.is_(True), Pool.delete_time.is_(None))
    why = unscoped("a lead falls into its unit's pool whoever submits it")
    return list((await tx.session.execute(statement.execution_options(**why))).scalars())


async def pool_of(tx: Tx, lead: Lead) -> Pool | None:
    """The pool a lead is in or came from."""
    if lead.pool_id is None:
        return None
    return await tx.find(_POOL, id=lead.pool_id)


async def enabled_rules(tx: Tx) -> list[DistributionRule]:
    """The distribution rules in their order."""
    statement = (
        select(DistributionRule)
        .where(DistributionRule.disabled.is_(False), DistributionRule.delete_time.is_(None))
        .order_by(DistributionRule.position, DistributionRule.id)
    )
    why = unscoped("rules place leads whoever submits them")
    return list((await tx.session.execute(statement.execution_options(**why))).scalars())


async def open_leads(tx: Tx, users: Sequence[UUID]) -> dict[UUID, int]:
    """How many open leads each user owns."""
    statement = (
        select(Lead.owner_id, func.count())
        .where(Lead.owner_id.in_(users), Lead.state.in_(OWNED), Lead.delete_time.is_(None))
        .group_by(Lead.owner_id)
    )
    why = unscoped("holding limits count all a person holds")
    counted = await tx.session.execute(statement.execution_options(**why))
    return {row[0]: row[1] for row in counted if row[0] is not None}


async def active_users(tx: Tx, users: Sequence[UUID]) -> list[UUID]:
    """Those of the users who may work; people this service has not heard of yet count as active."""
    gone = select(known_user.c.id).where(known_user.c.id.in_(users), known_user.c.active.is_(False))
    inactive = {row.id for row in await tx.session.execute(gone)}
    return [user for user in users if user not in inactive]


async def claimed_since(tx: Tx, user_id: UUID, pool_id: UUID, since: datetime) -> int:
    """Claims of a person from a pool since an instant, released ones included."""
    statement = select(func.count()).where(
        ownership.c.user_id == user_id,
        ownership.c.pool_id == pool_id,
        ownership.c.why == "claim",
        ownership.c.start_time >= since,
    )
    return int((await tx.session.execute(statement)).scalar_one())


async def last_held(tx: Tx, lead_ids: Sequence[UUID], user_id: UUID) -> dict[UUID, datetime]:
    """When the person's own last holding of each lead ended, even if others held it since."""
    statement = (
        select(ownership.c.lead_id, func.max(ownership.c.end_time))
        .where(ownership.c.lead_id.in_(lead_ids), ownership.c.user_id == user_id, ownership.c.end_time.is_not(None))
        .group_by(ownership.c.lead_id)
    )
    return {row[0]: row[1] for row in await tx.session.execute(statement)}


async def recent_touches(tx: Tx, lead_id: UUID) -> tuple[datetime, ...]:
    """Instants of the latest valid touches, for the score."""
    statement = (
        select(Touch.occur_time)
        .where(Touch.lead_id == lead_id, Touch.valid.is_(True))
        .order_by(Touch.occur_time.desc())
        .limit(20)
    )
    why = unscoped("the score of a lead counts all its touches")
    return tuple((await tx.session.execute(statement.execution_options(**why))).scalars())


async def times_fake(tx: Tx, lead_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How often each lead was closed as fake."""
    statement = (
        select(decision.c.lead_id, func.count())
        .where(decision.c.lead_id.in_(lead_ids), decision.c.kind == "disqualification", decision.c.outcome == "fake")
        .group_by(decision.c.lead_id)
    )
    return {row[0]: row[1] for row in await tx.session.execute(statement)}


async def candidates_sharing(call: Call, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Leads and customers of the whole house that share a block key with anything in a file, by id."""
    found: dict[str, dict[str, Any]] = {}
    async with call.db.connect() as connection:
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = (list(keys[start : start + KEYS_AT_ONCE]), BLOCK_CAP, CLOSED)
            rows = (await connection.exec_driver_sql(_ANYBODY_SHARING, some)).mappings()
            found.update((str(row["id"]), dict(row)) for row in rows)
    return found


async def list_decisions(call: Call, lead_id: str, page_size: int, page_token: str) -> tuple[Sequence[Row[Any]], str]:
    """One page of the decisions about a lead, newest first, and the token of the next."""
    page = paging.page("id desc", page_size, page_token, DECISION_FIELDS, paging.query_hash("decision", lead_id))
    statement = select(decision, *page.columns).where(decision.c.lead_id == UUID(lead_id)).order_by(*page.order_by)
    if page.after is not None:
        statement = statement.where(page.after)
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement.limit(page.limit))).all()
    token = page.token_for([rows[page.size - 1].id]) if len(rows) > page.size else ""
    return rows[: page.size], token


async def list_import_rows(
    call: Call, import_id: str, verdict: str, page_size: int, page_token: str
) -> tuple[Sequence[Row[Any]], str]:
    """One page of what became of the rows, in file order, and the token of the next."""
    binding = paging.query_hash("lead_import_row", import_id, verdict)
    page = paging.page("id", page_size, page_token, IMPORT_ROW_FIELDS, binding)
    statement = select(lead_import_row, *page.columns).where(lead_import_row.c.import_id == UUID(import_id))
    if verdict:
        statement = statement.where(lead_import_row.c.verdict == verdict)
    if page.after is not None:
        statement = statement.where(page.after)
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement.order_by(*page.order_by).limit(page.limit))).all()
    token = page.token_for([rows[page.size - 1].line]) if len(rows) > page.size else ""
    return rows[: page.size], token


async def import_errors(call: Call, file_id: str, import_id: str) -> tuple[bytes, str]:
    """The refused rows in the file's own format and columns, with field and reason, to mend and upload again; and the
    encoding.
    """
    async with call.db.connect() as connection:
        content = select(lead_file.c.content).where(lead_file.c.id == UUID(file_id))
        file = await asyncio.to_thread(read_csv, (await connection.execute(content)).scalar_one())
        refused = select(lead_import_row).where(
            lead_import_row.c.import_id == UUID(import_id), lead_import_row.c.verdict == "error"
        )
        errors = {row.line: row for row in await connection.execute(refused)}
    rows = [
        [*row, errors[line].field, errors[line].message_zh if call.language == "zh-CN" else errors[line].message_en]
        for line, row in zip(file.lines, file.rows, strict=True)
        if line in errors
    ]
    return write_csv([*file.headings, "error_field", "error"], rows, file.encoding, file.delimiter)
