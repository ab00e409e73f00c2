"""What a consumer has received, in its own database: the reason why no event takes effect twice.

A cursor per aggregate says how far its history is applied. It is locked before anything is decided, so two workers
never decide about one aggregate at once. Events that cannot be applied yet are parked here, never at the broker.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from crm_kit.database import Database
from crm_kit.envelope import Envelope
from crm_kit.metadata import kit_metadata

KEPT_DAYS = 45

inbox = Table(
    "inbox",
    kit_metadata,
    Column("consumer", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("aggregate_type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    # applied, skipped (older than the cursor), parked (waits), dead (failed for good), discarded (given up by a person)
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    # Only of parked and dead events: what is needed to apply them later.
    Column("payload", LargeBinary),
    Column("context", JSONB),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("applied_at", DateTime(timezone=True)),
    Index(
        "ix_inbox_waiting",
        "consumer",
        "aggregate_id",
        "event_seq",
        postgresql_where=text("state IN ('parked', 'dead')"),
    ),
)

inbox_cursor = Table(
    "inbox_cursor",
    kit_metadata,
    Column("consumer", Text, primary_key=True),
    Column("aggregate_type", Text, primary_key=True),
    Column("aggregate_id", Uuid, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    # The event that failed and holds back all later ones of its aggregate.
    Column("blocked_seq", BigInteger),
)
"""Kept for ever: it still refuses duplicates after their inbox rows are gone."""


def envelope_of(row: Any) -> Envelope:
    """The event kept in a parked or dead row."""
    context = row.context or {}
    return Envelope(
        event_id=row.event_id,
        event_type=row.event_type,
        source=row.source,
        aggregate_type=row.aggregate_type,
        aggregate_id=row.aggregate_id,
        event_seq=row.event_seq,
        occur_time=datetime.fromisoformat(context["occur_time"]),
        actor=context["actor"],
        unit_path=context["unit_path"],
        traceparent=context["traceparent"],
        payload=row.payload or b"",
    )


async def prune(db: Database, consumer: str, *, at_once: int = 5_000) -> int:
    """Delete rows of events received and settled more than 45 days ago; returns how many went."""
    gone = 0
    before = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    while True:
        async with db.connect() as connection:
            result = await connection.execute(_PRUNE, {"consumer": consumer, "before": before, "at_once": at_once})
        gone += result.rowcount
        if result.rowcount < at_once:
            return gone


_PRUNE = text("""
    DELETE FROM inbox WHERE consumer = :consumer AND event_id IN (
        SELECT event_id FROM inbox
        WHERE consumer = :consumer AND event_id < uuidv7(CAST(:before AS timestamptz) - clock_timestamp())
          AND received_at < CAST(:before AS timestamptz) AND state NOT IN ('parked', 'dead') LIMIT :at_once)
""")
