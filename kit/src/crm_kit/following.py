"""What every service that keeps records does when a unit moves or a person hands over: its records follow.

The event is noted with a job in one transaction; the job works in pieces, goes on where it stood when its process dies,
and at the end tells identity, which waits for everybody.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as identity
from crm.identity.v1 import ownership_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from sqlalchemy import Column, MetaData, Table, Uuid, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from crm_kit import handover, ownership
from crm_kit.call import Call
from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.errors import DeadlineExceeded, Unavailable
from crm_kit.handover import Handover, Transferable
from crm_kit.jobs import Jobs, chunk, enqueue, job
from crm_kit.metadata import kit_metadata
from crm_kit.modules import suspending
from crm_kit.moves import unit_move
from crm_kit.ownership import Apart, Leftovers, Piece, Span
from crm_kit.principal import system
from crm_kit.record_access import IDENTITY
from crm_kit.tx import Tx

if TYPE_CHECKING:
    from crm_kit.service import Runtime

log = logging.getLogger(__name__)

MOVE, HANDOVER = "unit.move", "owner.handover"
SETTLED = timedelta(seconds=90)
"""After it, nobody writes any more with what they knew before a move: statements about callers live 60 s, commands 30 s."""
LOOK_AGAIN_SECONDS = 10.0
HELD_SECONDS = 0.2
ASK_AGAIN_SECONDS = 5.0
AFTER_FAILURE = timedelta(minutes=1)

under_way = Table(
    "handover",
    kit_metadata,
    Column("id", Uuid, primary_key=True),
    Column("facts", JSONB, nullable=False),
    # How many records of each kind are through.
    Column("moved", JSONB, nullable=False),
)


class RecordsStay(Exception):
    """Records cannot follow their unit until a person has removed what stands in their place there."""


class Following:
    """The part of one service.

    ``apart``: tables whose rows cannot just get another path, with what moves them. ``besides``: what moves paths that
    stand elsewhere than in columns of their own.
    """

    def __init__(
        self,
        runtime: "Runtime",
        name: str,
        metadata: MetaData,
        *,
        transferable: Sequence[Transferable] = (),
        apart: Mapping[Table, Apart] | None = None,
        besides: Sequence[Apart] = (),
    ) -> None:
        self.name, self._metadata, self._channels = name, metadata, runtime.channels
        domain = name.replace("-", "_")
        self._transferable = [(f"{domain}.{one.entity.__tablename__}", one) for one in transferable]
        self._apart = dict(apart or {})
        self._by_themselves = [*self._apart.values(), *besides]
        self.consumer = Consumer(f"{name}-following", mode=Mode.PROJECTION)
        # Everybody waits for the last service that is through, so these go on in a module that is off.
        self.jobs = Jobs(runtime.db, suspendable=False)
        self.consumer.on(identity.UnitMoved)(self._on_moved)
        self.consumer.on(identity.UnitMoveCompleted)(self._on_completed)
        self.consumer.on(identity.TransferStarted)(self._on_transfer)
        self.consumer.on(identity.ModuleUpdated)(suspending(domain))
        for kind, work in ((MOVE, self._move), (HANDOVER, self._hand_over)):
            self.jobs.on(kind)(work)
            self.jobs.on_failed(kind)(_again(kind))

    async def _on_moved(self, tx: Tx, events: Sequence[Received[identity.UnitMoved]]) -> None:
        for event in events:
            unit = event.message.unit
            row = {
                "id": event.aggregate_id,
                "former_path": unit.former_path,
                "path": unit.path,
                # Not when it happened: who is told late must wait longer for what was begun before.
                "start_time": tx.now,
            }
            await tx.session.execute(insert(unit_move).values(row).on_conflict_do_nothing())
            # At once: who is in the unit already takes numbers at its new place.
            await ownership.move_numbers(tx, Span(unit.former_path, unit.path))
            await enqueue(tx.session, MOVE, event.aggregate_id, system("job", MOVE))
        tx.call.db.moves.forget()

    async def _on_completed(self, tx: Tx, events: Sequence[Received[identity.UnitMoveCompleted]]) -> None:
        for event in events:
            ended = update(unit_move).where(unit_move.c.id == event.aggregate_id)
            row = (
                await tx.session.execute(
                    ended.values(complete_time=event.occur_time).returning(unit_move.c.former_path)
                )
            ).one_or_none()
            if row is not None:
                span = Span(row.former_path, "").values
                await tx.session.execute(_END_SERIES, {"former": span["former"], "end": span["end"]})
        tx.call.db.moves.forget()

    async def _on_transfer(self, tx: Tx, events: Sequence[Received[identity.TransferStarted]]) -> None:
        for event in events:
            transfer = event.message.transfer
            facts = {
                "from": transfer.from_user_id,
                "to": transfer.to_user_id,
                "kinds": list(transfer.kinds),
                "unit_paths": list(event.message.unit_paths),
                "keep_reading": transfer.keep_reading,
                "reason": transfer.reason,
            }
            row = {"id": event.aggregate_id, "facts": facts, "moved": {}}
            await tx.session.execute(insert(under_way).values(row).on_conflict_do_nothing())
            await enqueue(tx.session, HANDOVER, event.aggregate_id, system("job", HANDOVER))

    async def _move(self, call: Call, move_id: UUID) -> None:
        async with call.db.connect() as connection:
            found = (await connection.execute(select(unit_move).where(unit_move.c.id == move_id))).one()
        span, settled = Span(found.former_path, found.path), found.start_time + SETTLED
        while True:
            leftovers = Leftovers()
            late = datetime.now(UTC) >= settled
            moved = await self._pass(call, span, leftovers)
            if moved:
                log.info("%d rows followed the unit from %s to %s", moved, span.former_path, span.path)
            if late and not await _still_at_work(call, span):
                break
            await asyncio.sleep(min(LOOK_AGAIN_SECONDS, max(0.0, (settled - datetime.now(UTC)).total_seconds()) + 0.1))
        if any(leftovers.ids.values()):
            raise RecordsStay(f"remove or change what excludes them at {span.path}: {leftovers}")
        await self._tell("CompleteUnitMove", pb.CompleteUnitMoveRequest(move_id=str(move_id)))

    async def _pass(self, call: Call, span: Span, leftovers: Leftovers) -> int:
        """Everything there is now; answers how many rows moved."""
        moved = 0
        async with chunk(call) as tx:
            await ownership.move_kit(tx, span)
        for by_itself in self._by_themselves:
            async with chunk(call) as tx:
                moved += await by_itself(tx, span)
        for place in ownership.places(self._metadata, list(self._apart)):
            piece, left = Piece(), True
            while left:
                with piece.measured():
                    async with chunk(call) as tx:
                        found = await ownership.move_unit(tx, place, span, leftovers, piece.size)
                        left = bool(found) or await ownership.waiting(tx, place, span, leftovers)
                    moved += found
                    if left and not found:
                        await asyncio.sleep(HELD_SECONDS)
        return moved

    async def _hand_over(self, call: Call, transfer_id: UUID) -> None:
        async with call.db.connect() as connection:
            found = (await connection.execute(select(under_way).where(under_way.c.id == transfer_id))).one()
        facts = found.facts
        given = Handover(
            transfer_id,
            UUID(facts["from"]),
            UUID(facts["to"]),
            tuple(facts["unit_paths"]),
            facts["keep_reading"],
            facts["reason"],
        )
        for name, kind in self._transferable:
            if facts["kinds"] and name not in facts["kinds"]:
                continue
            piece, left = Piece(), True
            while left:
                with piece.measured():
                    async with chunk(call) as tx:
                        count = await handover.hand_over(tx, kind, given, piece.size)
                        await tx.session.execute(_COUNTED, {"id": transfer_id, "kind": name, "count": count})
                        left = bool(count) or await handover.waiting_for(tx, kind, given)
                    if left and not count:
                        await asyncio.sleep(HELD_SECONDS)
        async with call.db.connect() as connection:
            moved = (
                await connection.execute(select(under_way.c.moved).where(under_way.c.id == transfer_id))
            ).scalar_one()
        await self._tell("CompleteTransfer", pb.CompleteTransferRequest(transfer_id=str(transfer_id), moved=moved))

    async def _tell(self, method: str, request: Message) -> None:
        """Identity hears of it, however long it is away."""
        path = f"crm.identity.v1.OwnershipService/{method}"
        while True:
            try:
                await self._channels.call(IDENTITY, path, request, Empty, principal=system("service", self.name))
            except (Unavailable, DeadlineExceeded):
                log.warning("identity is away; %s is repeated", method)
            else:
                return
            await asyncio.sleep(ASK_AGAIN_SECONDS)


def _again(kind: str) -> Any:
    """Given up is never: a minute later it is tried anew, and the failure stays in the list of jobs for people to see."""

    async def on_failed(tx: Tx, subject_id: UUID, _error: str) -> None:
        fresh = await enqueue(tx.session, kind, subject_id, system("job", kind))
        await tx.session.execute(update(job).where(job.c.id == fresh).values(run_time=tx.now + AFTER_FAILURE))

    return on_failed


async def _still_at_work(call: Call, span: Span) -> bool:
    """Whether a job with the rights of before runs: what it makes still lies at the former place."""
    async with call.db.connect() as connection:
        return (await connection.execute(_AT_WORK, {"former": span.former_path})).first() is not None


_AT_WORK = text("""
    SELECT 1 FROM job WHERE state = 'running' AND starts_with(principal->>'unit', CAST(:former AS text)) LIMIT 1
""")
_END_SERIES = text("DELETE FROM number_series WHERE unit_path >= :former AND unit_path < :end")
_COUNTED = text("""
    UPDATE handover SET moved = jsonb_set(moved, ARRAY[CAST(:kind AS text)],
        to_jsonb(coalesce(CAST(moved->>CAST(:kind AS text) AS integer), 0) + CAST(:count AS integer)))
    WHERE id = :id
""")
