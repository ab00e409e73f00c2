"""Same key, same outcome: the record of which request a caller's Idempotency-Key stands for.

The row is written in the transaction of the effect, so a request that failed may be repeated with its key. A repeat is
answered with the record as the caller may see it now; no answer is stored.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, Uuid, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from crm_kit.call import Idempotency
from crm_kit.entity import Entity
from crm_kit.errors import IdempotencyKeyReused, RequestInFlight
from crm_kit.loops import repeat
from crm_kit.metadata import kit_metadata

if TYPE_CHECKING:
    from crm_kit.database import Database

KEPT = timedelta(hours=72)
AT_ONCE = 5_000
LOCK_NOT_AVAILABLE = "55P03"

idempotency = Table(
    "idempotency",
    kit_metadata,
    Column("caller_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("method", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("result_id", Uuid),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Index("ix_idempotency_create_time", "create_time"),
)


class Replayed(Exception):
    """The request was carried out earlier; the server answers with the record it made or changed."""

    def __init__(self, result_id: object) -> None:
        self.result_id = result_id
        super().__init__(str(result_id))


async def reserve(session: AsyncSession, caller: str, request: Idempotency, now: datetime) -> None:
    """Take the key for this transaction; a twin at work is waited for up to the lock time-out (2 s)."""
    statement = (
        insert(idempotency)
        .values(
            caller_id=caller, key=request.key, method=request.method, fingerprint=request.fingerprint, create_time=now
        )
        .on_conflict_do_nothing()
        .returning(idempotency.c.key)
    )
    try:
        taken = (await session.execute(statement)).scalar_one_or_none()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            raise RequestInFlight from error
        raise
    if taken is not None:
        return
    mine = (idempotency.c.caller_id == caller) & (idempotency.c.key == request.key)
    earlier = (await session.execute(select(idempotency).where(mine))).one_or_none()
    if earlier is None:
        raise RequestInFlight
    if earlier.fingerprint != request.fingerprint or earlier.method != request.method:
        raise IdempotencyKeyReused
    raise Replayed(earlier.result_id)


async def remember(session: AsyncSession, caller: str, request: Idempotency, result: Entity) -> None:
    """Note the record that answers repeats."""
    mine = (idempotency.c.caller_id == caller) & (idempotency.c.key == request.key)
    await session.execute(idempotency.update().where(mine).values(result_id=result.id))


async def keep_tidy(db: "Database", stop: asyncio.Event) -> None:
    """Forget old keys every hour until told to stop."""

    async def work() -> float:
        async with db.connect() as connection:
            gone = await forget_old(connection, datetime.now(UTC))
        return 0.0 if gone == AT_ONCE else 3600.0

    await repeat(work, stop, name="idempotency")


async def forget_old(connection: AsyncConnection, now: datetime) -> int:
    """Drop keys older than 72 hours, 5,000 at a time; answers how many went."""
    old = (
        select(idempotency.c.caller_id, idempotency.c.key).where(idempotency.c.create_time < now - KEPT).limit(AT_ONCE)
    )
    result = await connection.execute(
        delete(idempotency).where(tuple_(idempotency.c.caller_id, idempotency.c.key).in_(old))
    )
    return result.rowcount
