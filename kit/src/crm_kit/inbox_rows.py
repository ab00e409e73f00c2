"""The inbox of one consumer, as it is changed inside the transaction of the effect."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_kit.admission import Admission, Aggregate, Mode, Position, beginnings, decide
from crm_kit.envelope import Envelope
from crm_kit.inbox import envelope_of
from crm_kit.statement import Statement, driver_of


class Inbox:
    """The inbox of one consumer; every method runs inside the caller's transaction."""

    def __init__(self, consumer: str, mode: Mode) -> None:
        self.consumer, self.mode = consumer, mode

    async def admit(self, session: AsyncSession, events: Sequence[Envelope]) -> Admission:
        """Record the events and say which are to be applied, in order inside each aggregate and never twice."""
        positions = await self.lock(session, beginnings(self.mode, events))
        before = {aggregate: position.last_seq for aggregate, position in positions.items()}
        admission = decide(self.mode, positions, events)
        moved = {
            aggregate: position.last_seq
            for aggregate, position in positions.items()
            if position.last_seq != before[aggregate]
        }
        stored = {aggregate: seq for aggregate, seq in moved.items() if positions[aggregate].stored_seq != seq}
        new, followed = await self._record(session, admission, stored, moved)
        admission.ready = [event for event in admission.ready if event.event_id in new]
        if followed:
            admission.followers = await self._next_in_line(session, moved)
        return admission

    async def lock(self, session: AsyncSession, aggregates: Mapping[Aggregate, int]) -> dict[Aggregate, Position]:
        """The aggregates' positions, locked in one order by everybody until the transaction ends.

        An aggregate never heard of is stored with the position given for it, at which it is once these events are
        applied, and answered with 0: a second statement would only write the same row again.
        """
        ordered = sorted(aggregates)
        rows = await _LOCK(
            await driver_of(session),
            consumer=self.consumer,
            types=[type for type, _ in ordered],
            ids=[id for _, id in ordered],
            seqs=[aggregates[aggregate] for aggregate in ordered],
        )
        return {
            (row.aggregate_type, row.aggregate_id): Position(
                0 if row.is_new else row.last_seq, row.blocked_seq, stored_seq=row.last_seq
            )
            for row in rows
        }

    async def position(self, session: AsyncSession, event: Envelope) -> Position:
        """How far the event's aggregate is applied, locked until the transaction ends."""
        aggregate = (event.aggregate_type, event.aggregate_id)
        return (await self.lock(session, {aggregate: 0}))[aggregate]

    def next_in_history(self, position: Position, event: Envelope) -> bool:
        """Whether nothing has to be applied before the event, and it has not been applied itself."""
        if position.blocked_seq is not None or event.event_seq <= position.last_seq:
            return False
        return self.mode is Mode.PROJECTION or event.event_seq == position.last_seq + 1

    async def release(self, session: AsyncSession, event: Envelope) -> None:
        """The failed event no longer holds its aggregate: it has been applied, or is given up."""
        await _RELEASE(await driver_of(session), **self._key(event), seq=event.event_seq)

    async def set_aside(
        self, session: AsyncSession, event: Envelope, *, attempts: int, error: str, retry_at: datetime | None
    ) -> None:
        """Keep an event that failed, to be tried again at ``retry_at`` or, without it, dead; later ones park behind."""
        driver = await driver_of(session)
        await _SET_ASIDE(
            driver,
            **self._row(event),
            state="dead" if retry_at is None else "parked",
            attempts=attempts,
            error=error,
            retry_at=retry_at,
        )
        await _BLOCK(driver, **self._key(event), seq=event.event_seq)

    async def adopt(self, session: AsyncSession, event: Envelope) -> None:
        """Let the history of an aggregate of which nothing is applied begin with the event."""
        if (await self.position(session, event)).last_seq == 0:
            await _BEGIN_AT(await driver_of(session), **self._key(event), seq=event.event_seq - 1)

    async def attempts(self, session: AsyncSession, event: Envelope) -> int:
        """How often the handler has failed on the event so far."""
        found = await _ATTEMPTS(await driver_of(session), consumer=self.consumer, id=event.event_id)
        return int(found[0].attempts) if found else 0

    async def state(self, session: AsyncSession, event: Envelope) -> str:
        """What became of the event so far; empty when it was never received."""
        found = await _STATE(await driver_of(session), consumer=self.consumer, id=event.event_id)
        return str(found[0].state) if found else ""

    async def finish(self, session: AsyncSession, event: Envelope, state: str, error: str | None = None) -> None:
        """The last word on an event that was set aside: ``applied``, ``skipped`` or ``discarded``."""
        driver = await driver_of(session)
        await _FINISH(driver, consumer=self.consumer, id=event.event_id, state=state, error=error)

    async def _record(
        self, session: AsyncSession, admission: Admission, stored: dict[Aggregate, int], moved: dict[Aggregate, int]
    ) -> tuple[set[UUID], bool]:
        """Insert a row per event and move the cursors; the ids that have become applied by it, and whether parked
        events of the moved aggregates may be next.
        """
        parts = (("applied", admission.ready), ("skipped", admission.skipped), ("parked", admission.parked))
        rows = [(state, event) for state, events in parts for event in events]
        result = await _RECORD(
            await driver_of(session),
            consumer=self.consumer,
            event_ids=[e.event_id for _, e in rows],
            sources=[e.source for _, e in rows],
            event_types=[e.event_type for _, e in rows],
            types=[e.aggregate_type for _, e in rows],
            aggregates=[e.aggregate_id for _, e in rows],
            seqs=[e.event_seq for _, e in rows],
            states=[state for state, _ in rows],
            payloads=[e.payload if state == "parked" else None for state, e in rows],
            contexts=[e.context_json if state == "parked" else None for state, e in rows],
            stored_types=[type for type, _ in stored],
            stored_ids=[id for _, id in stored],
            stored_seqs=list(stored.values()),
            moved=[id for _, id in moved] if self.mode is Mode.LEDGER else [],
        )
        return {row.event_id for row in result if row.state == "applied"}, any(row.followed for row in result)

    async def _next_in_line(self, session: AsyncSession, moved: dict[Aggregate, int]) -> list[Envelope]:
        rows = await _NEXT(await driver_of(session), consumer=self.consumer, ids=[id for _, id in moved])
        return [envelope_of(row) for row in rows]

    def _key(self, event: Envelope) -> dict[str, Any]:
        return {"consumer": self.consumer, "type": event.aggregate_type, "aggregate": event.aggregate_id}

    def _row(self, event: Envelope) -> dict[str, Any]:
        return self._key(event) | {
            "id": event.event_id,
            "source": event.source,
            "event_type": event.event_type,
            "seq": event.event_seq,
            "payload": event.payload,
            "context": event.context_json,
        }


_LOCK = Statement("""
    INSERT INTO inbox_cursor AS c (consumer, aggregate_type, aggregate_id, last_seq)
    SELECT CAST(:consumer AS text), v.type, v.id, v.seq
    FROM unnest(CAST(:types AS text[]), CAST(:ids AS uuid[]), CAST(:seqs AS bigint[])) WITH ORDINALITY
         AS v (type, id, seq, n) ORDER BY v.n
    ON CONFLICT (consumer, aggregate_type, aggregate_id) DO UPDATE SET last_seq = c.last_seq
    RETURNING c.aggregate_type, c.aggregate_id, c.last_seq, c.blocked_seq, old.consumer IS NULL AS is_new
""")
_RECORD = Statement("""
    WITH moved AS (
        UPDATE inbox_cursor c SET last_seq = v.seq
        FROM unnest(CAST(:stored_types AS text[]), CAST(:stored_ids AS uuid[]), CAST(:stored_seqs AS bigint[]))
             AS v (type, id, seq)
        WHERE c.consumer = CAST(:consumer AS text) AND c.aggregate_type = v.type AND c.aggregate_id = v.id
    ), recorded AS (
        INSERT INTO inbox AS i (consumer, event_id, source, event_type, aggregate_type, aggregate_id, event_seq, state,
                                payload, context, applied_at)
        SELECT CAST(:consumer AS text), v.id, v.source, v.event_type, v.type, v.aggregate, v.seq, v.state, v.payload,
               v.context, CASE WHEN v.state = 'applied' THEN clock_timestamp() END
        FROM unnest(CAST(:event_ids AS uuid[]), CAST(:sources AS text[]), CAST(:event_types AS text[]),
                    CAST(:types AS text[]), CAST(:aggregates AS uuid[]), CAST(:seqs AS bigint[]),
                    CAST(:states AS text[]), CAST(:payloads AS bytea[]), CAST(CAST(:contexts AS text[]) AS jsonb[]))
             AS v (id, source, event_type, type, aggregate, seq, state, payload, context)
        ON CONFLICT (consumer, event_id) DO UPDATE
        SET state = excluded.state, applied_at = excluded.applied_at, payload = NULL, context = NULL
        WHERE i.state = 'parked' AND excluded.state IN ('applied', 'skipped')
        RETURNING i.event_id, i.state
    )
    SELECT event_id, state,
           EXISTS (SELECT FROM inbox p WHERE p.consumer = CAST(:consumer AS text)
                   AND p.aggregate_id = ANY(CAST(:moved AS uuid[])) AND p.state = 'parked') AS followed
    FROM recorded
""")
_NEXT = Statement("""
    SELECT i.* FROM inbox i JOIN inbox_cursor c USING (consumer, aggregate_type, aggregate_id)
    WHERE i.consumer = :consumer AND i.aggregate_id = ANY(CAST(:ids AS uuid[])) AND i.state = 'parked'
      AND c.blocked_seq IS NULL
      AND EXISTS (SELECT FROM inbox f
                  WHERE f.consumer = i.consumer AND f.aggregate_id = i.aggregate_id AND f.state = 'parked'
                    AND f.aggregate_type = i.aggregate_type AND f.event_seq = c.last_seq + 1)
    ORDER BY i.aggregate_id, i.event_seq LIMIT 500
""")
_SET_ASIDE = Statement("""
    INSERT INTO inbox AS i (consumer, event_id, source, event_type, aggregate_type, aggregate_id, event_seq, state,
                            attempts, error, payload, context, next_attempt_at)
    VALUES (:consumer, :id, :source, :event_type, :type, :aggregate, :seq, :state, :attempts, :error, :payload,
            CAST(CAST(:context AS text) AS jsonb), :retry_at)
    ON CONFLICT (consumer, event_id) DO UPDATE
    SET state = excluded.state, attempts = excluded.attempts, error = excluded.error, payload = excluded.payload,
        context = excluded.context, next_attempt_at = excluded.next_attempt_at
""")
_BLOCK = Statement(
    "UPDATE inbox_cursor SET blocked_seq = :seq "
    "WHERE consumer = :consumer AND aggregate_type = :type AND aggregate_id = :aggregate"
)
_BEGIN_AT = Statement(
    "UPDATE inbox_cursor SET last_seq = :seq "
    "WHERE consumer = :consumer AND aggregate_type = :type AND aggregate_id = :aggregate"
)
_RELEASE = Statement(
    "UPDATE inbox_cursor SET blocked_seq = NULL, last_seq = greatest(last_seq, CAST(:seq AS bigint)) "
    "WHERE consumer = :consumer AND aggregate_type = :type AND aggregate_id = :aggregate AND blocked_seq = :seq"
)
_ATTEMPTS = Statement("SELECT attempts FROM inbox WHERE consumer = :consumer AND event_id = :id")
_STATE = Statement("SELECT state FROM inbox WHERE consumer = :consumer AND event_id = :id")
_FINISH = Statement("""
    UPDATE inbox SET state = CAST(:state AS text), error = coalesce(CAST(:error AS text), error), payload = NULL,
                     context = NULL, next_attempt_at = NULL,
                     applied_at = CASE WHEN CAST(:state AS text) = 'applied' THEN clock_timestamp() END
    WHERE consumer = :consumer AND event_id = :id AND state IN ('parked', 'dead')
""")
