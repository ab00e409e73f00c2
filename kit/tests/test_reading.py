"""Reads by the driver itself: one statement per shape, each caller's own values, the same observers."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, Engine, Integer, Select, column, event, or_, select, text

from crm_kit import reading
from crm_kit.database import Database
from crm_kit.tx import refusal

NUMBER = column("n", Integer())
ONE_TO_TEN = select(NUMBER).select_from(text("generate_series(1, 10) AS n"))


@pytest.fixture
async def db(postgres: str) -> AsyncIterator[Database]:
    made = Database(postgres, pool_size=2)
    yield made
    await made.dispose()


async def numbers(db: Database, *conditions: Any) -> list[int]:
    parts = [reading.condition(each) for each in conditions]
    rows = await reading.fetch(db.reader, "numbers", parts, lambda clauses: ONE_TO_TEN.where(*clauses))
    return [row.n for row in rows]


async def test_everybody_who_asks_alike_is_answered_by_their_own_values(db: Database) -> None:
    assert await numbers(db, NUMBER == 3) == [3]
    assert await numbers(db, NUMBER == 7) == [7]
    assert await numbers(db, NUMBER > 8, NUMBER < 10) == [9]
    assert await numbers(db, NUMBER > 2, NUMBER < 4) == [3]


async def test_a_shape_is_built_once(db: Database) -> None:
    built = []

    def build(clauses: list[Any]) -> Select[Any]:
        built.append(clauses)
        return ONE_TO_TEN.where(*clauses)

    for number in (1, 2, 3):
        rows = await reading.fetch(db.reader, "built once", [reading.condition(NUMBER - number == 0)], build)
        assert [row[0] for row in rows] == [number]
    assert len(built) == 1


async def test_lists_of_different_length_are_different_statements(db: Database) -> None:
    assert await numbers(db, NUMBER.in_([1, 2])) == [1, 2]
    assert await numbers(db, NUMBER.in_([4, 5, 6])) == [4, 5, 6]
    assert await numbers(db, or_(NUMBER.in_([7]), NUMBER == 9)) == [7, 9]


async def test_a_condition_that_does_not_reach_the_statement_is_a_bug_and_no_answer(db: Database) -> None:
    with pytest.raises(AssertionError, match="missing"):
        await reading.fetch(db.reader, "forgetful", [reading.condition(NUMBER == 1)], lambda _: ONE_TO_TEN)


async def test_json_comes_as_python_values(db: Database) -> None:
    [row] = await db.reader.fetch("""SELECT '{"a": [1, "二"]}'::jsonb AS held""", [])
    assert row.held == {"a": [1, "二"]}
    with pytest.raises(AttributeError):
        _ = row.absent


async def test_those_who_watch_the_engine_see_these_statements_too(db: Database) -> None:
    sent: list[str] = []

    def note(connection: Connection, _: Any, statement: str, *_more: Any) -> None:
        if connection.engine.url == db.url:
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await numbers(db, NUMBER == 5)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(sent) == 1
    assert "generate_series" in sent[0]


async def test_a_connection_that_the_server_ended_is_not_used_again(db: Database) -> None:
    [mine] = await db.reader.fetch("SELECT pg_backend_pid() AS pid", [])
    with pytest.raises(Exception, match="terminat") as ended:
        await db.reader.fetch("SELECT pg_terminate_backend(pg_backend_pid())", [])
    assert type(refusal(ended.value)).__name__ == "Unavailable"
    [other] = await db.reader.fetch("SELECT pg_backend_pid() AS pid", [])
    assert other.pid != mine.pid


async def test_a_read_on_connections_that_the_server_ended_meanwhile_is_answered(db: Database, postgres: str) -> None:
    both = [db.reader.fetch("SELECT pg_backend_pid() AS pid, pg_sleep(0.2)", []) for _ in range(2)]
    ended = {row.pid for [row] in await asyncio.gather(*both)}
    assert len(ended) == 2
    _end_from_elsewhere(postgres, ended)
    [row] = await db.reader.fetch("SELECT pg_backend_pid() AS pid", [])
    assert row.pid not in ended


async def test_what_may_have_written_is_not_said_twice(db: Database, postgres: str) -> None:
    [row] = await db.reader.fetch("SELECT pg_backend_pid() AS pid", [])
    _end_from_elsewhere(postgres, {row.pid})
    with pytest.raises(ConnectionError):
        await db.reader.fetch("WITH made AS (SELECT 1) SELECT * FROM made", [])


def _end_from_elsewhere(url: str, pids: set[int]) -> None:
    """By a thread of its own: this one's loop must not get to hear of it before it asks."""

    async def end() -> None:
        connection = await asyncpg.connect(url)
        await connection.fetch("SELECT pg_terminate_backend(pid, 5000) FROM unnest($1::int[]) AS pid", list(pids))
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(end()))
    thread.start()
    thread.join()
