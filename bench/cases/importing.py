"""A file of people with many repeats becomes leads: validated, matched against itself and all leads, decided, scored."""

import contextlib
import csv
import io
import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import polars as pl
import vocabulary
from house import House
from http_load import Client, Refused
from limits import Driver
from results import Goal, Measured, under_rival

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "people-dedupe"
FILE = "historical_figures_with_errors_50k.parquet"
CUSTOM = ("birth_date", "birth_place", "occupation")
MAPPINGS = {
    "first_and_surname": "name",
    "dob": "custom_fields.birth_date",
    "birth_place": "custom_fields.birth_place",
    "postcode_fake": "postal_code",
    "occupation": "custom_fields.occupation",
}
PATIENCE = 900.0


def measure(house: House) -> None:
    """One import of the whole file, beside COPY of as many rows into the same table with all its indexes."""
    content, mappings, source = _file(house.size.import_rows)
    for name in CUSTOM:
        _define(house.administrator, name)
    file = _upload(house.client, content)
    house.pgbench.measure(house.pgbench_seconds)
    job: dict[str, Any] = {}

    def ours() -> int:
        nonlocal job
        asked = {"file_id": file["id"], "mappings": mappings, "country_code": "GB"}
        job = house.client.ask(("POST", "/v1/lead-imports", asked))
        deadline = time.monotonic() + PATIENCE
        while job["state"] in {"QUEUED", "RUNNING"} and time.monotonic() < deadline:
            time.sleep(0.5)
            with contextlib.suppress(Refused):  # too busy with the import to say how it goes
                job = house.client.ask(("GET", f"/v1/lead-imports/{job['id']}", None))
        assert job["state"] == "DONE", job
        assert job["processed_count"] == file["row_count"]
        return int(job["processed_count"])

    mine = house.machine.measure(ours)
    driver = house.driver("leads")
    columns, rows = _again(driver, int(job["created_count"]))
    copied = house.machine.measure(lambda: _copy(driver, columns, rows))
    driver.close()
    row = Measured(
        "import, per row", mine, copied, f"COPY of the {job['created_count']} new leads, {copied.rate:,.0f} rows/s"
    )
    under_rival(row, 0.05, house.pgbench.middle)
    row.goals.append(Goal("≥ 0.5 of COPY, rows/s", 0.5, mine.rate / copied.rate, "×", at_most=False))
    kinds = ", ".join(f"{job[f'{kind}_count']} {kind}" for kind in ("created", "merged", "ignored", "error"))
    row.note = f"{mine.rate:,.0f} rows/s over {source}: {kinds}"
    house.results.append(row)


def _again(driver: Driver, count: int) -> tuple[list[str], list[list[Any]]]:
    """As many generated leads once more, ready to be copied."""
    rows = driver.fetch("SELECT * FROM lead WHERE number LIKE 'LD-2025-%' LIMIT $1", count)
    ids = driver.fetch("SELECT uuidv7() FROM generate_series(1, $1)", len(rows))
    copies = [
        list((dict(row) | {"id": fresh[0], "number": f"COPY-{fresh[0]}"}).values())
        for row, fresh in zip(rows, ids, strict=True)
    ]
    return list(rows[0].keys()), copies


def _copy(driver: Driver, columns: list[str], rows: list[list[Any]]) -> int:
    async def work(connection: Any) -> int:
        await connection.copy_records_to_table("lead", records=rows, columns=columns)
        return len(rows)

    return driver.run(work)


def _upload(client: Client, content: bytes) -> Any:
    request = urllib.request.Request(
        f"http://{client.gateway[0]}:{client.gateway[1]}/v1/lead-files?filename=bench.csv",
        content,
        {**client.headers, "Content-Type": "text/csv"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def _define(administrator: Client, name: str) -> None:
    field = {"resource": "lead", "name": name, "type": "TYPE_TEXT"}
    with contextlib.suppress(Refused):  # kept data has it already
        administrator.ask(("POST", "/v1/services/leads/custom-fields", field))


def _file(count: int) -> tuple[bytes, list[dict[str, str]], str]:
    """The shared file of 50,578 people when it is there and asked for whole, else people of our own with a third repeated."""
    if count > 50_000 and (SHARED / FILE).exists():
        content = pl.read_parquet(SHARED / FILE).write_csv().encode()
        return (
            content,
            [{"heading": heading, "field": field} for heading, field in MAPPINGS.items()],
            "the shared file of 50,578 people",
        )
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["name", "company", "email"])
    people, companies = [name for name, *_ in vocabulary.names()], [name for name, *_ in vocabulary.companies()]
    for number in range(count):
        who = number if number % 3 else number // 2
        rows.writerow([people[who % len(people)], companies[who * 7 % len(companies)], f"import{who}@example.org"])
    headings = [{"heading": name, "field": name} for name in ("name", "company", "email")]
    return text.getvalue().encode(), headings, "generated people"
