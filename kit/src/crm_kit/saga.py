"""Commands over several services: a durable log of steps, resumed after any crash, undone in reverse when refused.

The starting service keeps ``saga`` and ``saga_step``; every participant keeps ``operation_guard``, so that a step sent
twice has one effect and a step that arrives after its cancellation has none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from uuid_utils.compat import uuid7

from crm_kit import telemetry
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.errors import Error, FailedPrecondition
from crm_kit.loops import back_off, repeat
from crm_kit.metadata import kit_metadata
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.tx import Tx, begin

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
STUCK_AFTER = 20

saga = Table(
    "saga",
    kit_metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("input", postgresql.JSONB, nullable=False),
    Column("principal", LargeBinary, nullable=False),
    Column("traceparent", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_time", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("error", Text, nullable=False, server_default=""),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Index(
        "uq_saga_kind_business_key",
        "kind",
        "business_key",
        unique=True,
        postgresql_where=text("state IN ('running', 'compensating')"),
    ),
    Index("ix_saga_due", "next_time", postgresql_where=text("state IN ('running', 'compensating')")),
)

operation_guard = Table(
    "operation_guard",
    kit_metadata,
    Column("operation_id", Uuid, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
)


class OperationCancelled(FailedPrecondition):
    """The operation was called off before this step arrived. Facts: operation_id."""

    en = "The operation {operation_id} was cancelled."
    zh = "操作 {operation_id} 已取消。"


async def guard(tx: Tx, operation_id: UUID, step: str) -> bool:
    """Participant: True when this step is new and its effect must be made now; False when it was made before.

    Raises OperationCancelled when the operation was called off. The guard commits with the effect.
    """
    taken = await _mark(tx, operation_id, step, "done")
    if taken == "new":
        return True
    if taken == "cancelled":
        raise OperationCancelled(operation_id=operation_id)
    return False


async def call_off(tx: Tx, operation_id: UUID, step: str) -> bool:
    """Participant: True when the step was made and must be undone now; a step not yet seen will be refused later."""
    taken = await _mark(tx, operation_id, step, "cancelled")
    if taken != "done":
        return False
    mine = (operation_guard.c.operation_id == operation_id) & (operation_guard.c.step == step)
    await tx.session.execute(update(operation_guard).where(mine).values(state="cancelled"))
    return True


async def _mark(tx: Tx, operation_id: UUID, step: str, state: str) -> str:
    row = {"operation_id": operation_id, "step": step, "state": state, "create_time": tx.now}
    statement = (
        postgresql.insert(operation_guard).values(row).on_conflict_do_nothing().returning(operation_guard.c.step)
    )
    if (await tx.session.execute(statement)).scalar_one_or_none() is not None:
        return "new"
    mine = (operation_guard.c.operation_id == operation_id) & (operation_guard.c.step == step)
    return str((await tx.session.execute(select(operation_guard.c.state).where(mine).with_for_update())).scalar_one())


@dataclass(frozen=True, slots=True)
class Run:
    """One saga at work: its id is the operation id its participants know."""

    id: UUID
    kind: str
    input: dict[str, Any]
    call: Call
    """Acts with the rights of the person who started it, now."""


Action = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """``do`` is repeated until it succeeds or is refused for good; ``undo`` until it succeeds.

    From the ``pivot`` step on there is no way back: later steps are repeated for ever.
    """

    name: str
    do: Action
    undo: Action | None = None
    pivot: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A kind of saga. ``failed`` runs once everything is undone, with the words of the refusal.

    ``permission`` is the one its starter used; local steps act within its scope.
    """

    kind: str
    permission: str
    steps: Sequence[Step]
    failed: Callable[[Run, str], Awaitable[None]]


async def start(tx: Tx, kind: str, business_key: str, input: dict[str, Any], saga_id: UUID | None = None) -> UUID:
    """Note the saga in the transaction that begins it; it runs once that has committed."""
    key = saga_id or uuid7()
    await tx.session.execute(
        insert(saga).values(
            id=key,
            kind=kind,
            business_key=business_key,
            state="running",
            input=input,
            principal=freeze(tx.principal),
            traceparent=telemetry.current_traceparent(),
            next_time=tx.now,
            create_time=tx.now,
        )
    )
    return key


class Sagas:
    """Runs the sagas of one service; any number of processes may do so at once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._plans: dict[str, Plan] = {}
        self._wake = asyncio.Event()

    def register(self, plans: Sequence[Plan]) -> None:
        self._plans |= {plan.kind: plan for plan in plans}

    async def run(self, stop: asyncio.Event) -> None:
        await repeat(self._round, stop, name="sagas", wake=self._wake)

    async def advance(self, saga_id: UUID, deadline_seconds: float) -> str:
        """Work on one saga right now, for a caller who waits; answers its state when it ends or time is up."""
        try:
            async with asyncio.timeout(max(0.05, deadline_seconds)):
                while (state := await self._claim_and_work(saga_id)) in {"running", "compensating"}:
                    await asyncio.sleep(0.05)
                return state
        except TimeoutError:
            self._wake.set()
            return "running"

    async def _round(self) -> float:
        self._wake.clear()
        due = (
            select(saga.c.id)
            .where(saga.c.state.in_(["running", "compensating"]), saga.c.next_time <= text("clock_timestamp()"))
            .where(or_(saga.c.lease_until.is_(None), saga.c.lease_until < text("clock_timestamp()")))
            .order_by(saga.c.next_time)
            .limit(20)
        )
        async with self._db.connect() as connection:
            found = [row.id for row in await connection.execute(due)]
        await asyncio.gather(*(self._claim_and_work(key) for key in found))
        return 0.0 if found else 0.5

    async def _claim_and_work(self, saga_id: UUID) -> str:
        claim = (
            update(saga)
            .where(saga.c.id == saga_id, saga.c.state.in_(["running", "compensating"]))
            .where(or_(saga.c.lease_until.is_(None), saga.c.lease_until < text("clock_timestamp()")))
            .values(lease_until=text(f"clock_timestamp() + interval '{LEASE.seconds} seconds'"))
            .returning(saga)
        )
        async with self._db.connect() as connection:
            row = (await connection.execute(claim)).one_or_none()
            if row is None:
                state = await connection.execute(select(saga.c.state).where(saga.c.id == saga_id))
                return str(state.scalar_one())
        return await self._work(row)

    async def _work(self, row: Any) -> str:
        plan = self._plans[row.kind]
        call = Call.for_work(self._db, kind="saga", name=row.kind).as_principal(thaw(row.principal), plan.permission)
        call.request_id = str(row.id)
        run = Run(row.id, row.kind, row.input, call)
        parent = telemetry.extract({"traceparent": row.traceparent})
        with telemetry.span(f"saga {row.kind}", parent=parent):
            try:
                if row.state == "running":
                    await self._forward(plan, run, row.step)
                    return await self._note(row.id, state="done")
                await self._backward(plan, run, row.step, row.error)
                return await self._note(row.id, state="undone")
            except _Refused as refused:
                await self._note(row.id, state="compensating", step=refused.step, error=str(refused))
                return "compensating"
            except Exception as error:
                attempts = row.attempts + 1
                log.warning("saga %s %s failed, attempt %d: %s", row.kind, row.id, attempts, error)
                state = "stuck" if attempts >= STUCK_AFTER else row.state
                pause = back_off(attempts, longest=30.0)
                return await self._note(row.id, state=state, attempts=attempts, error=str(error)[:500], pause=pause)

    async def _forward(self, plan: Plan, run: Run, first: int) -> None:
        pivot = next((n for n, step in enumerate(plan.steps) if step.pivot), len(plan.steps))
        for number in range(first, len(plan.steps)):
            try:
                await plan.steps[number].do(run)
            except (RemoteError, Error) as error:
                final = error.final if isinstance(error, RemoteError) else _final(error)
                if number <= pivot and final:
                    raise _Refused(number, str(error)) from error
                raise
            await self._note(run.id, step=number + 1, attempts=0, keep_lease=True)

    async def _backward(self, plan: Plan, run: Run, last: int, why: str) -> None:
        for step in reversed(plan.steps[: last + 1]):
            if step.undo is not None:
                await step.undo(run)
        await plan.failed(run, why)

    async def _note(self, saga_id: UUID, *, pause: float = 0.0, keep_lease: bool = False, **values: Any) -> str:
        values["lease_until"] = text(f"clock_timestamp() + interval '{LEASE.seconds} seconds'") if keep_lease else None
        values["next_time"] = text(f"clock_timestamp() + interval '{pause} seconds'")
        async with self._db.connect() as connection:
            changed = await connection.execute(
                update(saga).where(saga.c.id == saga_id).values(**values).returning(saga.c.state)
            )
            return str(changed.scalar_one())


class _Refused(Exception):
    def __init__(self, step: int, why: str) -> None:
        self.step = step
        super().__init__(why)


def _final(error: Error) -> bool:
    return RemoteError(error.status, error.reason, "").final


def freeze(principal: Principal) -> bytes:
    """A principal as it is stored with durable work: the rights it had when it asked."""
    return orjson.dumps(
        {
            "subject": principal.subject,
            "kind": principal.kind,
            "name": principal.name,
            "unit_path": principal.unit_path,
            "grants": {pattern: int(scope) for pattern, scope in principal.grants},
            "roles": principal.roles,
            "language": principal.language,
        }
    )


def thaw(stored: bytes) -> Principal:
    facts = orjson.loads(stored)
    grants = tuple((pattern, Scope(scope)) for pattern, scope in facts.pop("grants").items())
    return Principal(**{**facts, "roles": tuple(facts["roles"])}, grants=grants)


__all__ = ["Plan", "Run", "Sagas", "Step", "begin", "call_off", "freeze", "guard", "start", "thaw"]
