"""Erasing a person from one service: first the keys, then the records, then what tells of them.

Each part is one transaction and done once per operation; a repeat answers what the first time found. ``erasure`` keeps,
without a word about the person, what was done.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.ops.v1.personal_data_service_pb2 import Finding
from google.protobuf.json_format import MessageToDict, ParseDict
from sqlalchemy import Column, DateTime, Table, Text, Uuid, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from crm_kit import audit
from crm_kit.blanking import Cleared, blank_announced, blank_waiting
from crm_kit.bulk_changes import forget_records
from crm_kit.call import Call
from crm_kit.errors import Unavailable
from crm_kit.holdings import WHY, Held, held
from crm_kit.mapping import mapping_for
from crm_kit.metadata import kit_metadata
from crm_kit.operation_guard import guard
from crm_kit.personal_data import RECORD, Holding, PersonalData, Subjects, entity_of, kept_out
from crm_kit.subject_keys import needed
from crm_kit.tx import Tx, begin

erasure = Table(
    "erasure",
    kit_metadata,
    Column("operation_id", Uuid, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("subjects", JSONB, nullable=False),
    Column("findings", JSONB, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
)

_AT_WORK = """
    SELECT 1 FROM saga WHERE business_key = ANY ($1::text[]) AND state IN ('running', 'compensating', 'stuck') LIMIT 1
"""
_FORGET_SAGAS = """
    UPDATE saga SET input = '{}' WHERE business_key = ANY ($1::text[]) AND state IN ('done', 'undone') AND input <> '{}'
"""
_FORGET_TIMERS = """
    UPDATE timer SET state = 'cancelled', end_time = $2 WHERE subject_id = ANY ($1::uuid[]) AND state = 'pending'
"""


class PersonAtWork(Unavailable):
    """An operation over the person's records has not ended; it is waited for."""

    en = "A record of this person is being converted. The erasure goes on when that has ended."
    zh = "该个人的记录正在转化，完成后将继续删除。"


async def destroy_keys(call: Call, operation_id: UUID, subjects: Subjects) -> None:
    """Make everything unreadable that was sealed for the person, wherever it lies."""
    async with begin(call) as tx:
        if await guard(tx, operation_id, "erase.keys"):
            await needed(call.db.subjects).destroy(_persons(subjects), tx.now, tx.fetch)


async def erase(
    call: Call, service: str, data: PersonalData, operation_id: UUID, subjects: Subjects, reason: str
) -> list[Finding]:
    """Empty the person's records, then the trail and the events that tell of them; answers what became of them."""
    async with begin(call) as tx:
        found = await _erase_records(tx, service, data, operation_id, subjects, reason)
    async with begin(call) as tx:
        if await guard(tx, operation_id, "erase.trail"):
            await _erase_trail(tx, data.holdings, subjects, reason)
    return found


async def _erase_records(
    tx: Tx, service: str, data: PersonalData, operation_id: UUID, subjects: Subjects, reason: str
) -> list[Finding]:
    if not await guard(tx, operation_id, "erase.records"):
        return await _findings_of(tx, operation_id)
    persons = [str(id) for id in _persons(subjects)]
    if await tx.fetch(_AT_WORK, persons):
        raise PersonAtWork
    all_held = await held(tx, data.holdings, subjects)
    for one in all_held:
        await _empty(tx, one, subjects)
    await tx.fetch(_FORGET_SAGAS, persons)
    removed = [id for one in all_held if one.holding.removed for id in one.ids]
    await tx.fetch(_FORGET_TIMERS, removed, tx.now)
    found = [finding for one in all_held for finding in one.findings(service)]
    row = {
        "operation_id": operation_id,
        "reason": reason,
        "subjects": {kind: [str(id) for id in ids] for kind, ids in subjects.items() if kind != RECORD},
        "findings": [MessageToDict(finding, preserving_proto_field_name=True) for finding in found],
        "create_time": tx.now,
    }
    tx.insert(erasure, row)
    return found


async def _findings_of(tx: Tx, operation_id: UUID) -> list[Finding]:
    told = select(erasure.c.findings).where(erasure.c.operation_id == operation_id)
    return [ParseDict(one, Finding()) for one in (await tx.session.execute(told)).scalar_one()]


async def _empty(tx: Tx, one: Held, subjects: Subjects) -> None:
    """The rows as the declaration wants them; those that are so already are left alone."""
    holding = one.holding
    if not one.going:
        return
    if holding.before is not None:
        await holding.before(tx, one.ids)
        await tx.session.flush()
    # By their ids where they have some: what ``before`` did may have changed by what they are found.
    table = holding.table
    mine = table.c.id.in_(one.ids) if one.ids else and_(holding.mine(subjects), kept_out(holding))
    if holding.deleted:
        await tx.session.execute(delete(table).where(mine).execution_options(**WHY))
        return
    values: dict[str, Any] = dict(holding.emptied())
    stale = [table.c[name].is_distinct_from(value) for name, value in values.items()]
    if holding.removed:
        stale.append(table.c.delete_time.is_(None))
        values["delete_time"] = tx.now
    if not values:
        return
    if "version" in table.c:
        values |= {"version": table.c.version + 1, "update_time": tx.now}
    statement = update(table).where(mine, or_(*stale)).values(values)
    await tx.session.execute(statement.execution_options(**WHY))


async def _erase_trail(tx: Tx, holdings: Sequence[Holding], subjects: Subjects, reason: str) -> None:
    told: set[UUID] = set(_persons(subjects))
    for one in await held(tx, holdings, subjects):
        if entity_of(one.holding.table) is None or not one.ids:
            continue
        told.update(one.ids)
        await audit.erase_details(tx, one.holding.table.name, one.ids, reason, sorted(one.holding.emptied()))
    await forget_records(tx, sorted(told))
    cleared = _cleared(holdings)
    await blank_announced(tx, sorted(told), cleared)
    await blank_waiting(tx, sorted({*told, *subjects.get(RECORD, ())}), cleared)


def _cleared(holdings: Iterable[Holding]) -> Cleared:
    """What else than personal fields goes from messages of this service's records."""
    found: dict[str, set[str]] = {}
    for holding in holdings:
        entity = entity_of(holding.table)
        mapping = None if entity is None else mapping_for(entity)
        if mapping is not None:
            found.setdefault(mapping.full_name, set()).update(holding.emptied())
    return found


def _persons(subjects: Mapping[str, Sequence[UUID]]) -> list[UUID]:
    return sorted({id for kind, ids in subjects.items() if kind != RECORD for id in ids})
