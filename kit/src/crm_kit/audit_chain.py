"""The chain of hashes over a trail, as anybody can recompute it: no database, no network, no keys.

``hash(n) = SHA-256(hash(n - 1) ‖ canonical(n))``, and before the first entry the hash of the service's name. The canonical
bytes of an entry are one JSON array; of its details they hold the digest, so that details can be erased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from crm.ops.v1 import audit_service_pb2 as pb

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
COLUMNS = (
    "id, action, record_type, coalesce(record_id::text, '') AS record_id, actor, on_behalf_of, cause_id, address, "
    "unit_path, time"
)
"""SQL of what the canonical bytes hold between the position and the digest of the details."""


def genesis(service: str) -> bytes:
    """The hash before the first entry: one service's chain is never taken for another's."""
    return sha256(b"audit chain of " + service.encode()).digest()


def canonical(seq: int, row: Any) -> bytes:
    """What the hash at a position covers, of a row of ``COLUMNS`` followed by the digest of its details.

    ``[position, id, action, record_type, record_id, actor, on_behalf_of, cause_id, address, unit_path, time, digest]``:
    UTF-8 without blanks, the time as RFC 3339 in UTC with ``Z``, the digest in hexadecimal, empty for no details.
    """
    *plain, digest = row
    return orjson.dumps([seq, *plain, digest.hex() if digest else ""], option=orjson.OPT_UTC_Z)


def link(before: bytes, covered: bytes) -> bytes:
    """The hash of the entry whose canonical bytes these are."""
    return sha256(before + covered).digest()


def head_bytes(service: str, seq: int, hash: bytes, time: datetime) -> bytes:
    """What the signature of a head covers: ``["audit head", service, position, hash, microseconds since 1970]``."""
    return orjson.dumps(["audit head", service, seq, hash.hex(), (time - EPOCH) // MICROSECOND])


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a chain: at which position, what, and what it means."""

    seq: int
    reason: str
    en: str
    zh: str


@dataclass(slots=True)
class Walk:
    """A chain being recomputed link by link, held against the heads that were signed while it grew.

    ``heads``: position → the hash it had, by who kept it (``itself``, ``identity``).
    """

    service: str
    heads: Mapping[int, Mapping[str, bytes]] = field(default_factory=dict)
    seq: int = 0
    fault: Fault | None = None
    _hash: bytes = b""
    _erased: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hash = genesis(self.service)

    def add(self, seq: int, covered: bytes, hash: bytes, *, erased: bool = False, details: str = "") -> bool:
        """Take the next entry in the chain's order; false, and ``fault`` is set, when the chain is broken here.

        ``details`` are needed of ``erase`` entries only.
        """
        if seq != self.seq + 1:
            return self._broken(self.seq + 1, "MISSING", "The entry is missing.", "该条目缺失。")
        hash_here = sha256(self._hash + covered).digest()
        if hash_here != hash:
            return self._broken(
                seq, "CHANGED", "The entry, or one before it, was changed.", "该条目或其之前的条目被修改。"
            )
        self.seq, self._hash = seq, hash
        for keeper, kept in self.heads.get(seq, {}).items():
            if kept != hash:
                return self._broken(
                    seq,
                    "REWRITTEN",
                    f"Here the chain is not the one whose head {keeper} keeps: it was computed anew.",
                    f"此处的链与 {keeper} 保存的链头不一致：链被重新计算。",
                )
        if erased or details:
            self._note_erasure(seq, covered, erased=erased, details=details)
        return True

    def end(self) -> Fault | None:
        """What is wrong with the whole: the first broken link, a tail cut off, or details gone without an erasure."""
        if self.fault is not None:
            return self.fault
        beyond = max((seq for seq in self.heads if seq > self.seq), default=0)
        if beyond:
            keeper = next(iter(self.heads[beyond]))
            self._broken(
                self.seq + 1,
                "CUT_OFF",
                f"Everything from here is missing: {keeper} keeps a head of position {beyond}.",
                f"此后的条目全部缺失：{keeper} 保存了位置 {beyond} 的链头。",
            )
        elif self._erased:
            seq, _ = min(self._erased.values())
            self._broken(
                seq, "DETAILS_GONE", "The details are gone and no entry tells of an erasure.", "详情缺失且无擦除记录。"
            )
        return self.fault

    def _note_erasure(self, seq: int, covered: bytes, *, erased: bool, details: str) -> None:
        """Details that are gone wait for the later entry that tells who erased them."""
        _, entry_id, action, record_type, record_id, *_, digest = orjson.loads(covered)
        record = (record_type, str(record_id))
        if erased:
            first, last = self._erased.get(record, (seq, 0))
            self._erased[record] = (first, max(last, entry_id))
        elif action == "erase" and sha256(details.encode()).hexdigest() == digest:
            _, last = self._erased.get(record, (0, 0))
            if last <= int(orjson.loads(details).get("last_id", 0)):
                self._erased.pop(record, None)

    def _broken(self, seq: int, reason: str, en: str, zh: str) -> bool:
        self.fault = Fault(seq, reason, en, zh)
        return False


def heads_by_position(kept: Mapping[str, Sequence[pb.AuditHead]]) -> dict[int, dict[str, bytes]]:
    """Heads as ``Walk`` takes them, from who keeps them → the heads."""
    found: dict[int, dict[str, bytes]] = {}
    for keeper, heads in kept.items():
        for head in heads:
            found.setdefault(head.chain_seq, {})[keeper] = head.hash
    return found


def head_of(service: str, row: Any) -> pb.AuditHead:
    """A stored head as the contract writes it."""
    made = pb.AuditHead(
        service=service, chain_seq=row.chain_seq, hash=row.hash, signature=row.signature, key_id=row.key_id
    )
    made.time.FromDatetime(row.time)
    return made
