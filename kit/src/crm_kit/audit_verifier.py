"""Recomputes the chain of a service straight from its database: for operators, without any service running."""

import asyncio
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson
from crm.ops.v1 import audit_service_pb2 as pb
from google.protobuf.json_format import ParseDict

from crm_kit.audit_chain import COLUMNS, Fault, Walk, canonical, head_bytes, head_of, heads_by_position
from crm_kit.audit_trail import DIGEST
from crm_kit.database import async_url
from crm_kit.keys import Keys
from crm_kit.reader import SERVER_SETTINGS, Row

AT_ONCE = 5_000
ITSELF = "itself"
_ENTRIES = (
    f"SELECT {COLUMNS}, {DIGEST} AS digest, chain_seq, hash, "  # noqa: S608 - constants
    "details IS NULL AND details_digest IS NOT NULL AS erased, "
    "CASE WHEN action = 'erase' THEN details::text END AS told "
    "FROM audit_entry WHERE chain_seq IS NOT NULL ORDER BY chain_seq"
)
_COUNT = 10
"""Columns of ``COLUMNS``; the digest follows them."""


class Verdict(NamedTuple):
    """How far the chain reaches, what is wrong with it, and what hangs behind it."""

    entries: int
    heads: int
    unsealed: int
    fault: Fault | None


async def verify(url: str, service: str, keys: Keys, kept: Sequence[pb.AuditHead] = ()) -> Verdict:
    """The verdict over the trail in a database; ``kept`` are heads that somebody else kept."""
    connection = await asyncpg.connect(
        async_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
        server_settings=SERVER_SETTINGS,
    )
    try:
        return await verify_on(connection, service, keys, kept)
    finally:
        await connection.close()


async def verify_on(
    connection: asyncpg.Connection, service: str, keys: Keys, kept: Sequence[pb.AuditHead] = ()
) -> Verdict:
    """The same on a connection of one's own, whose time zone is UTC."""
    # Heads first: entries that come meanwhile are more than they speak of, never less.
    rows = await connection.fetch("SELECT * FROM audit_head ORDER BY chain_seq", record_class=Row)
    stored = [head_of(service, row) for row in rows]
    walk = Walk(service, heads_by_position({ITSELF: stored, "the keeper": kept}))
    walk.fault = unsigned(service, [*stored, *kept], keys)
    if walk.fault is None:
        await _walk(connection, walk)
    unsealed = await connection.fetchval("SELECT count(*) FROM audit_entry WHERE chain_seq IS NULL")
    return Verdict(walk.seq, len(stored) + len(kept), unsealed, walk.end())


def unsigned(service: str, heads: Sequence[pb.AuditHead], keys: Keys) -> Fault | None:
    """The first head whose signature is not by a key of the service."""
    for head in heads:
        time = head.time.ToDatetime(UTC)
        data = head_bytes(service, head.chain_seq, head.hash, time)
        if head.service != service or not keys.signed_by(service, head.key_id, head.signature, data):
            return Fault(
                head.chain_seq,
                "NOT_SIGNED",
                "The signature of the head is not by a key of the service.",
                "链头的签名不是由该服务的密钥生成。",
            )
    return None


def heads_in(path: Path, service: str) -> list[pb.AuditHead]:
    """Heads somebody stored elsewhere, one JSON object a line, as ``crm audit heads`` prints them."""
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    return [ParseDict(line, pb.AuditHead()) for line in lines if line.get("service") == service]


async def _walk(connection: asyncpg.Connection, walk: Walk) -> None:
    async with connection.transaction():
        cursor = await connection.cursor(_ENTRIES)
        coming = asyncio.ensure_future(cursor.fetch(AT_ONCE))
        while rows := await coming:
            # The next rows come while these are hashed.
            coming = asyncio.ensure_future(cursor.fetch(AT_ONCE))
            await asyncio.sleep(0)
            if not all(_taken(walk, row) for row in rows):
                await coming
                return


def _taken(walk: Walk, row: Any) -> bool:
    seq, hash, erased, told = row[_COUNT + 1 :]
    return walk.add(seq, canonical(seq, row[: _COUNT + 1]), hash, erased=erased, details=told or "")
