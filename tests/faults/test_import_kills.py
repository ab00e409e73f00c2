"""An import whose worker dies goes on where it was: no row is lost, none counts twice."""

import asyncio
import random
from collections import Counter
from typing import Any

import httpx

from .audit import Auditor
from .killing import Killer, recovered
from .load import a_lead
from .rest import Api
from .scale import Scale

IMPORT_SECONDS = 120.0


async def test_an_import_survives_the_death_of_its_worker(
    api: Api, killer: Killer, auditor: Auditor, counts: Scale, rng: random.Random, run: str
) -> None:
    upload = {"Content-Type": "application/octet-stream"}
    async with api.load(2) as http:
        answer = await http.post(
            "/v1/lead-files?filename=f.csv", content=a_file(run, counts.import_rows), headers=upload
        )
        assert answer.is_success, answer.text
    wanted = {"file_id": answer.json()["id"]}
    jobs = [api("CreateLeadImport", lead_import=wanted, key=f"{run}-import") for _ in range(2)]
    job = jobs[0]
    assert job["id"] == jobs[1]["id"]
    for _ in range(counts.import_kills):
        await asyncio.sleep(rng.uniform(0.5, 3))
        await killer.kill_one("leads")
        await recovered(api.url, api.token, ["/v1/leads"])
    done = await finished(api, job["id"])
    assert (done["state"], int(done["created_count"])) == ("DONE", counts.import_rows), done
    lines = await auditor.rows(
        "leads", "SELECT line, subject_id FROM lead_import_row WHERE import_id = $1::uuid", job["id"]
    )
    assert sorted(row["line"] for row in lines) == list(range(2, counts.import_rows + 2))
    leads = await auditor.rows("leads", "SELECT id, need FROM lead WHERE import_id = $1::uuid", job["id"])
    assert Counter(row["need"] for row in leads) == Counter(f"{run}-{n}" for n in range(counts.import_rows))
    assert {row["id"] for row in leads} == {row["subject_id"] for row in lines}
    assert not await auditor.settled(counts.settle_seconds)


def a_file(run: str, rows: int) -> bytes:
    """People and companies that have nothing in common."""
    facts = [a_lead(f"{run}-{number}") for number in range(rows)]
    head = "name,company,phone,need"
    return "\n".join([head, *(f"{f['name']},{f['company']},{f['phone']},{f['need']}" for f in facts)]).encode()


async def finished(api: Api, id: str) -> dict[str, Any]:
    """The import once it has ended; a worker that died keeps its lease for up to 15 s."""
    for _ in range(int(IMPORT_SECONDS)):
        try:
            job: dict[str, Any] = api("GetLeadImport", id=id)
        except (httpx.TransportError, AssertionError):
            job = {}
        if job.get("state") in {"DONE", "FAILED", "CANCELLED"}:
            return job
        await asyncio.sleep(1)
    raise AssertionError(f"the import has not ended after {IMPORT_SECONDS:g} s: {job}")
