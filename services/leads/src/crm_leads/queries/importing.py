"""Reads of imports: what became of the rows, and the file of those that were refused."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from crm_kit import paging
from crm_kit.call import Call
from crm_kit.filtering import Field, Fields, FieldType
from crm_kit.revealing import open_file
from crm_leads.domain.csv_file import read_csv, write_csv
from crm_leads.domain.lead_import import CONTENT, lead_file, lead_import_row

IMPORT_ROW_FIELDS = Fields(
    [Field("id", FieldType.INTEGER, lead_import_row.c.line), Field("line", FieldType.INTEGER, lead_import_row.c.line)]
)


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
        sealed = (await connection.execute(content)).scalar_one()
        refused = select(lead_import_row).where(
            lead_import_row.c.import_id == UUID(import_id), lead_import_row.c.verdict == "error"
        )
        errors = {row.line: row for row in await connection.execute(refused)}
    file = await asyncio.to_thread(read_csv, await open_file(call.db, UUID(file_id), CONTENT, sealed))
    rows = [
        [*row, errors[line].field, errors[line].message_zh if call.language == "zh-CN" else errors[line].message_en]
        for line, row in zip(file.lines, file.rows, strict=True)
        if line in errors
    ]
    return write_csv([*file.headings, "error_field", "error"], rows, file.encoding, file.delimiter)
