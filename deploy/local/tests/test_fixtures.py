"""The servers tests stand on do what colleagues rely on."""

import asyncio
import time

import asyncpg
import nats as nats_client


async def build(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gin; CREATE TABLE fruit (name text)")
    await connection.close()


async def names(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row["name"] for row in await connection.fetch("SELECT name FROM fruit")]
    finally:
        await connection.close()


async def test_two_clones_of_one_template_do_not_see_each_other(database_factory):
    one, two = await asyncio.gather(*(database_factory.clone("fruit", build) for _ in range(2)))
    connection = await asyncpg.connect(one)
    await connection.execute("INSERT INTO fruit VALUES ('plum')")
    await connection.close()
    assert await names(one) == ["plum"]
    assert await names(two) == []


async def test_a_template_is_built_once(database_factory):
    calls = []

    def build_slowly(url):
        asyncio.run(build(url))
        calls.append(url)

    await asyncio.gather(*(database_factory.clone("once", build_slowly) for _ in range(4)))
    assert len(calls) == 1


async def test_a_clone_takes_a_blink(database_factory):
    await database_factory.clone("fruit", build)
    started = time.perf_counter()
    for _ in range(5):
        await database_factory.clone("fruit", build)
    assert (time.perf_counter() - started) / 5 < 2


async def test_two_tests_may_use_the_same_stream_name(nats, fresh_nats):
    for url in (nats, fresh_nats):
        connection = await nats_client.connect(url)
        streams = connection.jetstream()
        await streams.add_stream(name="FRUIT", subjects=["fruit.>"])
        assert (await streams.publish("fruit.plum", b"1")).seq == 1
        await connection.close()
