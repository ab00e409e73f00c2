"""Import (导入): the rows of a file become, join or replace leads, in chunks that survive any crash (P11, L6).

Rows are matched against the file itself, leads and customers at once; all rows of one party are placed together. What
became of a row is committed with its effect, so an interrupted import goes on with the rows that have no verdict yet.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from crm_kit import custom_fields
from crm_kit.access import unscoped, visible
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.jobs import chunk
from crm_kit.tx import begin
from crm_leads import queries
from crm_leads.domain import lead_import as states
from crm_leads.domain.csv_file import read_csv
from crm_leads.domain.import_rows import Defaults, ImportRow, facts_of, rows_of
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_import import LeadImport, lead_file, lead_import_row
from crm_leads.domain.matching.whole_table import find_groups
from crm_leads.domain.validation import ValidationPolicy
from crm_leads.usecases.place_party import Parties, Party
from crm_leads.usecases.prepare_lead import match_record, prepare_lead, record_of

ROWS_AT_ONCE = 1000
NO_REACH_NEEDED = ValidationPolicy(require_reach=False)
"""Registers of organisations or people come without phones; what is there must still be right."""


async def import_leads(call: Call, import_id: UUID) -> None:
    """Run or go on with one import; the job calls it again after every interruption."""
    job = await _load(call, import_id)
    rows = await _rows_without_verdict(call, job)
    await _note(call, job.id, state=states.RUNNING)
    parties = await _parties(call, job, rows)
    for some in _chunks(parties):
        async with chunk(call) as tx:
            await Parties(tx, job).place(some)
    await _note(call, job.id, state=states.DRY_RUN_DONE if job.dry_run else states.DONE)


async def _load(call: Call, import_id: UUID) -> Row[Any]:
    statement = select(LeadImport.__table__).where(LeadImport.id == import_id, visible(call, LeadImport))
    async with call.db.connect() as connection:
        return (await connection.execute(statement, execution_options=unscoped("visible() is applied"))).one()


async def _rows_without_verdict(call: Call, job: Row[Any]) -> list[ImportRow]:
    async with call.db.connect() as connection:
        content = (
            await connection.execute(select(lead_file.c.content).where(lead_file.c.id == job.file_id))
        ).scalar_one()
        lines = select(lead_import_row.c.line).where(lead_import_row.c.import_id == job.id)
        done = set((await connection.execute(lines)).scalars())
    defaults = Defaults(job.source, str(job.campaign_id or ""), job.country_code)
    rows = await asyncio.to_thread(lambda: rows_of(read_csv(content), job.mappings, defaults))
    return [row for row in rows if row.line not in done]


async def _parties(call: Call, job: Row[Any], rows: Sequence[ImportRow]) -> list[Party]:
    """The rows by party, in the order in which each party first appears; refused rows stand alone."""
    definitions = await call.db.custom_fields.of("lead")
    prepared = await asyncio.to_thread(_prepare, rows, job, definitions, call.now)
    able = [(row, lead) for row, lead in prepared if lead is not None]
    keys = sorted({key for _, lead in able for key in lead.match_keys})
    known = await queries.candidates_sharing(call, keys)
    found = await asyncio.to_thread(_group, [lead for _, lead in able], known)
    parties: dict[int, Party] = {}
    for (row, lead), (group, candidate) in zip(able, found, strict=True):
        party = parties.setdefault(group, Party(candidate=known.get(candidate)))
        party.members.append((row, lead))
    refused = [Party(members=[(row, None)]) for row, lead in prepared if lead is None]
    return sorted([*parties.values(), *refused], key=lambda party: party.members[0][0].line)


def _prepare(
    rows: Sequence[ImportRow], job: Row[Any], definitions: tuple[custom_fields.CustomField, ...], now: datetime
) -> list[tuple[ImportRow, Lead | None]]:
    return [(row, _lead_of(row, job, definitions, now)) for row in rows]


def _lead_of(
    row: ImportRow, job: Row[Any], definitions: tuple[custom_fields.CustomField, ...], now: datetime
) -> Lead | None:
    """The lead a row would become; None when it is refused, which the row then says."""
    if row.refused:
        return None
    facts = facts_of(row, job.country_code)
    facts["custom_fields"], wrong = custom_fields.check(definitions, facts["custom_fields"], complete=True)
    if wrong:
        row.refuse(wrong[0].field, wrong[0].reason, wrong[0].en, wrong[0].zh)
        return None
    lead = Lead(**facts, import_id=job.id, unit_path=job.unit_path, create_time=now, update_time=now)
    try:
        prepare_lead(lead, now, NO_REACH_NEEDED)
    except InvalidArgument as refused:
        first = refused.violations[0]
        row.refuse(first.field, first.reason, first.en, first.zh)
        return None
    return lead


def _group(leads: Sequence[Lead], known: dict[str, dict[str, Any]]) -> list[tuple[int, str]]:
    """For each lead the number of its party, and the id of the lead or customer we have of that party."""
    if not leads:
        return []
    candidates = list(known.values())
    records = [match_record(lead) for lead in leads] + [record_of(facts) for facts in candidates]
    keys = [lead.match_keys for lead in leads]
    asked = {key for some in keys for key in some}
    keys += [[key for key in facts["match_keys"] if key in asked] for facts in candidates]
    group_of = [int(group) for group in find_groups(records, keys=keys, new=len(leads)).group_of]
    holder: dict[int, str] = {}
    for facts, group in zip(candidates, group_of[len(leads) :], strict=True):
        # A customer outranks a lead: the submission belongs to the party we already trade with.
        if group not in holder or facts["is_customer"]:
            holder[group] = str(facts["id"])
    return [(group, holder.get(group, "")) for group in group_of[: len(leads)]]


def _chunks(parties: Sequence[Party]) -> list[list[Party]]:
    """Parties in file order, about a thousand rows at a time, never splitting one."""
    chunks: list[list[Party]] = []
    size = ROWS_AT_ONCE
    for party in parties:
        if size >= ROWS_AT_ONCE:
            chunks.append([])
            size = 0
        chunks[-1].append(party)
        size += len(party.members)
    return chunks


async def _note(call: Call, import_id: UUID, **values: Any) -> None:
    """Move the import along unless a person has cancelled it. No progress of the job: placing rows is, and only that
    lets a failing job start its attempts anew.
    """
    mine = (LeadImport.id == import_id) & LeadImport.state.in_([states.QUEUED, states.RUNNING])
    statement = update(LeadImport).where(mine).values(version=LeadImport.version + 1, **values)
    async with begin(call) as tx:
        await tx.session.execute(statement.execution_options(**unscoped("the job's own import")))
