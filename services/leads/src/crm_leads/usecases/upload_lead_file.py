"""Upload: the bytes are kept, and what can be told about them is told at once."""

from hashlib import blake2b
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from crm_kit.privacy import seal_file
from crm_kit.tx import Tx
from crm_leads.domain.column_mapping import propose_all
from crm_leads.domain.csv_file import CsvFile
from crm_leads.domain.lead_import import CONTENT, lead_file


async def upload_lead_file(tx: Tx, filename: str, content: bytes, found: CsvFile) -> tuple[UUID, dict[str, Any]]:
    """Keep a file that has been read, sealed; answers its id and its facts, of which the samples are not kept."""
    key = tx.new_id()
    facts: dict[str, Any] = {
        "size": len(content),
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "row_count": len(found.rows),
        "columns": [
            {"heading": heading, "field": field, "samples": found.samples(column)}
            for column, (heading, field) in enumerate(zip(found.headings, propose_all(found.headings), strict=True))
        ],
    }
    await tx.session.execute(
        insert(lead_file).values(
            id=key,
            # A path in a file name is somebody's folder, or an attempt.
            filename=PurePath(filename.replace("\\", "/")).name[:200] or "leads.csv",
            content=seal_file(tx, key, CONTENT, content),
            digest=blake2b(content, digest_size=16).hexdigest(),
            facts={**facts, "columns": [{**column, "samples": []} for column in facts["columns"]]},
            owner_id=tx.principal.user_id,
            unit_path=tx.principal.unit_path,
            create_time=tx.now,
        )
    )
    return key, facts
