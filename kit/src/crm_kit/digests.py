"""Events of a producer and those a consumer has received, compared without sending them again.

Per hour of the event ids (UUIDv7): how many there are, and the sum of a hash of each. Where both agree for an hour,
nothing is missing; only for the others are the events themselves asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from crm.type.v1.event_batch_pb2 import EventBatch

from crm_kit.database import Database
from crm_kit.reader import Row
from crm_kit.statement import Statement

SETTLED = timedelta(minutes=2)
"""Younger events may still be on their way, or not yet committed."""
STRADDLE = timedelta(minutes=1)
"""The row of a batch is made after the ids in it; one made at the turn of the hour is looked for a little later."""
BATCHES_AT_ONCE = 50
LOOKED_BACK = timedelta(hours=72)
"""How far a comparison reaches; a consumer that has just started looks at all of it."""


class Digest(NamedTuple):
    """How many events an hour has, and the sum of their hashes modulo 2^63."""

    events: int
    hash_sum: int


Digests = Mapping[datetime, Digest]


async def of_outbox(db: Database, event_types: Sequence[str], start: datetime, end: datetime) -> Digests:
    """What was announced with ids made in ``start`` ≤ t < ``end``, by hour; of all types when none is named."""
    window = {"start": first_id(start), "types": list(event_types)}
    found = _read(await _SINGLE.alone(db, **window, end=first_id(end)))
    after, last = first_id(start), first_id(end + STRADDLE)
    while rows := await _BATCHES.alone(db, types=list(event_types), start=after, end=last, most=BATCHES_AT_ONCE):
        ids = [UUID(item.event_id) for row in rows for item in EventBatch.FromString(row.payload).items]
        batch = await _OF_IDS.alone(db, ids=ids, start=first_id(start), end=first_id(end))
        found = _added(found, _read(batch))
        after = UUID(int=rows[-1].event_id.int + 1)
    return found


async def of_inbox(
    db: Database, consumer: str, source: str, event_types: Sequence[str], start: datetime, end: datetime
) -> Digests:
    """What the consumer has received of the source, whatever became of it, in the same form."""
    return _read(
        await _RECEIVED.alone(
            db,
            consumer=consumer,
            source=source,
            types=list(event_types),
            start=first_id(start),
            end=first_id(end),
        )
    )


async def not_received(db: Database, consumer: str, ids: Sequence[UUID]) -> set[UUID]:
    """Which of the events the consumer has never seen."""
    return {row.id for row in await _UNSEEN.alone(db, consumer=consumer, ids=list(ids))}


def differing(ours: Digests, theirs: Digests) -> list[datetime]:
    """The hours in which the two sides do not have the same events, oldest first."""
    nothing = Digest(0, 0)
    return sorted(hour for hour in {*ours, *theirs} if ours.get(hour, nothing) != theirs.get(hour, nothing))


def first_id(instant: datetime) -> UUID:
    """The smallest UUIDv7 made at the instant."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _read(rows: Iterable[Row]) -> dict[datetime, Digest]:
    return {row.hour: Digest(row.events, int(row.hash_sum) % 2**63) for row in rows}


def _added(one: Digests, other: Digests) -> dict[datetime, Digest]:
    both: dict[datetime, Digest] = defaultdict(lambda: Digest(0, 0), one)
    for hour, digest in other.items():
        both[hour] = Digest(both[hour].events + digest.events, (both[hour].hash_sum + digest.hash_sum) % 2**63)
    return dict(both)


_DIGEST = """date_trunc('hour', uuid_extract_timestamp({id}), 'UTC') AS hour, count(*) AS events,
       sum(uuid_hash_extended({id}, 0)) AS hash_sum"""
_OF_TYPES = "(cardinality(CAST(:types AS text[])) = 0 OR event_type = ANY(CAST(:types AS text[])))"
_SINGLE = Statement(f"""
    SELECT {_DIGEST.format(id="event_id")} FROM outbox
    WHERE event_id >= :start AND event_id < :end AND item_ids IS NULL AND {_OF_TYPES} GROUP BY 1
""")  # noqa: S608 - constants
_BATCHES = Statement(f"""
    SELECT event_id, payload FROM outbox
    WHERE event_id >= :start AND event_id < :end AND item_ids IS NOT NULL AND {_OF_TYPES}
    ORDER BY event_id LIMIT CAST(:most AS integer)
""")  # noqa: S608 - constants
_OF_IDS = Statement(f"""
    SELECT {_DIGEST.format(id="id")} FROM unnest(CAST(:ids AS uuid[])) AS id
    WHERE id >= :start AND id < :end GROUP BY 1
""")  # noqa: S608 - constants
_RECEIVED = Statement(f"""
    SELECT {_DIGEST.format(id="event_id")} FROM inbox
    WHERE consumer = :consumer AND event_id >= :start AND event_id < :end AND source = :source AND {_OF_TYPES}
    GROUP BY 1
""")  # noqa: S608 - constants
_UNSEEN = Statement("""
    SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id
    WHERE NOT EXISTS (SELECT FROM inbox i WHERE i.consumer = :consumer AND i.event_id = id)
""")
