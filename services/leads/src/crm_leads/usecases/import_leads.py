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
from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.jobs import chunk
from crm_kit.revealing import open_file
from crm_kit.tx import begin
from crm_leads import queries
from crm_leads.domain import lead_import as states
from crm_leads.domain.csv_file import read_csv
from crm_leads.domain.import_rows import Defaults, ImportRow, facts_of, rows_of
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_import import CONTENT, LeadImport, lead_file, lead_import_row
from crm_leads.domain.validation import ValidationPolicy
from crm_leads.usecases.match_rows import group_rows, held_back
from crm_leads.usecases.place_party import Parties, Party
from crm_leads.usecases.prepare_lead import prepare_lead
from crm_leads.usecases.recognise import Submitter

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
        return (await connection.execute(statement, execution_options=scoped(call))).one()


async def _rows_without_verdict(call: Call, job: Row[Any]) -> list[ImportRow]:
    async with call.db.connect() as connection:
        content = (
            await connection.execute(select(lead_file.c.content).where(lead_file.c.id == job.file_id))
        ).scalar_one()
        lines = select(lead_import_row.c.line).where(lead_import_row.c.import_id == job.id)
        done = set((await connection.execute(lines)).scalars())
    content = await open_file(call.db, job.file_id, CONTENT, content)
    defaults = Defaults(job.source, str(job.campaign_id or ""), job.country_code)
    rows = await asyncio.to_thread(lambda: rows_of(read_csv(content), job.mappings, defaults))
    return [row for row in rows if row.line not in done]


async def _parties(call: Call, job: Row[Any], rows: Sequence[ImportRow]) -> list[Party]:
    """The rows by party, in the order in which each party first appears; refused rows stand alone."""
    definitions = await call.db.custom_fields.of("lead")
    prepared = await asyncio.to_thread(_prepare, rows, job, definitions, call.now)
    able = [(row, lead) for row, lead in prepared if lead is not None]
    for _, lead in able:
        # As those of the records they are compared with.
        lead.match_keys = queries.stored_keys(call.db, lead.match_keys)
    keys = sorted({key for _, lead in able for key in lead.match_keys})
    known = await queries.candidates_sharing(call, keys)
    candidates = Submitter(call, job.unit_path, blind=await queries.is_blind(call)).sort(known)
    leads = [lead for _, lead in able]
    grouped = await asyncio.to_thread(group_rows, leads, candidates.joinable)
    held = await asyncio.to_thread(held_back, leads, candidates.protected)
    parties: dict[int, Party] = {}
    for at, ((row, lead), (group, candidate)) in enumerate(zip(able, grouped, strict=True)):
        party = parties.setdefault(group, Party(candidate=known.get(candidate)))
        party.members.append((row, lead))
        match = held.get(at)
        if match is not None and (party.match is None or match.score > party.match.score):
            party.match, party.elsewhere = match, known[match.id]
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
