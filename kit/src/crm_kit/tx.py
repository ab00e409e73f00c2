"""The visible transaction: ``async with begin(call) as tx``.

Commits when the block ends, rolls back when it raises; nobody else commits. What the block announced goes into the
outbox in the same commit, with the state each aggregate has then.
"""

import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from asyncpg.exceptions import InterfaceError, PostgresError
from google.protobuf.message import Message
from sqlalchemy import Table, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.util import identity_key
from uuid_utils.compat import uuid7

from crm_kit import bulk, idempotency, kept_answers, loading, outbox, privacy, timers
from crm_kit.access import in_reach
from crm_kit.call import Call
from crm_kit.database import ScopedSession
from crm_kit.entity import Entity
from crm_kit.errors import (
    DeadlineExceeded,
    Error,
    NotFound,
    PermissionDenied,
    StaleEtag,
)
from crm_kit.ids import parse_id
from crm_kit.loading import Choice
from crm_kit.mapping import mapping_for
from crm_kit.principal import Principal
from crm_kit.refusals import refusal
from crm_kit.row_context import EVERYTHING, SET_LOCAL, Context, Sight, context_of, setting, sight_of
from crm_kit.telemetry import observe_statement
from crm_kit.writes import MOST, Writes, outside, unsaved, values_of

E = TypeVar("E", bound=Entity)
A = TypeVar("A", bound=Entity | Message)

STATEMENT_LIMIT_MS = 30_000
LOCK_LIMIT_MS = 2_000
_ENTRY = [field.name for field in fields(outbox.Entry)]
_FACTS = """
    SELECT set_config('crm.actor', $1, true), set_config('crm.cause', $2, true),
           set_config('statement_timeout', $3, true), set_config('lock_timeout', $4, true)"""
_OPENING = f"{_FACTS}, {setting(5, local=True)}"
# The limits come first in the list, so they hold already while a twin at work is waited for.
_OPENING_WITH_KEY = (
    f"WITH taken AS ({idempotency.TAKE}) {_FACTS}, {setting(10, local=True)}, (SELECT count(*) FROM taken)"  # noqa: S608
)


class Tx:
    """One transaction of one caller at one instant."""

    def __init__(self, call: Call, session: AsyncSession) -> None:
        self.call = call
        self.session = session
        self._announced: list[tuple[Entity, Message, int]] = []
        self._batches: list[tuple[str, Sequence[outbox.BatchItem]]] = []
        self._touched: list[Entity] = []
        self._answer: Message | None = None
        self._rows = Writes()
        self._placed_by_rule: set[UUID] = set()
        self._usual = context_of(call)
        self._sight: Sight
        self._driver: asyncpg.Connection

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
        found = await self.find(loading.visible_one(self.call, entity, deleted=also_deleted), id=key)
        if found is None:
            raise NotFound(resource=entity.__tablename__, id=id)
        if etag and etag.strip('"') != found.etag:
            raise StaleEtag(etag=found.etag)
        self._touched.append(found)
        return found

    async def find(self, choice: Choice[E], **values: Any) -> E | None:
        """The entity of a fixed choice, locked until the transaction ends; None when there is none."""
        session = self.session
        if any(isinstance(one, choice.entity) for one in (*session.new, *session.dirty)):
            await session.flush()
        rows = await self.fetch(choice.sql, *choice.arguments(values), why=choice.why)
        if not rows:
            return None
        found = choice.entity_of(rows[0])
        known: E | None = session.identity_map.get(identity_key(instance=found))
        if known is not None:
            return choice.refresh(known, rows[0])
        session.add(found)
        return found

    async def reveal(self, *entities: Entity) -> None:
        """Open what is sealed in the entities; they are sealed again when they are stored."""
        await privacy.reveal(self, entities)

    def add(self, entity: E, *, by_rule: bool = False) -> E:
        """A new aggregate, which must lie in the call's scope, unless the house chose where it belongs (``by_rule``).
        Id, unit and times come from the caller unless set; the owner is for the use case to name, because what lies in
        a pool has none.
        """
        self._complete(entity, by_rule=by_rule)
        self.session.add(entity)
        self._touched.append(entity)
        return entity

    async def add_many(self, entities: Sequence[E], *, by_rule: bool = False) -> None:
        """Many new aggregates of one kind by COPY; they are stored, not part of the session. Announce them by
        ``publish_many`` with the ``event_seq`` they already carry. ``by_rule``: the house, not the caller, chose
        where they belong.
        """
        for entity in entities:
            self._complete(entity, by_rule=by_rule)
        await privacy.seal_new(self, entities)
        await self._show(EVERYTHING if by_rule else self._usual)
        await bulk.copy(self.session, entities)

    def answer_with(self, answer: A) -> A:
        """A repeat of this request is answered with this: a record that was neither loaded nor added through here, or a
        message that is no stored record.
        """
        if isinstance(answer, Message):
            self._answer = answer
        else:
            self._touched.append(answer)
        return answer

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

    def insert(self, table: Table, row: Mapping[str, Any]) -> None:
        """A row without a life of its own, written with all else when the block ends."""
        self._rows.insert(table, row)

    async def insert_many(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Many such rows by COPY, now; all name the same columns."""
        if rows:
            records = [values_of(table, row) for row in rows]
            await bulk.copy_rows(self.session, table.name, list(rows[0]), records)

    def update(self, table: Table, where: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change such rows where columns equal these values, None being NULL; written in order with ``insert``."""
        self._rows.update(table, where, values)

    async def fetch(self, statement: str, *arguments: Any, why: str = "") -> list[Any]:
        """Rows of a fixed statement with ``$1`` places, straight from the driver: for what every call must ask. It sees
        nothing that the session has not stored yet, and of records what the call may, unless ``why`` says why it must
        see everything.
        """
        await self._show(EVERYTHING if why else self._usual)
        return await self._ask(statement, arguments)

    async def _ask(self, statement: str, arguments: Sequence[Any]) -> list[Any]:
        try:
            with observe_statement(statement):
                return await self._driver.fetch(statement, *arguments)  # type: ignore[no-any-return]
        except InterfaceError as error:
            if self._driver.is_closed():
                raise ConnectionError(str(error)) from error
            raise

    async def schedule(self, kind: str, subject_id: UUID, due: datetime, payload: dict[str, Any] | None = None) -> None:
        """Set the timer of this kind for the subject, in place of one that waits."""
        await timers.schedule(self.session, kind, subject_id, due, payload or {})

    async def schedule_many(self, kind: str, due: Sequence[tuple[UUID, datetime]]) -> None:
        """Set the timers of this kind for many subjects, ``(subject_id, due)`` each."""
        await timers.schedule_many(self.session, kind, due)

    async def cancel_timer(self, kind: str, subject_id: UUID) -> None:
        await timers.cancel(self.session, kind, subject_id)

    async def _open(self) -> None:
        self.session.info["tx"] = self
        self.session.info["subjects"] = self.call.db.subjects
        left = STATEMENT_LIMIT_MS if self.call.deadline is None else int((self.call.deadline - time.monotonic()) * 1000)
        if left <= 0:
            raise DeadlineExceeded
        facts = (self.call.attribution, self.call.cause_id, str(left), str(min(left, LOCK_LIMIT_MS)))
        connection = await self.session.connection()
        self._sight = sight_of(connection.sync_connection)  # type: ignore[arg-type]
        self._sight.take(self._usual)
        request = self.call.idempotency
        if request is None or request.taken:
            await connection.exec_driver_sql(_OPENING, (*facts, *self._usual))
        else:
            key = (self.principal.subject, request.key, request.method, request.fingerprint, self.now)
            with idempotency.twin_at_work():
                opened = await connection.exec_driver_sql(_OPENING_WITH_KEY, (*facts, *key, *self._usual))
                taken = opened.one()[-1]
            if not taken:
                await idempotency.repeat_of(self.session, self.principal.subject, request)
        self._driver = (await connection.get_raw_connection()).driver_connection

    async def _close(self) -> None:
        self.session.info["closing"] = True
        await privacy.seal_unsaved(self)
        stored, writes = await unsaved(self.session, self.now)
        writes.join(self._rows)
        self._remember_result(writes)
        entries = [self._entry(entity, fact, seq) for entity, fact, seq in self._announced]
        for aggregate_type, items in self._batches:
            entries += outbox.entries_for_batch(aggregate_type, items, **self._origin())
        few = len(entries) <= MOST
        for entry in entries if few else ():
            writes.insert(outbox.outbox, {name: getattr(entry, name) for name in _ENTRY})
        if any(not entity.__unscoped__ for entity in stored):
            await self._show(self._writing(stored))
        while writes:
            sql, arguments, check = writes.take()
            check((await self._ask(sql, arguments))[0])
        for entity in stored:
            # It is as stored, which the session cannot know and would store again.
            self.session.expunge(entity)
        if not few:
            await outbox.write(self.session, entries)
        await self.session.commit()
        privacy.committed(self.session.sync_session, self.call.db.subjects)
        if self.call.idempotency is not None:
            self.call.idempotency.taken = True
        if entries:
            self.call.db.after_commit.set()

    def _remember_result(self, writes: Writes) -> None:
        request, caller = self.call.idempotency, self.principal.subject
        if request is None:
            return
        if self._answer is not None:
            idempotency.remember(writes, caller, request, answer=kept_answers.pack(self._answer))
            return
        for entity in reversed(self._touched):
            mapping = mapping_for(type(entity))
            if mapping is not None and mapping.full_name == request.result_type:
                idempotency.remember(writes, caller, request, result_id=entity.id)
                return

    def check_scope(self, entity: Entity) -> None:
        """Refuse a record that lies, or would lie after a change, where the call may not put one."""
        if entity.__unscoped__:
            return
        if not in_reach(self.principal, self.call.reach, entity.owner_id, entity.unit_path):
            raise PermissionDenied(permission=self.call.permission)

    def _complete(self, entity: Entity, *, by_rule: bool) -> None:
        entity.id = entity.id or self.new_id()
        entity.unit_path = entity.unit_path or self.principal.unit_path
        entity.create_time = entity.create_time or self.now
        entity.update_time = entity.update_time or self.now
        if by_rule:
            self._placed_by_rule.add(entity.id)
        else:
            self.check_scope(entity)

    async def _show(self, context: Context) -> None:
        """What the driver is asked next sees these records."""
        if self._sight.shown != context:
            self._sight.changed(None)
            await self._ask(SET_LOCAL, context)
            self._sight.changed(context)

    def _writing(self, entities: Iterable[Entity]) -> Context:
        """What must be seen while these are stored."""
        return EVERYTHING if outside(self._usual, entities, self._placed_by_rule) else self._usual

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


@event.listens_for(ScopedSession, "before_flush")
def _stamp(session: Session, _context: object, _instances: object) -> None:
    """Every changed entity tells when it changed; all are written seeing the rows they are among."""
    tx: Tx | None = session.info.get("tx")
    privacy.seal_before_flush(session, session.info.get("subjects"))
    if tx is None:
        return
    for entity in session.dirty:
        if isinstance(entity, Entity) and session.is_modified(entity):
            entity.update_time = tx.now
    touched = (one for one in (*session.new, *session.dirty, *session.deleted) if isinstance(one, Entity))
    tx._sight.usual = tx._writing(touched)  # noqa: SLF001


@event.listens_for(ScopedSession, "after_flush")
def _as_usual(session: Session, _context: object) -> None:
    tx: Tx | None = session.info.get("tx")
    if tx is not None:
        tx._sight.usual = tx._usual  # noqa: SLF001


@event.listens_for(ScopedSession, "after_flush_postexec")
def _open_again(session: Session, _context: object) -> None:
    privacy.open_after_flush(session, session.info.get("subjects"))


__all__ = ["Error", "Tx", "begin", "parse_id", "refusal"]
