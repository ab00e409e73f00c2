"""The visible transaction: ``async with begin(call) as tx``.

Commits when the block ends, rolls back when it raises; nobody else commits. What the block announced goes into the
outbox in the same commit, with the state each aggregate has then.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from asyncpg.exceptions import PostgresError
from google.protobuf.message import Message
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.util import identity_key
from uuid_utils.compat import uuid7

from crm_kit import bulk, flushing, idempotency, kept_answers, loading, outbox, privacy, timers
from crm_kit.access import in_reach
from crm_kit.announcing import Announcing, row_of
from crm_kit.asking import Asking
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import Error, NotFound, PermissionDenied, ReadOnly, StaleEtag
from crm_kit.ids import parse_id
from crm_kit.loading import Choice
from crm_kit.mapping import mapping_for
from crm_kit.principal import Principal
from crm_kit.refusals import refusal
from crm_kit.row_context import EVERYTHING, context_of
from crm_kit.writes import MOST, Writes, unsaved, values_of

E = TypeVar("E", bound=Entity)
A = TypeVar("A", bound=Entity | Message)


class Tx:
    """One transaction of one caller at one instant."""

    def __init__(self, call: Call, session: AsyncSession) -> None:
        self.call = call
        self.session = session
        self._touched: list[Entity] = []
        self._answer: Message | None = None
        self._rows = Writes()
        self._announcing = Announcing(call)
        self._asking = Asking(call)

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
            raise await self._refusal(entity, key, deleted=also_deleted)
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

    async def _refusal(self, entity: type[Entity], key: UUID, *, deleted: bool) -> Error:
        """What the caller may read is refused as such; everything else is absent to him."""
        reading = f"{self.call.permission.partition('.')[0]}.{entity.__tablename__}.get"
        if self.principal.reach(reading):
            reader = self.call.as_principal(self.principal, reading)
            choice = loading.visible_one(reader, entity, deleted=deleted, lock="")
            if await self._asking.fetch(choice.sql, choice.arguments({"id": key}), context_of(reader)):
                return ReadOnly()
        return NotFound(resource=entity.__tablename__, id=key)

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
        await self._asking.show(EVERYTHING if by_rule else self._asking.usual)
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
        self._announcing.note(entity, fact)

    async def publish_many(self, aggregate_type: str, items: Sequence[outbox.BatchItem]) -> None:
        """Announce facts of one type about many aggregates whose ``event_seq`` bulk SQL has already raised."""
        self._announcing.note_batch(aggregate_type, items)

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
        return await self._asking.fetch(statement, arguments, EVERYTHING if why else self._asking.usual)

    async def schedule(self, kind: str, subject_id: UUID, due: datetime, payload: dict[str, Any] | None = None) -> None:
        """Set the timer of this kind for the subject, in place of one that waits."""
        await timers.schedule(self.session, kind, subject_id, due, payload or {})

    async def schedule_many(self, kind: str, due: Sequence[tuple[UUID, datetime]]) -> None:
        """Set the timers of this kind for many subjects, ``(subject_id, due)`` each."""
        await timers.schedule_many(self.session, kind, due)

    async def cancel_timer(self, kind: str, subject_id: UUID) -> None:
        await timers.cancel(self.session, kind, subject_id)

    async def _open(self) -> None:
        flushing.attend(self.session.sync_session, self.call, self._asking)
        await self._asking.open(self.session)

    async def _close(self) -> None:
        self.session.info["closing"] = True
        await privacy.seal_unsaved(self)
        stored, writes = await unsaved(self.session, self.now)
        writes.join(self._rows)
        self._remember_result(writes)
        entries = self._announcing.entries()
        few = len(entries) <= MOST
        for entry in entries if few else ():
            writes.insert(outbox.outbox, row_of(entry))
        if scoped := [entity for entity in stored if not entity.__unscoped__]:
            await self._asking.show_for(scoped)
        while writes:
            sql, arguments, check = writes.take()
            check((await self._asking.fetch(sql, arguments))[0])
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
            self._asking.placed.add(entity.id)
        else:
            self.check_scope(entity)


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


__all__ = ["Error", "Tx", "begin", "parse_id", "refusal"]
