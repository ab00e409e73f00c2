"""Events a consumer has had and whose producer does not know them: the producer was restored to an earlier moment."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from crm.type.v1.event_batch_pb2 import EventBatch

from crm_kit.digests import first_id

LOOKED_BACK = timedelta(hours=72)
AT_ONCE = 5_000
EVERYTHING = {"app.lo": "/", "app.hi": "0"}
"""What row security lets a connection of a service see that looks at the whole enterprise."""


async def orphans(urls: Mapping[str, str], now: datetime | None = None) -> list[str]:
    """One sentence per consumer and producer with such events of the last three days; ``urls`` by service."""
    since = first_id((now or datetime.now(UTC)) - LOOKED_BACK)
    open_ones = {name: await asyncpg.connect(url, server_settings=EVERYTHING) for name, url in urls.items()}
    ahead: Counter[tuple[str, str]] = Counter()
    try:
        for producer, outbox in open_ones.items():
            batched = await _in_batches(outbox, since)
            for service, inbox in open_ones.items():
                ahead += await _unknown(inbox, outbox, batched, f"/crm/{producer.replace('-', '_')}", since, service)
    finally:
        for connection in open_ones.values():
            await connection.close()
    return [
        f"{consumer} has had {count} events that {source} does not know" for (consumer, source), count in ahead.items()
    ]


async def _unknown(
    inbox: asyncpg.Connection, outbox: asyncpg.Connection, batched: set[UUID], source: str, since: UUID, service: str
) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    position = ("", since)
    while rows := await inbox.fetch(_RECEIVED, source, *position, since, AT_ONCE):
        position = rows[-1]["consumer"], rows[-1]["event_id"]
        missing = {row["id"] for row in await outbox.fetch(_MISSING, [row["event_id"] for row in rows])} - batched
        found += Counter((f"{service} ({row['consumer']})", source) for row in rows if row["event_id"] in missing)
    return found


async def _in_batches(outbox: asyncpg.Connection, since: UUID) -> set[UUID]:
    """The ids of events that travel in batches, which are made a little before the batch is."""
    found: set[UUID] = set()
    async with outbox.transaction():
        async for row in outbox.cursor(_BATCHES, since, prefetch=50):
            found.update(UUID(item.event_id) for item in EventBatch.FromString(row["payload"]).items)
    return found


_RECEIVED = """
    SELECT consumer, event_id FROM inbox
    WHERE source = $1 AND (consumer, event_id) > ($2, $3::uuid) AND event_id >= $4::uuid ORDER BY consumer, event_id LIMIT $5
"""
_MISSING = """
    SELECT id FROM unnest($1::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.event_id = id)
"""
_BATCHES = "SELECT payload FROM outbox WHERE item_ids IS NOT NULL AND event_id >= $1::uuid"
