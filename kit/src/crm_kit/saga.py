"""Commands over several services: a durable log of steps, resumed after any crash, undone in reverse when refused.

The starting service keeps ``saga``, where the step reached is noted after each; every participant keeps
``operation_guard`` (``guard`` and ``call_off``).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from crm_kit import telemetry
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.errors import Error
from crm_kit.failures import describe, is_infrastructure
from crm_kit.loops import back_off, repeat
from crm_kit.operation_guard import OperationCancelled, call_off, guard
from crm_kit.rpc.channels import RemoteError
from crm_kit.saga_lease import Lease, LeaseLost, claim
from crm_kit.saga_log import CLAIMABLE, OPEN, freeze, saga, start, thaw

log = logging.getLogger(__name__)

STUCK_AFTER = 20
LONGEST_PAUSE = 30.0


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

    @property
    def pivot(self) -> int:
        """Number of the last step from which there is a way back."""
        return next((number for number, step in enumerate(self.steps) if step.pivot), len(self.steps))


class Sagas:
    """Runs the sagas of one service; any number of processes may do so at once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._plans: dict[str, Plan] = {}
        self._wake = asyncio.Event()
        self._driving: set[asyncio.Task[str]] = set()

    def register(self, plans: Sequence[Plan]) -> None:
        self._plans |= {plan.kind: plan for plan in plans}

    def plan(self, kind: str) -> Plan | None:
        """None for a kind this release does not know."""
        return self._plans.get(kind)

    def wake(self) -> None:
        """Something became due."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        await repeat(self._round, stop, name="sagas", wake=self._wake)

    async def advance(self, saga_id: UUID, deadline_seconds: float) -> str:
        """Work on one saga right now, for a caller who waits; answers its state when it ends or time is up.

        The work goes on when the caller leaves: breaking off a step would only make others wait for its lease.
        """
        patience = max(0.05, deadline_seconds)
        task = asyncio.create_task(self._drive(saga_id, time.monotonic() + patience))
        self._driving.add(task)
        task.add_done_callback(self._driven)
        done, _ = await asyncio.wait({task}, timeout=patience)
        return task.result() if done else "running"

    async def _drive(self, saga_id: UUID, until: float) -> str:
        # What another process does sets no event here.
        while (state := await self._claim_and_work(saga_id)) in OPEN and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return state

    def _driven(self, task: asyncio.Task[str]) -> None:
        self._driving.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("a saga was left to the workers: %s", task.exception())
        if task.cancelled() or task.exception() is not None or task.result() in OPEN:
            self._wake.set()

    async def _round(self) -> float:
        self._wake.clear()
        due = select(saga.c.id).where(saga.c.kind.in_(list(self._plans)), CLAIMABLE).order_by(saga.c.next_time)
        async with self._db.connect() as connection:
            found = [row.id for row in await connection.execute(due.limit(20))]
        await asyncio.gather(*(self._claim_and_work(key) for key in found))
        return 0.0 if found else 0.5

    async def _claim_and_work(self, saga_id: UUID) -> str:
        row, state = await claim(self._db, saga_id)
        if row is None:
            return state
        try:
            return await self._work(row)
        except LeaseLost:
            log.warning("saga %s %s is another worker's now", row.kind, saga_id)
            return str(row.state)

    async def _work(self, row: Any) -> str:
        plan = self._plans[row.kind]
        principal = thaw(row.principal)
        call = Call.for_work(self._db, kind="saga", name=row.kind).as_principal(principal, plan.permission)
        call.request_id, call.language = str(row.id), principal.language
        run = Run(row.id, row.kind, row.input, call)
        lease = Lease(self._db, row)
        with telemetry.span(f"saga {row.kind}", parent=telemetry.extract({"traceparent": row.traceparent})):
            async with lease.kept():
                try:
                    if row.state == "running":
                        await _forward(plan, run, lease)
                        return await lease.release(state="done", step=len(plan.steps), attempts=0)
                    await _backward(plan, run, row.step, row.error)
                    return await lease.release(state="undone")
                except _Refused as refused:
                    words = str(refused)
                    return await lease.release(state="compensating", step=refused.step, error=words, attempts=0)
                except LeaseLost:
                    raise
                except Exception as error:  # noqa: BLE001 - noted with the saga and tried again
                    return await self._failed(row, plan, lease, error)

    async def _failed(self, row: Any, plan: Plan, lease: Lease, error: Exception) -> str:
        """Wait longer each time. A participant that is away is waited for as long as it takes, and past the pivot
        there is nothing else to do; a fault of our own is a person's business after 20 tries.
        """
        patient = is_infrastructure(error) or (row.state == "running" and lease.step > plan.pivot)
        attempts = max(lease.attempts, min(lease.attempts + 1, STUCK_AFTER // 2)) if patient else lease.attempts + 1
        stuck = attempts >= STUCK_AFTER and not patient
        level = logging.ERROR if stuck else logging.WARNING
        log.log(level, "saga %s %s failed, attempt %d: %s", row.kind, row.id, attempts, describe(error))
        pause = back_off(attempts, longest=LONGEST_PAUSE)
        state = "stuck" if stuck else row.state
        # A compensation keeps the words of the refusal: they are what the caller is told once all is undone.
        words = describe(error) if row.state == "running" else row.error
        return await lease.release(state=state, resume_state=row.state, attempts=attempts, error=words, pause=pause)


async def _forward(plan: Plan, run: Run, lease: Lease) -> None:
    for number in range(lease.step, len(plan.steps)):
        try:
            await plan.steps[number].do(run)
        except (RemoteError, Error) as error:
            final = error.final if isinstance(error, RemoteError) else _final(error)
            if number <= plan.pivot and final:
                raise _Refused(number, str(error)) from error
            raise
        # The last one is noted with the end.
        if number + 1 < len(plan.steps):
            await lease.keep(step=number + 1, attempts=0)


async def _backward(plan: Plan, run: Run, last: int, why: str) -> None:
    for step in reversed(plan.steps[: last + 1]):
        if step.undo is not None:
            await step.undo(run)
    await plan.failed(run, why)


class _Refused(Exception):
    def __init__(self, step: int, why: str) -> None:
        self.step = step
        super().__init__(why)


def _final(error: Error) -> bool:
    return RemoteError(error.status, error.reason, "").final


__all__ = [
    "OperationCancelled",
    "Plan",
    "Run",
    "Sagas",
    "Step",
    "call_off",
    "freeze",
    "guard",
    "start",
    "thaw",
]
