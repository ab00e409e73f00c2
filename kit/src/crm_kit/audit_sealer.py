"""Gives every entry of the trail its place in the chain, seconds after it was committed, and signs how far the chain is.

However many processes run, one seals at a time: the lock lives and dies with its transaction. What is unsealed is found
by an index over just that, so an entry whose transaction commits late is sealed later, and none is ever passed over.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from crm.ops.v1 import audit_service_pb2 as pb

from crm_kit.audit_chain import COLUMNS, canonical, genesis, head_bytes, head_of, link
from crm_kit.audit_trail import DIGEST
from crm_kit.database import Database
from crm_kit.keys import Keys
from crm_kit.loops import repeat
from crm_kit.rpc.channels import RemoteError
from crm_kit.statement import Statement, driver_transaction
from crm_kit.telemetry import audit_alarms, audit_sealed, audit_unsealed_age

log = logging.getLogger(__name__)

LOCK = 7_305_812
AT_ONCE = 2_000
POLL_SECONDS = 1.0
HEAD_SECONDS = 300.0
Keep = Callable[[pb.AuditHead], Awaitable[object]]


class Tail(NamedTuple):
    """Where the chain ends."""

    seq: int
    hash: bytes


class Sealer:
    """Seals the trail of one service. ``keep`` hands a signed head to whoever keeps a copy; it raises when it could not."""

    def __init__(self, db: Database, service: str, keys: Keys, keep: Keep) -> None:
        self._db, self._service, self._keys, self._keep = db, service, keys, keep
        self._known = Tail(0, genesis(service))
        self._next_head = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Seal until told to stop."""
        self._next_head = time.monotonic() + HEAD_SECONDS

        async def work() -> float:
            sealed = await self.seal_some()
            if time.monotonic() >= self._next_head:
                self._next_head = time.monotonic() + HEAD_SECONDS
                await self.sign()
            return 0 if sealed == AT_ONCE else POLL_SECONDS

        await repeat(work, stop, name=f"audit chain of {self._service}")

    async def finish(self) -> None:
        """Seal all there is and sign it."""
        while await self.seal_some():
            pass
        await self.sign()

    async def seal_some(self) -> int:
        """Put some entries at the end of the chain; answers how many, 0 also when another process is at it."""
        waiting = (await _OLDEST.alone(self._db))[0].time
        age = 0.0 if waiting is None else (datetime.now(UTC) - waiting).total_seconds()
        audit_unsealed_age.set(max(0.0, age))
        if waiting is None:
            return 0
        async with driver_transaction(self._db) as connection:
            if not (await _LOCK(connection, lock=LOCK))[0][0]:
                return 0
            # Its own statement: only one that begins under the lock is sure to see what the last holder committed.
            seq, before = self._checked(await _TAIL(connection))
            rows = await _UNSEALED(connection, rows=AT_ONCE)
            ids, seqs, hashes = [], [], []
            for row in rows:
                seq += 1
                before = link(before, canonical(seq, row))
                ids.append(row[0])
                seqs.append(seq)
                hashes.append(before)
            await _SEAL(connection, ids=ids, seqs=seqs, hashes=hashes)
        self._known = Tail(seq, before)
        audit_sealed.add(len(rows))
        return len(rows)

    def _checked(self, found: Sequence[Any]) -> Tail:
        """The tail as stored. One shorter than this process has seen, or another one there, was tampered with."""
        stored = Tail(*found[0]) if found else Tail(0, genesis(self._service))
        known = self._known
        if stored.seq < known.seq or (stored.seq == known.seq and stored.hash != known.hash):
            audit_alarms.add(1, {"reason": "tail"})
            log.error(
                "AUDIT ALARM: the chain of %s was at position %d and is at %d; run `crm audit verify --service %s`",
                self._service,
                known.seq,
                stored.seq,
                self._service,
            )
        return stored

    async def sign(self) -> None:
        """Sign how far the chain is, if it grew, and hand over what the keeper does not have yet, oldest first."""
        time_ = datetime.now(UTC)
        for row in await _UNSIGNED.alone(self._db):
            key_id, signature = self._keys.sign_bytes(head_bytes(self._service, row.chain_seq, row.hash, time_))
            values = {"seq": row.chain_seq, "hash": row.hash, "time": time_, "signature": signature, "key": key_id}
            await _STORE_HEAD.alone(self._db, **values)
            # A copy of it is wherever logs go.
            log.info("audit head of %s: position %d, hash %s", self._service, row.chain_seq, row.hash.hex())
        for row in await _UNHANDED.alone(self._db):
            try:
                await self._keep(head_of(self._service, row))
            except RemoteError as refused:
                audit_alarms.add(1, {"reason": "refused"})
                log.error(  # noqa: TRY400 - its words say all
                    "AUDIT ALARM: the head of %s at position %d is not the one that is kept: %s",
                    self._service,
                    row.chain_seq,
                    refused,
                )
                return
            except Exception as error:  # noqa: BLE001 - the head is stored and handed over the next time
                log.warning("the head of the audit chain at %d was not handed over: %s", row.chain_seq, error)
                return
            await _HANDED.alone(self._db, seq=row.chain_seq)


_OLDEST = Statement("SELECT (SELECT time FROM audit_entry WHERE chain_seq IS NULL ORDER BY id LIMIT 1) AS time")
_LOCK = Statement("SELECT pg_try_advisory_xact_lock(CAST(:lock AS bigint))")
_TAIL = Statement("SELECT chain_seq, hash FROM audit_entry WHERE chain_seq IS NOT NULL ORDER BY chain_seq DESC LIMIT 1")
_UNSEALED = Statement(
    f"SELECT {COLUMNS}, {DIGEST} AS digest FROM audit_entry WHERE chain_seq IS NULL "  # noqa: S608 - constants
    "ORDER BY id LIMIT CAST(:rows AS integer)"
)
_SEAL = Statement("""
    UPDATE audit_entry e SET chain_seq = v.seq, hash = v.hash
    FROM unnest(CAST(:ids AS bigint[]), CAST(:seqs AS bigint[]), CAST(:hashes AS bytea[])) AS v (id, seq, hash)
    WHERE e.id = v.id
""")
_UNSIGNED = Statement("""
    SELECT chain_seq, hash FROM audit_entry
    WHERE chain_seq = (SELECT max(chain_seq) FROM audit_entry WHERE chain_seq IS NOT NULL)
      AND chain_seq > coalesce((SELECT max(chain_seq) FROM audit_head), 0)
""")
_STORE_HEAD = Statement("""
    INSERT INTO audit_head (chain_seq, hash, time, signature, key_id) VALUES (:seq, :hash, :time, :signature, :key)
    ON CONFLICT DO NOTHING
""")
_UNHANDED = Statement("SELECT * FROM audit_head WHERE handed_time IS NULL ORDER BY chain_seq LIMIT 100")
_HANDED = Statement("UPDATE audit_head SET handed_time = now() WHERE chain_seq = :seq AND handed_time IS NULL")
