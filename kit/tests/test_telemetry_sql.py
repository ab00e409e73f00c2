"""Statements as spans and durations, on a real PostgreSQL."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from crm_kit import telemetry
from crm_kit.telemetry.setup import Telemetry
from crm_kit.telemetry.sql import describe


class Settings:
    otlp_endpoint = ""
    trace_sample = 1.0
    trace_file = ""


@pytest.fixture
async def engine(postgres: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(postgres.replace("postgresql://", "postgresql+asyncpg://"), pool_size=2)
    telemetry.instrument_engine(engine.sync_engine)
    yield engine
    await engine.dispose()


@pytest.fixture
def spans(tmp_path: Path) -> AsyncIterator["Spans"]:
    settings = Settings()
    settings.trace_file = str(tmp_path / "spans.jsonl")
    running = telemetry.setup("leads", settings)
    yield Spans(running, tmp_path / "spans.jsonl")
    running.shutdown()


class Spans:
    def __init__(self, running: Telemetry, path: Path) -> None:
        self.running, self.path = running, path

    def all(self) -> list[dict[str, object]]:
        self.running.flush()
        return [orjson.loads(line) for line in self.path.read_bytes().splitlines()] if self.path.exists() else []

    def durations(self, **labels: str) -> float:
        return self.running.registry.get_sample_value("db_client_operation_duration_seconds_count", labels) or 0


async def test_a_statement_in_a_trace_is_a_span_without_its_values(engine: AsyncEngine, spans: Spans) -> None:
    with telemetry.span("work"):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT relname FROM pg_class WHERE relname = :name"), {"name": "ada@b.c"})
    by_name = {span["name"]: span for span in spans.all()}
    statement, work = by_name["SELECT pg_class"], by_name["work"]
    assert statement["parent_span_id"] == work["span_id"]
    assert statement["kind"] == "CLIENT"
    assert statement["attributes"]["db.query.summary"] == "SELECT pg_class"
    assert "$1" in statement["attributes"]["db.query.text"]
    assert b"ada@b.c" not in spans.path.read_bytes()


async def test_outside_a_trace_only_the_duration_is_kept(engine: AsyncEngine, spans: Spans) -> None:
    labels = {"db_system_name": "postgresql", "db_operation_name": "SELECT", "db_collection_name": "pg_class"}
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1 FROM pg_class LIMIT 1"))
    assert spans.all() == []
    assert spans.durations(**labels) == 1


async def test_a_refused_statement_ends_its_span_with_the_sqlstate(engine: AsyncEngine, spans: Spans) -> None:
    with telemetry.span("work"):
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError):
                await connection.execute(text("SELECT * FROM no_such_table"))
    (failed,) = [span for span in spans.all() if span["name"] == "SELECT no_such_table"]
    assert failed["status"] == "ERROR"
    assert failed["attributes"]["error.type"] == "42P01"


async def test_a_cancelled_statement_ends_its_span(engine: AsyncEngine, spans: Spans) -> None:
    async def sleep() -> None:
        with telemetry.span("work"):
            async with engine.connect() as connection:
                await connection.execute(text("SELECT pg_sleep(30)"))

    task = asyncio.create_task(sleep())
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {span["name"] for span in spans.all()} >= {"work", "SELECT"}


async def test_the_pool_tells_how_many_connections_are_in_use(engine: AsyncEngine, spans: Spans) -> None:
    gc.collect()

    def used() -> float:
        labels = {"db_client_connection_state": "used"}
        return spans.running.registry.get_sample_value("db_client_connection_count", labels) or 0

    before = used()
    async with engine.connect():
        assert used() == before + 1
    assert used() == before


@pytest.mark.parametrize(
    ("statement", "summary"),
    [
        ("SELECT lead.id FROM lead WHERE lead.id = $1", "SELECT lead"),
        ('INSERT INTO "lead" (id) VALUES ($1)', "INSERT lead"),
        ("INSERT INTO inbox(id) VALUES ($1) ON CONFLICT DO UPDATE SET id = $1", "INSERT inbox"),
        ("UPDATE lead SET state = $1 FROM pool", "UPDATE lead"),
        ("\n  delete from only lead", "DELETE lead"),
        ("SELECT EXTRACT(EPOCH FROM create_time) FROM outbox FOR UPDATE SKIP LOCKED", "SELECT outbox"),
        ("SELECT a IS DISTINCT FROM b FROM lead", "SELECT lead"),
        ("SELECT * FROM unnest($1::uuid[]) AS x JOIN lead ON true", "SELECT lead"),
        ("WITH due AS (SELECT id FROM timer) DELETE FROM timer", "WITH timer"),
        ("SELECT pg_advisory_lock($1)", "SELECT"),
        ("FROBNICATE x", "OTHER"),
        ("", "OTHER"),
    ],
)
def test_a_statement_is_summed_up_by_verb_and_table(statement: str, summary: str) -> None:
    assert describe(statement)[0] == summary
