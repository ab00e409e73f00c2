"""What a service announces: rows written in the transaction of the change, handed to the broker by the relay.

The outbox is the truth about what happened; the broker's streams are a cache that can be rebuilt from it. Rows are
marked when published and deleted after 30 days, longer than any stream keeps them.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    insert,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession

from crm_kit.announcements import (
    BATCH_BYTES,
    SHARDS,
    BatchItem,
    Entry,
    EventTooLarge,
    entries_for_batch,
    entry,
    shard_of,
)
from crm_kit.database import Database
from crm_kit.metadata import kit_metadata

KEPT_DAYS = 30

outbox = Table(
    "outbox",
    kit_metadata,
    Column("event_id", Uuid, primary_key=True, server_default=text("uuidv7()")),
    Column("shard", SmallInteger, nullable=False),
    Column("aggregate_type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("schema_version", Integer, nullable=False, server_default=text("1")),
    Column("payload", LargeBinary, nullable=False),
    Column("headers", postgresql.JSONB, nullable=False, server_default=text("'{}'")),
    Column("unit_path", Text(collation="C"), nullable=False, server_default=text("''")),
    Column("actor", Text, nullable=False, server_default=text("''")),
    Column("traceparent", Text, nullable=False, server_default=text("''")),
    # Aggregates inside an EventBatch, so that a gap can be filled from it; null for single events.
    Column("item_ids", postgresql.ARRAY(Uuid)),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True)),
    Column("stream_seq", BigInteger),
    Column("replays", SmallInteger, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    # Leading with the id: the same key also serves "events of this aggregate".
    UniqueConstraint("aggregate_id", "aggregate_type", "event_seq"),
    Index("ix_outbox_unpublished", "shard", "aggregate_id", "event_seq", postgresql_where=text("published_at IS NULL")),
    Index("ix_outbox_stream_seq", "stream_seq", postgresql_where=text("stream_seq IS NOT NULL")),
    Index("ix_outbox_item_ids", "item_ids", postgresql_using="gin", postgresql_where=text("item_ids IS NOT NULL")),
)

outbox_shard = Table(
    "outbox_shard",
    kit_metadata,
    Column("shard", SmallInteger, primary_key=True, autoincrement=False),
    Column("lease_note", Text),
)
"""64 rows that exist to be locked: whoever holds a shard's row publishes its aggregates, alone and in order."""


def seed(connection: Connection) -> None:
    """Insert the shard rows; the migration that creates the table calls it."""
    connection.execute(
        postgresql.insert(outbox_shard).on_conflict_do_nothing(), [{"shard": shard} for shard in range(SHARDS)]
    )


async def write(session: AsyncSession, entries: Sequence[Entry]) -> None:
    """Insert the rows in one round trip, inside the caller's transaction."""
    rows = [asdict(row) for row in entries]
    await session.execute(insert(outbox), rows if len(rows) > 1 else rows[0])


async def backlog(db: Database) -> tuple[int, float]:
    """How many events wait to be published, and the age of the oldest in seconds."""
    async with db.connect() as connection:
        row = (await connection.execute(_BACKLOG)).one()
    return int(row.pending), float(row.age)


async def prune(db: Database, now: datetime, *, at_once: int = 5_000) -> int:
    """Delete published rows older than 30 days, a bounded number per statement; returns how many went."""
    gone = 0
    while True:
        async with db.connect() as connection:
            result = await connection.execute(_PRUNE, {"before": now - timedelta(days=KEPT_DAYS), "at_once": at_once})
        gone += result.rowcount
        if result.rowcount < at_once:
            return gone


_BACKLOG = text(
    "SELECT count(*) AS pending, coalesce(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0) AS age "
    "FROM outbox WHERE published_at IS NULL"
)
_PRUNE = text(
    "DELETE FROM outbox WHERE event_id IN (SELECT event_id FROM outbox "
    "WHERE event_id < uuidv7(CAST(:before AS timestamptz) - clock_timestamp()) "
    "AND published_at < CAST(:before AS timestamptz) LIMIT :at_once)"
)


__all__ = [
    "BATCH_BYTES",
    "SHARDS",
    "BatchItem",
    "Entry",
    "EventTooLarge",
    "backlog",
    "entries_for_batch",
    "entry",
    "outbox",
    "outbox_shard",
    "prune",
    "seed",
    "shard_of",
    "write",
]
