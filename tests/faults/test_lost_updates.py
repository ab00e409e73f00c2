"""C-14: fifty writers of one record; every success counts, none overwrites another."""

import asyncio
import random

import httpx

from .audit import Auditor
from .rest import Api, build
from .scale import WRITERS, Scale


async def test_successes_of_fifty_writers_are_the_versions_of_the_record(
    api: Api, auditor: Auditor, counts: Scale, rng: random.Random, run: str
) -> None:
    made = api("CreateCustomer", customer={"type": "ORGANIZATION", "name": run, "headcount": 0})
    statuses: list[int] = []

    async def write(http: httpx.AsyncClient, pause: float) -> None:
        await asyncio.sleep(pause)
        for _ in range(counts.increments_each):
            now = (await http.get(f"/v1/customers/{made['id']}")).json()
            change = {"id": made["id"], "headcount": int(now.get("headcount", 0)) + 1}
            request = build("UpdateCustomer", {"customer": change}, etag=now["etag"])
            answer = await http.patch(request.path, json=request.body, headers=request.headers)
            statuses.append(answer.status_code)

    async with api.load(WRITERS) as http:
        await asyncio.gather(*(write(http, rng.uniform(0, 0.5)) for _ in range(WRITERS)))
    wins = statuses.count(200)
    assert set(statuses) <= {200, 412}
    assert 0 < wins < len(statuses), "the writers never met"
    after = api("GetCustomer", id=made["id"])
    assert int(after["headcount"]) == wins
    assert int(after["etag"]) - int(made["etag"]) == wins
    [[announced]] = await auditor.rows("customers", _UPDATES, after["id"])
    assert announced == wins


async def test_an_update_without_the_etag_is_refused_and_changes_nothing(api: Api, run: str) -> None:
    made = api("CreateCustomer", customer={"type": "ORGANIZATION", "name": f"{run} blind"})
    request = build("UpdateCustomer", {"customer": {"id": made["id"], "headcount": 7}})
    assert [api.send(request).status_code for _ in range(5)] == [428] * 5
    assert api("GetCustomer", id=made["id"])["etag"] == made["etag"]


_UPDATES = "SELECT count(*) FROM outbox WHERE aggregate_id = $1::uuid AND event_type LIKE '%CustomerUpdated'"
