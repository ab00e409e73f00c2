"""What it costs that people see no more than they may: pages, searches and counts of a dealer, a region and headquarters
among ten thousand units, beside the same of somebody who sees everything. Both walls stand: predicate and row security.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import asyncpg
from crm.leads.v1 import lead_service_pb2 as pb
from crm.type.v1.count_pb2 import COUNT_MODE_CAPPED
from house import House
from measuring import in_turns
from records import without_indexes
from results import Goal, Measured

from crm_kit.call import Call
from crm_kit.keys import Keys
from crm_kit.principal import Scope
from crm_kit.row_context import SET_LASTING, context_of
from crm_kit.rpc.channels import Channels
from crm_kit.testing.service import somebody

REGIONS, DEALERS = 100, 100
SPREAD = f"""
    UPDATE lead SET unit_path = '/hq/r' || lpad((u / {DEALERS})::text, 2, '0') || '/d' || lpad((u % {DEALERS})::text, 2, '0') || '/'
    FROM (SELECT id AS key, abs(hashtext(id::text)) % {REGIONS * DEALERS} AS u FROM lead) s WHERE id = s.key
"""
PLACES = {"a dealer": "/hq/r42/d17/", "a region": "/hq/r42/", "headquarters": "/hq/"}
EVERYBODY = somebody(unit_path="/hq/")
MOST = 1.3
"""A page with scoping against the same page without."""
PAGE = """
    SELECT * FROM lead WHERE unit_path >= $1 AND unit_path < $2 AND delete_time IS NULL AND pending_operation_id IS NULL
    ORDER BY create_time DESC, id DESC LIMIT 51
"""
ASKED = {
    "list 50, newest first": pb.ListLeadsRequest(page_size=50),
    "search a rare word": pb.ListLeadsRequest(page_size=50, search="LD-2025-0000777"),
    "list 50 and count, capped": pb.ListLeadsRequest(page_size=50, count=COUNT_MODE_CAPPED),
}


def measure(house: House) -> None:
    house.pgbench.measure(house.pgbench_seconds)
    asyncio.run(_spread(house.stack.database("leads")))
    with asyncio.Runner() as runner:
        channels = Channels({"leads": house.stack.address("leads")}, Keys.load(house.stack.keys, "gateway"))
        try:
            for place, path in PLACES.items():
                plan = runner.run(_plan(house, path))
                for what, request in ASKED.items():
                    row = _compared(house, runner, channels, f"{what}: {place}", path, request)
                    row.note = f"indexes of the page: {', '.join(plan) or 'none'}"
                    house.results.append(row)
        finally:
            runner.run(channels.close())


def _compared(
    house: House, runner: asyncio.Runner, channels: Channels, name: str, path: str, request: pb.ListLeadsRequest
) -> Measured:
    """The request within the path's subtree, beside the same request of somebody who sees everything."""
    who = somebody(unit_path=path, scope=Scope.SUBTREE)

    def asking(principal: Any) -> int:
        async def work() -> int:
            for _ in range(house.size.batch):
                method = "crm.leads.v1.LeadService/ListLeads"
                await channels.call("leads", method, request, pb.ListLeadsResponse, principal=principal)
            return house.size.batch

        return runner.run(work())

    cost, wide = in_turns(house.machine, lambda: asking(who), lambda: asking(EVERYBODY), house.size.rounds)
    assert wide is not None
    row = Measured(name, cost, wide, "the same, seeing everything")
    without = wide.total - wide.parts.get("caller", 0.0)
    row.goals.append(Goal(f"≤ {MOST:g} × unscoped", MOST, row.cost_without_caller / without, "×"))
    return row


async def _plan(house: House, path: str) -> Sequence[str]:
    """The indexes by which the serving role finds a page of the path's subtree."""
    connection = await asyncpg.connect(house.stack.roles("leads").serving)
    try:
        call: Any = Call(None, somebody(unit_path=path, scope=Scope.SUBTREE), "leads.lead.list")  # type: ignore[arg-type]
        context = context_of(call)
        await connection.fetch(SET_LASTING, *context)
        lines = await connection.fetch(f"EXPLAIN {PAGE}", context.lo, context.hi)
    finally:
        await connection.close()
    return sorted(set(re.findall(r"\bix_lead_\w+", " ".join(line[0] for line in lines))))


async def _spread(url: str) -> None:
    """Every lead lies at one of the dealers; the records were made at headquarters."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT count(*) FROM lead WHERE unit_path = '/hq/'"):
            async with without_indexes(connection, "lead"):
                await connection.execute(SPREAD, timeout=1200)
            await connection.execute("VACUUM ANALYZE lead", timeout=1200)
            await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
