"""Start and stop imports."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from crm_kit import jobs
from crm_kit.errors import InvalidArgument, NotFound, Violation
from crm_kit.tx import Tx
from crm_leads.domain.column_mapping import IMPORTED, PARTS
from crm_leads.domain.lead_import import FAILED, LeadImport, lead_file

JOB = "lead_import"


async def start_lead_import(tx: Tx, job: LeadImport, custom: Sequence[str]) -> LeadImport:
    """Queue the job; columns without a mapping go where their headings say."""
    file = await _own_file(tx, job.file_id)
    headings = [column["heading"] for column in file.facts["columns"]]
    if not job.mappings:
        job.mappings = [
            {"heading": column["heading"], "field": column["field"]}
            for column in file.facts["columns"]
            if column["field"]
        ]
    _check(job, headings, custom)
    job.filename, job.row_count, job.owner_id = file.filename, file.facts["row_count"], tx.principal.user_id
    job.country_code = job.country_code.upper() or "CN"
    tx.add(job)
    await tx.session.flush()
    await jobs.enqueue(tx.session, JOB, job.id, tx.principal)
    return job


async def cancel_lead_import(tx: Tx, import_id: str) -> LeadImport:
    """Stop after the chunk at work."""
    job = await tx.load(LeadImport, import_id)
    job.cancel()
    await jobs.cancel(tx.session, JOB, job.id)
    return job


async def fail_lead_import(tx: Tx, import_id: UUID, error: str) -> None:
    """The job was given up; what it had placed stays, and the reason is shown."""
    job = await tx.load(LeadImport, import_id)
    job.state, job.error = FAILED, error[:500]


async def _own_file(tx: Tx, file_id: UUID) -> Any:
    statement = select(lead_file.c.filename, lead_file.c.facts).where(
        lead_file.c.id == file_id, lead_file.c.unit_path == tx.principal.unit_path
    )
    found = (await tx.session.execute(statement)).one_or_none()
    if found is None:
        raise NotFound(resource="lead_file", id=file_id)
    return found


def _check(job: LeadImport, headings: Sequence[str], custom: Sequence[str]) -> None:
    known = {*IMPORTED, *PARTS, *(f"custom_fields.{name}" for name in custom)}
    wrong: list[Violation] = []
    fields = [mapping.get("field", "") for mapping in job.mappings if mapping.get("field")]
    for number, mapping in enumerate(job.mappings):
        heading, field = mapping.get("heading", ""), mapping.get("field", "")
        if heading not in headings:
            en, zh = f"The file has no column {heading!r}.", f"文件中没有列“{heading}”。"
            wrong.append(Violation(f"mappings[{number}].heading", "UNKNOWN_COLUMN", en, zh))
        if field and field not in known:
            en, zh = f"Leads have no field {field!r}.", f"线索没有字段“{field}”。"
            wrong.append(Violation(f"mappings[{number}].field", "UNKNOWN_FIELD", en, zh))
        elif field and fields.count(field) > 1:
            en, zh = f"Two columns go to {field}.", f"有两列对应到 {field}。"
            wrong.append(Violation(f"mappings[{number}].field", "DOUBLE_FIELD", en, zh))
    if not {"name", "first_name", "last_name", "company"} & set(fields):
        en, zh = "Map a column to name or company.", "请至少将一列对应到姓名或公司。"
        wrong.append(Violation("mappings", "NOBODY_NAMED", en, zh))
    if wrong:
        raise InvalidArgument(wrong[:20])
