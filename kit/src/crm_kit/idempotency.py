"""Same key, same outcome: the record of which request a caller's Idempotency-Key stands for.

The row is written in the transaction of the effect, so a request that failed may be repeated with its key. A repeat is
answered with the record as the caller may see it now. Of an answer that is no record, what ``kept_answers`` leaves of it
is stored: in the transaction of the effect where the handler says so by ``tx.answer_with``, else right after it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, Index, LargeBinary, Table, Text, Uuid, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from crm_kit.call import Call, Idempotency
from crm_kit.errors import AnswerLost, IdempotencyKeyReused, RequestInFlight
from crm_kit.loops import repeat
from crm_kit.metadata import kit_metadata
from crm_kit.writes import Writes

if TYPE_CHECKING:
    from crm_kit.database import Database

KEPT = timedelta(hours=72)
AT_ONCE = 5_000
LOCK_NOT_AVAILABLE = "55P03"
EMPTY = "google.protobuf.Empty"

idempotency = Table(
    "idempotency",
    kit_metadata,
    Column("caller_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("method", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("result_id", Uuid),
    Column("answer", LargeBinary),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Index("ix_idempotency_create_time", "create_time"),
)


class Replayed(Exception):
    """The request was carried out earlier: with a record of this id, or with an answer of which this was kept."""

    def __init__(self, result_id: UUID | None, answer: bytes | None) -> None:
        self.result_id, self.answer = result_id, answer
        super().__init__(str(result_id))


TAKE = """
    INSERT INTO idempotency (caller_id, key, method, fingerprint, create_time) VALUES ($5, $6, $7, $8, $9)
    ON CONFLICT DO NOTHING RETURNING 1"""
"""Takes the key for the transaction that begins, in the statement that begins it; a twin at work is waited for up to
the lock time-out (2 s).
"""


@contextmanager
def twin_at_work() -> Iterator[None]:
    """Around TAKE: RequestInFlight when the twin takes longer."""
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            raise RequestInFlight from error
        raise


async def repeat_of(session: AsyncSession, caller: str, request: Idempotency) -> None:
    """The key was taken before: raises what its repeat is answered with."""
    earlier = (await session.execute(select(idempotency).where(_mine(caller, request)))).one_or_none()
    if earlier is None:
        raise RequestInFlight
    _answer_again(earlier, request)


async def recall(call: Call) -> None:
    """Answer a repeat before its handler runs: for handlers that open no transaction of their own."""
    request = call.idempotency
    assert request is not None
    async with call.db.connect() as connection:
        statement = select(idempotency).where(_mine(call.principal.subject, request))
        earlier = (await connection.execute(statement)).one_or_none()
    if earlier is not None:
        _answer_again(earlier, request)


def remember(
    writes: Writes,
    caller: str,
    request: Idempotency,
    *,
    result_id: UUID | None = None,
    answer: bytes | None = None,
) -> None:
    """Note what answers repeats: a record, or what is kept of another answer."""
    values = {"result_id": result_id} if answer is None else {"answer": answer}
    writes.update(idempotency, {"caller_id": caller, "key": request.key}, values)
    request.answered = True


async def keep(call: Call, answer: bytes) -> None:
    """The same after a handler that did not note its answer in a transaction of its own."""
    request = call.idempotency
    assert request is not None
    row = {"caller_id": call.principal.subject, "key": request.key, "method": request.method, "answer": answer}
    statement = insert(idempotency).values(**row, fingerprint=request.fingerprint, create_time=call.now)
    noted = statement.on_conflict_do_update(index_elements=["caller_id", "key"], set_={"answer": answer})
    async with call.db.connect() as connection:
        await connection.execute(noted)


def _mine(caller: str, request: Idempotency) -> ColumnElement[bool]:
    return (idempotency.c.caller_id == caller) & (idempotency.c.key == request.key)


def _answer_again(earlier: Any, request: Idempotency) -> None:
    if earlier.fingerprint != request.fingerprint or earlier.method != request.method:
        raise IdempotencyKeyReused
    if earlier.result_id is None and earlier.answer is None and request.result_type != EMPTY:
        raise AnswerLost
    raise Replayed(earlier.result_id, earlier.answer)


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
