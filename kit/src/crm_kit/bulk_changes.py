"""Bulk changes as rows: what was asked, and what became of each record (批量操作).

Values that were asked for and those from before are kept for a day, as long as there is a way back; the rest for 30.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    Uuid,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_kit import jobs
from crm_kit.loops import repeat
from crm_kit.metadata import kit_metadata
from crm_kit.saga_log import thaw

if TYPE_CHECKING:
    from crm_kit.database import Database
    from crm_kit.tx import Tx

JOB = "bulk_change"
QUEUED, RUNNING, DONE, CANCELLED, FAILED = "QUEUED", "RUNNING", "DONE", "CANCELLED", "FAILED"
WAITING, CHANGED, UNCHANGED, REFUSED = "WAITING", "CHANGED", "UNCHANGED", "REFUSED"
OPEN = (QUEUED, RUNNING)
UNDONE_WITHIN = timedelta(hours=24)
KEPT = timedelta(days=30)
AT_ONCE = 20
"""Bulk changes that are forgotten together; each has up to 10,000 results."""

bulk_change = Table(
    "bulk_change",
    kit_metadata,
    Column("id", Uuid, primary_key=True),
    Column("resource", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("filter", Text, nullable=False, server_default=""),
    Column("search", Text, nullable=False, server_default=""),
    Column("all_matching", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False),
    Column("record_count", Integer, nullable=False, server_default=text("0")),
    Column("changed_count", Integer, nullable=False, server_default=text("0")),
    Column("unchanged_count", Integer, nullable=False, server_default=text("0")),
    Column("refused_count", Integer, nullable=False, server_default=text("0")),
    # Whether there is a way back at all, and until when.
    Column("has_undo", Boolean, nullable=False),
    Column("undo_expire_time", DateTime(timezone=True)),
    Column("undo_of_id", Uuid),
    Column("undone_by_id", Uuid),
    Column("creator_id", Text, nullable=False),
    Column("principal", LargeBinary, nullable=False),
    Column("cancel_requested", Boolean, nullable=False, server_default=text("false")),
    # Whether the values are still there without which nothing can be undone.
    Column("has_values", Boolean, nullable=False, server_default=text("true")),
    Column("error", Text, nullable=False, server_default=""),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("start_time", DateTime(timezone=True)),
    Column("end_time", DateTime(timezone=True)),
    Index("ix_bulk_change_creator_id", "creator_id", text("id DESC")),
    Index("ix_bulk_change_open", "creator_id", "id", postgresql_where=text("state IN ('QUEUED', 'RUNNING')")),
    Index("ix_bulk_change_has_values", "end_time", postgresql_where=text("has_values")),
    Index("ix_bulk_change_create_time", "create_time"),
)

bulk_change_result = Table(
    "bulk_change_result",
    kit_metadata,
    Column("bulk_change_id", Uuid, ForeignKey("bulk_change.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("record_id", Uuid, nullable=False),
    Column("state", Text, nullable=False, server_default=WAITING),
    # Version the request is bound to: of an undo the one its original left, else the one that was read before.
    Column("etag_before", Text),
    Column("etag_after", Text, nullable=False, server_default=""),
    # What an undo will give back.
    Column("former", JSONB(none_as_null=True)),
    # What an undo gives back: its own body for each record.
    Column("wanted", JSONB(none_as_null=True)),
    Column("reason", Text, nullable=False, server_default=""),
    Column("en", Text, nullable=False, server_default=""),
    Column("zh", Text, nullable=False, server_default=""),
    Column("field", Text, nullable=False, server_default=""),
    Index("uq_bulk_change_result_record_id", "record_id", "bulk_change_id", unique=True),
    Index("ix_bulk_change_result_waiting", "bulk_change_id", "position", postgresql_where=text("state = 'WAITING'")),
)

ADD_RECORDS = text("""
    INSERT INTO bulk_change_result (bulk_change_id, position, record_id)
    SELECT :id, min(number), record_id FROM unnest(CAST(:record_ids AS uuid[])) WITH ORDINALITY AS t (record_id, number)
    GROUP BY record_id
""")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('bulk change ' || :creator_id, 0))")


async def lock_creator(tx: "Tx", creator_id: str) -> None:
    """Until the transaction ends nobody else starts, ends or counts bulk changes of this person."""
    await tx.session.execute(_LOCK, {"creator_id": creator_id})


async def start_next(tx: "Tx", creator_id: str) -> None:
    """The person's first waiting bulk change begins, unless one is at work; under ``lock_creator``."""
    columns = bulk_change.c
    mine = columns.creator_id == creator_id
    at_work = select(columns.id).where(mine, columns.state == RUNNING).limit(1)
    if (await tx.session.execute(at_work)).first() is not None:
        return
    waiting = select(columns.id, columns.principal).where(mine, columns.state == QUEUED).order_by(columns.id).limit(1)
    first = (await tx.session.execute(waiting)).first()
    if first is not None:
        await tx.session.execute(update(bulk_change).where(columns.id == first.id).values(state=RUNNING))
        await jobs.enqueue(tx.session, JOB, first.id, thaw(first.principal))


async def end(tx: "Tx", id: UUID, state: str, error: str = "") -> None:
    """It ends; the person's next one begins."""
    columns = bulk_change.c
    creator = select(columns.creator_id).where(columns.id == id)
    creator_id: str = (await tx.session.execute(creator)).scalar_one()
    await lock_creator(tx, creator_id)
    values: dict[str, Any] = {"state": state, "error": error[:500], "end_time": tx.now}
    values["undo_expire_time"] = text("CASE WHEN has_undo THEN CAST(:until AS timestamptz) END").bindparams(
        until=tx.now + UNDONE_WITHIN
    )
    await tx.session.execute(update(bulk_change).where(columns.id == id, columns.state.in_(OPEN)).values(values))
    await start_next(tx, creator_id)


def is_undoable(row: Row[Any], now: datetime) -> bool:
    """Whether it can be taken back now."""
    expires = row.undo_expire_time
    return bool(
        row.has_values and row.changed_count and row.undone_by_id is None and expires is not None and now < expires
    )


async def forget_records(tx: "Tx", record_ids: Sequence[UUID]) -> None:
    """Nothing is left of the values of these records, whose subject is erased."""
    told = bulk_change_result.c.record_id.in_(record_ids)
    concerned = select(bulk_change_result.c.bulk_change_id).where(told)
    ended = bulk_change.c.id.in_(concerned) & bulk_change.c.end_time.is_not(None)
    # A refusal may name the record in its words.
    blank = {"former": None, "wanted": None, "en": "", "zh": ""}
    await tx.session.execute(update(bulk_change_result).where(told).values(blank))
    await tx.session.execute(update(bulk_change).where(ended).values(body={}, filter="", search=""))


async def keep_tidy(db: "Database", stop: asyncio.Event) -> None:
    """Forget old values and old bulk changes every hour until told to stop."""

    async def work() -> float:
        async with db.connect() as connection:
            gone = await forget_old(connection, datetime.now(UTC))
        return 0.0 if AT_ONCE in gone else 3600.0

    await repeat(work, stop, name="bulk_changes")


async def forget_old(connection: AsyncConnection, now: datetime) -> tuple[int, int]:
    """Drop the values of those that cannot be undone any more, and those past their time; answers how many of each."""
    columns, results = bulk_change.c, bulk_change_result.c
    over = select(columns.id).where(columns.has_values, columns.end_time < now - UNDONE_WITHIN).limit(AT_ONCE)
    ids = list((await connection.execute(over)).scalars())
    if ids:
        kept = results.bulk_change_id.in_(ids) & func.coalesce(results.former, results.wanted).is_not(None)
        await connection.execute(update(bulk_change_result).where(kept).values(former=None, wanted=None))
        emptied = {"body": {}, "has_values": False}
        await connection.execute(update(bulk_change).where(columns.id.in_(ids)).values(emptied))
    ended = columns.create_time < now - KEPT, columns.end_time.is_not(None)
    old = select(columns.id).where(*ended).limit(AT_ONCE)
    gone = await connection.execute(delete(bulk_change).where(columns.id.in_(old)))
    return len(ids), gone.rowcount
