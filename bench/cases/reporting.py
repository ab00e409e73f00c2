"""The pipeline by stage over a million deals: read from sums that every event keeps up, however many deals there are."""

from decimal import Decimal
from typing import Any

import asyncpg
from house import House
from http_load import Ask
from results import Goal, Measured, under_rival

PIPELINE = "00000000-0000-7000-8000-00000000a000"
STAGES = "ARRAY['first_talk','project_assessment','needs_analysis','proposal','tender','negotiation','contract_signing','won','lost']"
FACTS = f"""
INSERT INTO opportunity_fact (event_seq, owner_id, unit_path, id, number, state, pipeline_id, stage, amount, currency,
    weighted, probability, forecast_category, last_open_stage, loss_reason, source, reopen_count, create_time, stand_time)
SELECT 1, ('00000000-0000-7000-8000-' || lpad(to_hex(1 + abs(hashint4(n)) % 20), 12, '0'))::uuid, '/hq/', gen_random_uuid(),
    'OP-' || n, CASE s.stage WHEN 'won' THEN 'WON' WHEN 'lost' THEN 'LOST' ELSE 'OPEN' END, '{PIPELINE}', s.stage,
    1000 + n % 100000, 'CNY', (1000 + n % 100000) * 0.4, 40, 'PIPELINE', '', '', '', 0, now(), now()
FROM generate_series(1, $1::int) n
CROSS JOIN LATERAL (SELECT ({STAGES})[1 + abs(hashint4(n + 104729)) % 9] AS stage) s
"""
SUMS = """
INSERT INTO pipeline_rollup (pipeline_id, stage, currency, owner_id, unit_path, deal_count, amount, weighted)
SELECT pipeline_id, stage, currency, owner_id, unit_path, count(*), sum(amount), sum(weighted)
FROM opportunity_fact WHERE state = 'OPEN' GROUP BY 1, 2, 3, 4, 5
"""
TILE = "SELECT stage, currency, sum(deal_count), sum(amount), sum(weighted) FROM pipeline_rollup GROUP BY 1, 2"
SCAN = "SELECT stage, currency, count(*), sum(amount), sum(weighted) FROM opportunity_fact WHERE state = 'OPEN' GROUP BY 1, 2"


def measure(house: House) -> None:
    driver = house.driver("reporting")
    driver.run(lambda connection: _fill(connection, house.size.deals))
    total = driver.fetch("SELECT sum(amount) FROM opportunity_fact WHERE state = 'OPEN'")[0][0]

    def right(_: int, answer: Any) -> None:
        names = [column["name"] for column in answer["columns"]]
        [sums] = answer["totals"]
        assert Decimal(sums["values"][names.index("value")]) == total

    asks: list[Ask] = [("GET", "/v1/reports/pipeline_by_stage:run", None)] * house.size.batch
    cost, limit = house.compare(
        lambda: house.client.ask_all(asks, right), lambda: driver.repeat(TILE, [()] * len(asks) * 20)
    )
    scanned = house.machine.measure(lambda: driver.repeat(SCAN, [()] * 3))
    driver.close()
    row = Measured("report: pipeline by stage", cost, limit, "bare driver, sums of the same rollup")
    under_rival(row, 2.0, house.pgbench.middle)
    assert limit is not None
    # The kernel accounts in steps of 10 ms; a batch that took less than one cost at most that.
    tile = max(limit.parts["PostgreSQL"], 1e4 / (len(asks) * 20))
    row.goals.append(Goal("PostgreSQL ≤ 1.3 × reading the rollup", 1.3, cost.parts["PostgreSQL"] / tile, "×"))
    row.note = f"over {house.size.deals:,} deals; scanning them instead costs {scanned.total / 1000:,.0f} ms"
    house.results.append(row)


async def _fill(connection: asyncpg.Connection, count: int) -> int:
    if await connection.fetchval("SELECT count(*) FROM opportunity_fact WHERE number LIKE 'OP-%'") != count:
        await connection.execute("TRUNCATE opportunity_fact, pipeline_rollup")
        await connection.execute(FACTS, count, timeout=600)
        await connection.execute(SUMS, timeout=600)
        await connection.execute("VACUUM ANALYZE opportunity_fact, pipeline_rollup", timeout=600)
    return count
