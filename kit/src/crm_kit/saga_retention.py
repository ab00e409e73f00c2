"""How long operations are remembered: by the service that started them, and by their participants."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_kit.database import Database
from crm_kit.loops import repeat
from crm_kit.operation_guard import operation_guard
from crm_kit.saga_log import saga

SAGAS_KEPT = timedelta(days=90)
"""After their end; one that has not ended is never forgotten."""
GUARDS_KEPT = timedelta(days=30)
"""Longer than any step may still be on its way: operators cannot set an older operation going again."""
AT_ONCE = 5_000
PAUSE_SECONDS = 3600.0


async def keep_tidy(db: Database, stop: asyncio.Event) -> None:
    """Forget old operations every hour until told to stop."""

    async def work() -> float:
        async with db.connect() as connection:
            gone = await forget_old(connection, datetime.now(UTC))
        return 0.0 if AT_ONCE in gone else PAUSE_SECONDS

    await repeat(work, stop, name="saga_retention")


async def forget_old(connection: AsyncConnection, now: datetime) -> tuple[int, int]:
    """Drop ended sagas and guards past their time, 5,000 of each at most; answers how many of each went."""
    ended = saga.c.state.in_(["done", "undone"]) & (saga.c.next_time < now - SAGAS_KEPT)
    old_sagas = select(saga.c.id).where(ended).limit(AT_ONCE)
    sagas = await connection.execute(delete(saga).where(saga.c.id.in_(old_sagas)))
    key = tuple_(operation_guard.c.operation_id, operation_guard.c.step)
    old_guards = (
        select(operation_guard.c.operation_id, operation_guard.c.step)
        .where(operation_guard.c.create_time < now - GUARDS_KEPT)
        .limit(AT_ONCE)
    )
    guards = await connection.execute(delete(operation_guard).where(key.in_(old_guards)))
    return sagas.rowcount, guards.rowcount
