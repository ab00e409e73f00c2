"""The visible transaction: ``async with begin(call) as tx``.

Commits when the block ends, rolls back when it raises; nobody else commits. What the block announced goes into the
outbox in the same commit, with the state each aggregate has then.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from asyncpg.exceptions import PostgresError
from google.protobuf.message import Message
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from uuid_utils.compat import uuid7

from crm_kit import bulk, idempotency, outbox, timers
from crm_kit.access import SCOPED, in_scope, visible
from crm_kit.call import Call
from crm_kit.database import ScopedSession
from crm_kit.entity import Entity
from crm_kit.errors import (
    AlreadyExists,
    DeadlineExceeded,
    Error,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    StaleEtag,
    Unavailable,
)
from crm_kit.mapping import mapping_for
from crm_kit.principal import Principal

E = TypeVar("E", bound=Entity)

STATEMENT_LIMIT_MS = 30_000
LOCK_LIMIT_MS = 2_000
_FACTS = text("""
    SELECT set_config('crm.actor', :actor, true), set_config('crm.cause', :cause, true),
           set_config('statement_timeout', :left, true), set_config('lock_timeout', :lock, true)
""")
NUL_STATES = frozenset({"22021", "22P05"})
"""What PostgreSQL says of a NUL in a text or in JSON; most are refused earlier, with the field's name."""


class Tx:
    """One transaction of one caller at one instant."""

    def __init__(self, call: Call, session: AsyncSession) -> None:
        self.call = call
        self.session = session
        self._announced: list[tuple[Entity, Message, int]] = []
        self._batches: list[tuple[str, Sequence[outbox.BatchItem]]] = []
        self._touched: list[Entity] = []

    @property
    def now(self) -> datetime:
        """The one instant of this transaction."""
        return self.call.now

    @property
    def principal(self) -> Principal:
        return self.call.principal

    def new_id(self) -> UUID:
        return uuid7()

    async def number(self, prefix: str, unit_path: str = "") -> str:
        """The next human number of the unit's series, the caller's unit unless given."""
        return (await self.numbers(prefix, 1, unit_path))[0]

    async def numbers(self, prefix: str, count: int, unit_path: str = "") -> list[str]:
        path = unit_path or self.principal.unit_path
        return await self.call.db.numbers.take(prefix, path, self.now.year, count)

    async def load(self, entity: type[E], id: UUID | str, *, etag: str = "", also_deleted: bool = False) -> E:
        """One aggregate, locked until the transaction ends, if the call may see it and the etag is its present one."""
        key = parse_id(entity, id)
        statement = (
            select(entity)
            .where(entity.id == key, visible(self.call, entity, deleted=also_deleted))
            .with_for_update()
            .execution_options(**SCOPED, populate_existing=True)
        )
        found = (await self.session.execute(statement)).scalar_one_or_none()
        if found is None:
            raise NotFound(resource=entity.__tablename__, id=id)
        if etag and etag.strip('"') != found.etag:
            raise StaleEtag(etag=found.etag)
        self._touched.append(found)
        return found

    def add(self, entity: E) -> E:
        """A new aggregate, which must lie in the call's scope. Id, unit and times come from the caller unless set; the
        owner is for the use case to name, because what lies in a pool has none.
        """
        self._complete(entity)
        self.session.add(entity)
        self._touched.append(entity)
        return entity

    async def add_many(self, entities: Sequence[E], *, by_rule: bool = False) -> None:
        """Many new aggregates of one kind by COPY; they are stored, not part of the session. Announce them by
        ``publish_many`` with the ``event_seq`` they already carry. ``by_rule``: the house, not the caller, chose
        where they belong.
        """
        for entity in entities:
            self._complete(entity, check=not by_rule)
        await bulk.copy(self.session, entities)

    def answer_with(self, entity: E) -> E:
        """A repeat of this request is answered with this record, which was neither loaded nor added through here."""
        self._touched.append(entity)
        return entity

    def publish(self, entity: Entity, fact: Message) -> None:
        """Announce a business fact about an aggregate.

        The field of the event whose type is the aggregate's message is filled with its state at commit, so an event
        cannot forget to carry it or carry an old one.
        """
        entity.event_seq += 1
        self._announced.append((entity, fact, entity.event_seq))

    async def publish_many(self, aggregate_type: str, items: Sequence[outbox.BatchItem]) -> None:
        """Announce facts of one type about many aggregates whose ``event_seq`` bulk SQL has already raised."""
        self._batches.append((aggregate_type, items))

    async def schedule(self, kind: str, subject_id: UUID, due: datetime, payload: dict[str, Any] | None = None) -> None:
        """Set the timer of this kind for the subject, in place of one that waits."""
        await timers.schedule(self.session, kind, subject_id, due, payload or {})

    async def schedule_many(self, kind: str, due: Sequence[tuple[UUID, datetime]]) -> None:
        """Set the timers of this kind for many subjects, ``(subject_id, due)`` each."""
        await timers.schedule_many(self.session, kind, due)

    async def cancel_timer(self, kind: str, subject_id: UUID) -> None:
        await timers.cancel(self.session, kind, subject_id)

    async def _open(self) -> None:
        self.session.info["now"] = self.now
        left = STATEMENT_LIMIT_MS if self.call.deadline is None else int((self.call.deadline - time.monotonic()) * 1000)
        if left <= 0:
            raise DeadlineExceeded
        facts = {
            "actor": self.principal.actor,
            "cause": self.call.request_id or self.principal.cause_id,
            "left": str(left),
            "lock": str(min(left, LOCK_LIMIT_MS)),
        }
        await self.session.execute(_FACTS, facts)
        if self.call.idempotency is not None and not self.call.idempotency.taken:
            await idempotency.reserve(self.session, self.principal.subject, self.call.idempotency, self.now)

    async def _close(self) -> None:
        await self.session.flush()
        await self._remember_result()
        entries = [self._entry(entity, fact, seq) for entity, fact, seq in self._announced]
        for aggregate_type, items in self._batches:
            entries += outbox.entries_for_batch(aggregate_type, items, **self._origin())
        if entries:
            await outbox.write(self.session, entries)
        await self.session.commit()
        if self.call.idempotency is not None:
            self.call.idempotency.taken = True
        if entries:
            self.call.db.after_commit.set()

    async def _remember_result(self) -> None:
        request = self.call.idempotency
        if request is None:
            return
        for entity in reversed(self._touched):
            mapping = mapping_for(type(entity))
            if mapping is not None and mapping.full_name == request.result_type:
                await idempotency.remember(self.session, self.principal.subject, request, entity)
                return

    def check_scope(self, entity: Entity) -> None:
        """Refuse a record that lies, or would lie after a change, where the call may not put one."""
        if entity.__unscoped__:
            return
        if not in_scope(self.principal, self.call.scope, entity.owner_id, entity.unit_path):
            raise PermissionDenied(permission=self.call.permission)

    def _complete(self, entity: Entity, *, check: bool = True) -> None:
        entity.id = entity.id or self.new_id()
        entity.unit_path = entity.unit_path or self.principal.unit_path
        entity.create_time = entity.create_time or self.now
        entity.update_time = entity.update_time or self.now
        if check:
            self.check_scope(entity)

    def _origin(self) -> dict[str, Any]:
        return {
            "occur_time": self.now,
            "actor": self.principal.actor,
            "correlation_id": self.call.request_id,
            "causation_id": self.principal.cause_id,
        }

    def _entry(self, entity: Entity, fact: Message, seq: int) -> outbox.Entry:
        mapping = mapping_for(type(entity))
        if mapping is not None:
            for field in fact.DESCRIPTOR.fields:
                if (
                    field.message_type is not None
                    and field.message_type.full_name == mapping.full_name
                    and not field.is_repeated
                ):
                    getattr(fact, field.name).CopyFrom(mapping.write(entity))
        return outbox.entry(
            aggregate_type=entity.__tablename__,
            aggregate_id=entity.id,
            event_seq=seq,
            message=fact,
            unit_path=entity.unit_path,
            **self._origin(),
        )


@asynccontextmanager
async def begin(call: Call) -> AsyncIterator[Tx]:
    """Open a transaction for the call; it commits at the end of the block or not at all."""
    async with call.db.session() as session:
        tx = Tx(call, session)
        try:
            await tx._open()  # noqa: SLF001
            yield tx
            await tx._close()  # noqa: SLF001
        except (DBAPIError, PostgresError, StaleDataError, TimeoutError, PoolTimeout) as error:
            known = refusal(error)
            if known is error:
                raise
            raise known from error


def refusal(error: Exception) -> Exception:
    """What a database error means to the caller; the error itself when it is a bug."""
    if isinstance(error, StaleDataError):
        return StaleEtag(etag="")
    if isinstance(error, (TimeoutError, PoolTimeout, ConnectionError)):
        return Unavailable()
    # COPY and connecting reach the driver directly; all else comes wrapped.
    if not isinstance(error, (DBAPIError, PostgresError)):
        return error
    driver = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    state = str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", "") or "")
    if state == "23505":
        name = str(getattr(driver, "constraint_name", "") or "")
        table = str(getattr(driver, "table_name", "") or "record")
        return AlreadyExists(resource=table, field=name.removeprefix(f"uq_{table}_").removeprefix("ix_"), value=None)
    if state == "57014":
        return DeadlineExceeded()
    if state in NUL_STATES:
        return InvalidArgument.of("", "NUL_CHARACTER", "Remove the NUL character.", "请删除空字符（NUL）。")
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or state in {"40001", "40P01", "55P03"} or state[:2] in {"08", "53", "57"}:
        return Unavailable()
    return error


def parse_id(entity: type[Entity], value: UUID | str) -> UUID:
    """The id as a UUID; a text that is none names a record that cannot exist."""
    if isinstance(value, UUID):
        return value
    if not value:
        raise InvalidArgument.of(
            "id", "REQUIRED", f"Name the {entity.__tablename__}.", f"请指定 {entity.__tablename__}。"
        )
    try:
        return UUID(value)
    except ValueError as error:
        raise NotFound(resource=entity.__tablename__, id=value) from error


@event.listens_for(ScopedSession, "before_flush")
def _stamp(session: Session, _context: object, _instances: object) -> None:
    """Every changed entity tells when it changed."""
    now = session.info.get("now")
    for entity in session.dirty:
        if now is not None and isinstance(entity, Entity) and session.is_modified(entity):
            entity.update_time = now


__all__ = ["Error", "Tx", "begin", "parse_id", "refusal"]
