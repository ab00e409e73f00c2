"""What a transaction asks of the driver, which shows it the records of its call unless it must see more."""

import time
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.exceptions import InterfaceError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_kit import idempotency
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import DeadlineExceeded
from crm_kit.row_context import EVERYTHING, SET_LOCAL, Context, Sight, context_of, setting, sight_of
from crm_kit.telemetry import observe_statement
from crm_kit.writes import excused, outside

STATEMENT_LIMIT_MS = 30_000
LOCK_LIMIT_MS = 2_000
_FACTS = """
    SELECT set_config('crm.actor', $1, true), set_config('crm.cause', $2, true),
           set_config('statement_timeout', $3, true), set_config('lock_timeout', $4, true)"""
_OPENING = f"{_FACTS}, {setting(5, local=True)}"
# The limits come first in the list, so they hold already while a twin at work is waited for.
_OPENING_WITH_KEY = (
    f"WITH taken AS ({idempotency.TAKE}) {_FACTS}, {setting(10, local=True)}, (SELECT count(*) FROM taken)"  # noqa: S608
)


class Asking:
    """The driver's side of one transaction. ``usual``: the records its call may see; ``placed``: the new ones that the
    house, not the caller, put where they belong.
    """

    def __init__(self, call: Call) -> None:
        self.usual = context_of(call)
        self.placed: set[UUID] = set()
        self._call = call
        self._sight: Sight
        self._driver: asyncpg.Connection

    async def open(self, session: AsyncSession) -> None:
        """Begin the transaction: who acts, how long it may take, what it sees, and the caller's Idempotency-Key.

        Raises DeadlineExceeded when nobody waits any more, Replayed and RequestInFlight for a key that was taken before.
        """
        call, request = self._call, self._call.idempotency
        left = STATEMENT_LIMIT_MS if call.deadline is None else int((call.deadline - time.monotonic()) * 1000)
        if left <= 0:
            raise DeadlineExceeded
        facts = (call.attribution, call.cause_id, str(left), str(min(left, LOCK_LIMIT_MS)))
        connection = await session.connection()
        self._sight = sight_of(connection.sync_connection)  # type: ignore[arg-type]
        self._sight.take(self.usual)
        if request is None or request.taken:
            await connection.exec_driver_sql(_OPENING, (*facts, *self.usual))
        else:
            key = (call.principal.subject, request.key, request.method, request.fingerprint, call.now)
            with idempotency.twin_at_work():
                opened = await connection.exec_driver_sql(_OPENING_WITH_KEY, (*facts, *key, *self.usual))
                taken = opened.one()[-1]
            if not taken:
                await idempotency.repeat_of(session, call.principal.subject, request)
        self._driver = (await connection.get_raw_connection()).driver_connection

    async def fetch(self, statement: str, arguments: Sequence[Any], rows: Context | None = None) -> list[Any]:
        """Rows of a fixed statement with ``$1`` places; of records it sees ``rows``, else what was shown last."""
        if rows is not None:
            await self.show(rows)
        try:
            with observe_statement(statement):
                return await self._driver.fetch(statement, *arguments)  # type: ignore[no-any-return]
        except InterfaceError as error:
            if self._driver.is_closed():
                raise ConnectionError(str(error)) from error
            raise

    async def show(self, context: Context) -> None:
        """What is asked next sees these records."""
        if self._sight.shown != context:
            self._sight.changed(None)
            await self.fetch(SET_LOCAL, context)
            self._sight.changed(context)

    def writing(self, entities: Iterable[Entity]) -> Context:
        """What must be seen while these are stored."""
        return EVERYTHING if outside(self.usual, entities, self.placed) else self.usual

    async def show_for(self, entities: Sequence[Entity]) -> None:
        """See what must be seen while these are stored; where each may be stored seeing everything, that needs no change."""
        if self._sight.shown != EVERYTHING or not all(excused(entity, self.placed) for entity in entities):
            await self.show(self.writing(entities))

    def flushing(self, entities: Iterable[Entity]) -> None:
        """The session stores these by itself."""
        self._sight.usual = self.writing(entities)

    def flushed(self) -> None:
        self._sight.usual = self.usual
