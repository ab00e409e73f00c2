"""From the outbox of one service to the table of another, through relay, broker and consumer."""

import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
from crm.customers.v1 import customer_pb2
from crm.customers.v1 import customers_events_pb2 as facts
from house import House
from measuring import in_turns
from results import Goal, Measured

from crm_kit.announcements import entry

PATIENCE = 120.0


def measure(house: House) -> None:
    """Customers announced and known to the leads service, beside publishing alone."""
    count = house.size.batch * 20
    url, address = house.stack.database("customers"), house.stack.nats.url()
    subject = f"bench.{house.run}"

    def applied() -> int:
        return asyncio.run(_announced_and_applied(url, house.stack.database("leads"), count))

    def published() -> int:
        return asyncio.run(_publish(address, subject, count))

    house.pgbench.measure(house.pgbench_seconds)
    mine, theirs = in_turns(house.machine, applied, published, house.size.rounds)
    assert theirs is not None
    row = Measured("an event from outbox to projection", mine, theirs, f"publish_async alone, {theirs.rate:,.0f}/s")
    row.goals.append(Goal("≥ 0.4 of publishing alone, events/s", 0.4, mine.rate / theirs.rate, "×", at_most=False))
    row.note = f"{mine.rate:,.0f} events/s outbox → applied in batches of {count}"
    house.results.append(row)


def _event(id: UUID) -> dict[str, Any]:
    customer = customer_pb2.Customer(
        id=str(id), name=f"Bench {id}", unit_path="/hq/", city="Shanghai", phone="+862112345678"
    )
    message = facts.CustomerCreated(customer=customer)
    made = entry(
        aggregate_type="customer",
        aggregate_id=id,
        event_seq=1,
        message=message,
        occur_time=datetime.now(UTC),
        actor="user:bench",
        unit_path="/hq/",
    )
    return {**asdict(made), "headers": "{}"}


async def _announced_and_applied(url: str, applied_url: str, count: int) -> int:
    rows = [_event(uuid4()) for _ in range(count)]
    outbox, known = await asyncpg.connect(url), await asyncpg.connect(applied_url)
    before = await known.fetchval("SELECT count(*) FROM known_customer")
    await outbox.copy_records_to_table("outbox", records=[list(row.values()) for row in rows], columns=list(rows[0]))
    deadline = time.monotonic() + PATIENCE
    while await known.fetchval("SELECT count(*) FROM known_customer") < before + count:
        assert time.monotonic() < deadline, "events were announced and not applied"
        await asyncio.sleep(0.02)
    await outbox.close()
    await known.close()
    return count


async def _publish(address: str, subject: str, count: int) -> int:
    connection = await nats.connect(address)
    stream = connection.jetstream()
    await stream.add_stream(name=subject.replace(".", "-"), subjects=[subject])
    for _ in range(count):
        await stream.publish_async(subject, b"x" * 400, wait_stall=10)
    await stream.publish_async_completed()
    await connection.close()
    return count
