"""Ask for a rebuild of all facts, and look how it goes."""

from typing import Any
from uuid import UUID

from crm.reporting.v1 import report_pb2 as pb
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from crm_kit import jobs
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.tx import begin
from crm_reporting.domain.rebuild import rebuild

KIND = "rebuild"


async def ask_rebuild(call: Call) -> pb.Rebuild:
    """Start one, or answer with the one under way."""
    async with begin(call) as tx:
        row = {"id": tx.new_id(), "state": "QUEUED", "create_time": tx.now, "under_way": True}
        started = insert(rebuild).values(row).on_conflict_do_nothing(index_elements=["under_way"])
        new_id = (await tx.session.execute(started.returning(rebuild.c.id))).scalar_one_or_none()
        if new_id is not None:
            await jobs.enqueue(tx.session, KIND, new_id, tx.principal)
        present = select(rebuild).where(rebuild.c.under_way)
        return tx.answer_with(_message((await tx.session.execute(present)).one()))


async def read_rebuild(call: Call, text: str) -> pb.Rebuild:
    try:
        wanted = UUID(text)
    except ValueError as error:
        raise NotFound(resource="rebuild", id=text) from error
    async with call.db.connect() as connection:
        row = (await connection.execute(select(rebuild).where(rebuild.c.id == wanted))).one_or_none()
    if row is None:
        raise NotFound(resource="rebuild", id=text)
    return _message(row)


def _message(row: Any) -> pb.Rebuild:
    made = pb.Rebuild(
        id=str(row.id), state=pb.Rebuild.State.Value(row.state), event_count=row.event_count, error=row.error
    )
    for table, (before, after) in sorted(row.tables.items()):
        made.tables.add(table=table, before=before, after=after)
    made.create_time.FromDatetime(row.create_time)
    if row.end_time is not None:
        made.end_time.FromDatetime(row.end_time)
    return made
