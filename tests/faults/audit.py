"""The auditor: reads every database and the stream, and says which standing invariant does not hold.

Each check answers sentences about what is wrong; none when the invariant holds.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from .consumers import Listener, listeners
from .events import EVERYTHING, Event, outbox_of, stream_of
from .killing import patience
from .ledger import ACKED, Ledger
from .load import MADE

SHOWN = 5


@dataclass
class Auditor:
    """``urls``: database by service; ``nats_url``: the broker, read through a consumer of its own."""

    urls: Mapping[str, str]
    nats_url: str

    async def settled(self, seconds: float, *more: Callable[[], Awaitable[list[str]]]) -> list[str]:
        """Poll until all invariants hold; what still does not after ``seconds``."""
        until = time.monotonic() + patience(seconds)
        while True:
            wrong = await self.quiet()
            if not wrong:
                wrong = await self.standing()
                for check in more:
                    wrong += await check()
            if not wrong or time.monotonic() > until:
                return wrong
            await asyncio.sleep(0.5)

    async def quiet(self) -> list[str]:
        """The cheap part of I3 and I6: nothing waits to be published or applied, no saga is at work."""
        wrong = []
        for service in self.urls:
            [counted] = await self.rows(service, _WAITING)
            wrong += [f"{service}: {count} {name}" for name, count in counted.items() if count]
        return wrong

    async def standing(self) -> list[str]:
        """I3 to I6."""
        events = {service: await outbox_of(self.urls[service]) for service in self.urls}
        wrong = await self.stream(events)
        for listener in listeners(self.urls):
            wrong += await self.inbox(listener, events)
        for service in self.urls:
            wrong += await self.pending(service)
        return wrong + contiguous(events) + await self.conversions()

    async def stream(self, events: Mapping[str, list[Event]]) -> list[str]:
        """I3: what was announced is in the stream."""
        held = await stream_of(self.nats_url, [service.replace("-", "_") for service in events])
        wrong = []
        for service, announced in events.items():
            missing = {event.message_id for event in announced} - held
            wrong += said(f"events of {service} are not in the stream", missing)
        return wrong

    async def inbox(self, listener: Listener, events: Mapping[str, list[Event]]) -> list[str]:
        """I3 and I4 of one consumer: it has what it listens to, all of it, and applied it in order."""
        wanted = [event for service in events for event in events[service] if listener.wants(event)]
        rows = await self.rows(listener.service, _INBOX, listener.name)
        had = {row["event_id"]: row for row in rows}
        wrong = said(f"events never reached {listener.name}", {event.id for event in wanted} - had.keys())
        wrong += said(f"events of nobody reached {listener.name}", had.keys() - {event.id for event in wanted})
        wrong += said(
            f"events are not settled in {listener.name}", {i for i in had if had[i]["state"] in {"parked", "dead"}}
        )
        last: dict[tuple[str, UUID], int] = defaultdict(int)
        for event in wanted:
            last[event.aggregate] = max(last[event.aggregate], event.seq)
        cursors = await self.rows(listener.service, _CURSORS, listener.name)
        reached = {(row["aggregate_type"], row["aggregate_id"]): row["last_seq"] for row in cursors}
        behind = {aggregate for aggregate, seq in last.items() if reached.get(aggregate, 0) != seq}
        wrong += said(f"aggregates are not up to date in {listener.name}", behind)
        if listener.ledger:
            skipped = {i for i in had if had[i]["state"] == "skipped"}
            wrong += said(f"events were passed over by the ledger {listener.name}", skipped)
        return wrong

    async def pending(self, service: str) -> list[str]:
        """I6: nothing half-made is left."""
        wrong = []
        for (table,) in await self.rows(service, _PENDING_TABLES):
            sql = f'SELECT id FROM "{table}" WHERE pending_operation_id IS NOT NULL'
            wrong += said(f"rows of {service}.{table} are half-made", {row[0] for row in await self.rows(service, sql)})
        return wrong

    async def conversions(self) -> list[str]:
        """I5: leads, customers and sales say the same about every conversion."""
        leads = {row["id"]: row for row in await self.rows("leads", _LEADS)}
        customers = {row["id"] for row in await self.rows("customers", "SELECT id FROM customer")}
        wrong = []
        for service, table, field in _MADE_FROM_LEADS:
            rows = await self.rows(service, f"SELECT id, lead_id FROM {table} WHERE lead_id IS NOT NULL")
            counted = Counter(row["lead_id"] for row in rows)
            wrong += said(f"leads have more than one {table}", {lead for lead, count in counted.items() if count > 1})
            strange = {
                row["lead_id"]
                for row in rows
                if row["lead_id"] not in leads or leads[row["lead_id"]][field] != row["id"]
            }
            wrong += said(f"{table} rows are not what their lead says", strange)
            if table == "opportunity":
                promised = {row[field] for row in leads.values() if row[field]}
                wrong += said("opportunities of converted leads are missing", promised - {row["id"] for row in rows})
        missing = {row["customer_id"] for row in leads.values() if row["customer_id"]} - customers
        return wrong + said("customers of converted leads are missing", missing)

    async def acked(self, ledger: Ledger) -> list[str]:
        """I1: every acknowledged write is there, once, under the id the client was told."""
        wrong = []
        for rpc in MADE:
            found = await self.found(rpc, [operation.marker for operation in ledger.operations])
            for operation in ledger.of(ACKED):
                if operation.rpc == rpc and found.get(operation.marker, []) != [operation.id]:
                    wrong.append(f"I1 {rpc} {operation.marker}: told {operation.id}, is {found.get(operation.marker)}")
        return wrong

    async def found(self, rpc: str, markers: list[str]) -> dict[str, list[str]]:
        """The ids of the records that carry each marker."""
        service, table, column = MADE[rpc]
        sql = f"SELECT {column} AS marker, id FROM {table} WHERE {column} = ANY($1)"
        made: dict[str, list[str]] = defaultdict(list)
        for row in await self.rows(service, sql, markers):
            made[row["marker"]].append(str(row["id"]))
        return made

    async def rows(self, service: str, sql: str, *arguments: Any) -> list[Any]:
        connection = await asyncpg.connect(self.urls[service], server_settings=EVERYTHING)
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()


def contiguous(events: Mapping[str, list[Event]]) -> list[str]:
    """I4 at the producer: the events of each aggregate are numbered 1, 2, 3 … without a gap or a double."""
    numbers: dict[tuple[str, tuple[str, UUID]], list[int]] = defaultdict(list)
    for service, announced in events.items():
        for event in announced:
            numbers[service, event.aggregate].append(event.seq)
    broken = {key for key, found in numbers.items() if sorted(found) != list(range(1, len(found) + 1))}
    return said("aggregates do not count their events 1, 2, 3 …", broken)


def said(what: str, which: Any) -> list[str]:
    return [f"{len(which)} {what}: {', '.join(str(one) for one in list(which)[:SHOWN])}"] if which else []


_WAITING = """
    SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS "events wait to be published",
           (SELECT count(*) FROM inbox WHERE state IN ('parked', 'dead')) AS "events are parked or dead",
           (SELECT count(*) FROM saga WHERE state IN ('running', 'compensating', 'stuck')) AS "sagas have not ended"
"""
_INBOX = "SELECT event_id, state FROM inbox WHERE consumer = $1"
_CURSORS = "SELECT aggregate_type, aggregate_id, last_seq FROM inbox_cursor WHERE consumer = $1"
_PENDING_TABLES = (
    "SELECT table_name FROM information_schema.columns "
    "WHERE column_name = 'pending_operation_id' AND table_schema = 'public'"
)
_LEADS = "SELECT id, state, customer_id, contact_id, opportunity_id FROM lead"
_MADE_FROM_LEADS = (
    ("customers", "customer", "customer_id"),
    ("customers", "contact", "contact_id"),
    ("sales", "opportunity", "opportunity_id"),
)
