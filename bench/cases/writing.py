"""Create a lead, move a deal's stage, convert a lead over three services: with event, row facts and idempotency row."""

import random
from itertools import count
from typing import Any

import asyncpg
from house import House
from http_load import Ask
from results import Measured, under_ratio, under_rival
from vocabulary import FIRST, word

STAGES = ("first_talk", "project_assessment", "needs_analysis")
_numbers, _choose = count(1), random.Random()


def measure(house: House) -> None:
    _create(house)
    _move(house)
    _convert(house)


def a_lead(house: House) -> dict[str, Any]:
    """Somebody nobody has heard of; numbers never repeat within a run."""
    number = next(_numbers)
    tail = f"{int(house.run, 16) % 10**3:03d}{number:05d}"
    company = f"{word(_choose)} {word(_choose)}"
    return {
        "name": f"{_choose.choice(FIRST)} {word(_choose)}",
        "company": f"{company} Ltd",
        "phone": f"+4479{tail}",
        "email": f"q{tail}@{company.replace(' ', '-').lower()}.co.uk",
        "channel": "web",
        "need": "two lines",
        "product_line": "pumps",
    }


def _create(house: House) -> None:
    seen: set[str] = set()

    def stored(_: int, answer: Any) -> None:
        assert answer["id"] not in seen
        assert answer["state"] in {"POOLED", "ASSIGNED"}
        seen.add(answer["id"])

    def ours() -> int:
        asks: list[Ask] = [("POST", "/v1/leads", a_lead(house)) for _ in range(house.size.batch)]
        return house.client.ask_all(asks, stored, keyed=True)

    driver = house.driver("leads")
    limit = _Rows(driver.fetch("SELECT * FROM lead WHERE number LIKE 'LD-2025-%' LIMIT 1")[0])
    driver.run(limit.prepare)
    mine, theirs = house.compare(ours, lambda: driver.run(lambda c: limit.insert(c, house.size.batch)))
    driver.fetch("DELETE FROM lead WHERE number LIKE 'BENCH-%'")
    driver.close()
    row = Measured("create a lead", mine, theirs, "bare driver: lead, outbox, idempotency row, row facts by trigger")
    house.results.append(under_ratio(under_rival(row, 3.0, house.pgbench.middle), 3.6))


class _Rows:
    """The rows of a create, written by the bare driver in one transaction."""

    def __init__(self, lead: asyncpg.Record) -> None:
        self.columns = list(lead.keys())
        self.values = list(lead.values())
        self.numbers = count(1)

    async def prepare(self, connection: asyncpg.Connection) -> int:
        places = ", ".join(f"${n + 1}" for n in range(len(self.columns)))
        self.lead = await connection.prepare(f"INSERT INTO lead ({', '.join(self.columns)}) VALUES ({places})")
        self.event = await connection.prepare(
            """INSERT INTO outbox (shard, aggregate_type, aggregate_id, event_seq, event_type, payload, occurred_at,
               published_at) VALUES (1, 'lead', $1, 1, 'bench', $2, now(), now())"""
        )
        self.key = await connection.prepare(
            "INSERT INTO idempotency (caller_id, key, method, fingerprint, create_time) VALUES ('bench', $1, 'x', $2, now())"
        )
        return 0

    async def insert(self, connection: asyncpg.Connection, batch: int) -> int:
        for _ in range(batch):
            async with connection.transaction():
                fresh = await connection.fetchval("SELECT uuidv7()")
                row = dict(zip(self.columns, self.values, strict=True)) | {"id": fresh, "number": f"BENCH-{fresh}"}
                await self.lead.fetch(*row.values())
                await self.event.fetch(fresh, b"x" * 400)
                await self.key.fetch(str(fresh), b"x" * 32)
        return batch


def _move(house: House) -> None:
    customer = house.client.ask(("POST", "/v1/customers", {"name": "Bench customer", "type": "ORGANIZATION"}))
    deal = {"customer_id": customer["id"], "name": "Bench deal", "amount": {"amount": "1000", "currency": "CNY"}}
    deals = [house.client.ask(("POST", "/v1/opportunities", deal))["id"] for _ in range(house.size.batch)]
    turns = count(1)

    def ours() -> int:
        stage = STAGES[next(turns) % len(STAGES)]
        asks: list[Ask] = [
            ("POST", f"/v1/opportunities/{deal_id}:moveStage", {"stage": stage, "note": "bench"}) for deal_id in deals
        ]
        return house.client.ask_all(asks, lambda _, answer: _same(answer["stage"], stage), keyed=True)

    cost, _ = house.compare(ours)
    house.results.append(under_rival(Measured("move a deal's stage", cost), 3.0, house.pgbench.middle))


def _convert(house: House) -> None:
    batch = max(8, house.size.batch // 4)

    def qualified() -> str:
        lead_id = str(house.client.ask(("POST", "/v1/leads", a_lead(house)))["id"])
        house.client.ask(("POST", f"/v1/leads/{lead_id}:claim", {}))
        house.client.ask(
            ("POST", f"/v1/leads/{lead_id}/touches", {"kind": "call", "direction": "outbound", "outcome": "interested"})
        )
        house.client.ask(("POST", f"/v1/leads/{lead_id}:qualify", {}))
        return lead_id

    ready = [[qualified() for _ in range(batch)] for _ in range(house.size.rounds + 1)]

    def ours() -> int:
        asks: list[Ask] = [("POST", f"/v1/leads/{lead_id}:convert", {}) for lead_id in ready.pop()]
        return house.client.ask_all(asks, _converted)

    cost, _ = house.compare(ours)
    house.results.append(under_rival(Measured("convert over three services", cost), 15, house.pgbench.middle))


def _converted(_: int, answer: Any) -> None:
    assert answer["state"] == "CONVERTED"
    assert answer["customer_id"]
    assert answer["opportunity_id"]


def _same(found: str, wanted: str) -> None:
    assert found == wanted
