"""Brokers that forget, relays that freeze, databases that go away: everything still arrives once and in order."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from crm_kit.consumer import Subscription
from crm_kit.reconciler import Republisher
from crm_kit.relay import Relay
from crm_kit.stream import Broker
from crm_kit.testing.processes import free_port
from crm_kit.testing.servers import NatsServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    made = NatsServer(tmp_path / "nats", port=free_port())
    made.store.mkdir()
    made.start(tmp_path / "nats.log")
    yield made
    made.stop()


@pytest.fixture
async def own_broker(server: NatsServer):
    made = Broker(server.url(), name="test", on_closed=lambda: None)
    assert await made.ready(asyncio.Event())
    yield made
    await made.close()


def kill(server: NatsServer) -> None:
    server.child.process.kill()
    server.child.process.wait()


def lose_tail(server: NatsServer, backup: Path, log: Path) -> None:
    """What a power loss does to a broker that does not flush: it comes back as it was some time ago."""
    kill(server)
    shutil.rmtree(server.store)
    shutil.copytree(backup, server.store)
    server.start(log)


async def test_what_the_broker_lost_is_announced_again_and_applied_once(
    db, server, own_broker, announce, make_consumer, effects, run, tmp_path
) -> None:
    leads = [uuid4() for _ in range(5)]
    relay = Relay(db, own_broker, "leads")
    for _ in range(4):
        await announce(leads)
    while await relay.publish_some():
        pass
    server.stop()
    shutil.copytree(server.store, tmp_path / "backup")
    server.start(tmp_path / "nats.log")
    async with run(relay.run):
        for _ in range(4):
            await announce(leads)
        await effects.until_true("SELECT count(*) = 0 FROM outbox WHERE published_at IS NULL")
        # Nobody has consumed yet: the second half exists only in the stream, and is lost with it.
        lose_tail(server, tmp_path / "backup", tmp_path / "nats.log")
        await announce(leads)
        async with run(Subscription(make_consumer(), db, own_broker).run):
            await effects.until(45, seconds=30)
    await effects.are_once_and_in_order(announce.seqs)
    assert (await effects.rows("SELECT count(*) > 0 FROM outbox WHERE replays > 0")) == [(True,)]


async def test_an_emptied_broker_is_rebuilt_from_the_outbox(
    db, server, own_broker, announce, make_consumer, effects, run, tmp_path
) -> None:
    leads = [uuid4() for _ in range(5)]
    relay, consumer = Relay(db, own_broker, "leads"), make_consumer()
    async with run(relay.run, Subscription(consumer, db, own_broker).run):
        await announce(leads)
        await effects.until(5)
        kill(server)
        shutil.rmtree(server.store)
        server.store.mkdir()
        await announce(leads)
        server.start(tmp_path / "nats.log")
        await effects.until(10, seconds=30)
        await announce(leads)
        await effects.until(15)
    await effects.are_once_and_in_order(announce.seqs)
    held = (await own_broker.js.stream_info("leads")).state
    assert held.messages == 15


async def test_a_stream_overtaken_after_its_loss_is_still_repaired(db, server, own_broker, announce, tmp_path) -> None:
    leads = [uuid4() for _ in range(4)]
    relay = Relay(db, own_broker, "leads")
    await announce(leads)
    await relay.publish_some()
    await own_broker.js.delete_stream("leads")
    # New events take the sequence numbers of the lost ones before anybody has looked.
    relay = Relay(db, own_broker, "leads")
    await announce(leads)
    await announce(leads)
    while await relay.publish_some():
        pass
    republisher = Republisher(db, own_broker, "leads", asyncio.Event())
    assert await republisher.incomplete()
    assert await republisher.republish() == 4
    await relay.publish_some()
    assert not await republisher.incomplete()
    assert await republisher.republish() == 0


async def test_a_complete_stream_is_left_alone(db, relay, broker, announce) -> None:
    republisher = Republisher(db, broker, "leads", asyncio.Event())
    assert not await republisher.incomplete()
    await announce([uuid4() for _ in range(20)])
    await relay.publish_some()
    assert not await republisher.incomplete()
    assert await republisher.republish() == 0


async def test_a_frozen_relay_loses_its_shards_and_its_late_sends_do_no_harm(
    db, broker, announce, make_consumer, subscribe, effects, run, monkeypatch
) -> None:
    lead = uuid4()
    frozen, thaw = asyncio.Event(), asyncio.Event()
    slow = Relay(db, broker, "leads")
    send = slow._send

    async def send_late(row):
        future = await send(row)
        if row.event_seq == 2:
            frozen.set()
            await thaw.wait()
        return future

    monkeypatch.setattr(slow, "_send", send_late)
    for _ in range(4):
        await announce([lead])
    async with run(subscribe(make_consumer()).run):
        stuck = asyncio.create_task(slow.publish_some())
        await frozen.wait()
        # PostgreSQL ends the idle transaction after 5 s; the shard is free for another relay.
        async with run(Relay(db, broker, "leads").run):
            await effects.until_true("SELECT count(*) = 4 FROM effect")
            thaw.set()
            with pytest.raises(Exception, match=r"(?i)idle|clos|terminat"):
                await stuck
            await announce([lead])
            await effects.until(5)
    await effects.are_once_and_in_order(announce.seqs)


async def test_requests_go_on_while_the_broker_is_down_and_the_lag_drains(
    db, server, own_broker, announce, make_consumer, effects, run, tmp_path
) -> None:
    leads = [uuid4() for _ in range(20)]
    async with run(Relay(db, own_broker, "leads").run, Subscription(make_consumer(), db, own_broker).run):
        await announce(leads)
        await effects.until(20)
        for _ in range(3):
            kill(server)
            await announce(leads)
            await announce(leads)
            await asyncio.sleep(0.3)
            server.start(tmp_path / "nats.log")
            await announce(leads)
        await effects.until(200, seconds=30)
    await effects.are_once_and_in_order(announce.seqs)


async def test_a_broker_that_is_not_there_yet_is_waited_for(
    db, announce, make_consumer, effects, run, tmp_path
) -> None:
    server = NatsServer(tmp_path / "nats", port=free_port())
    late = Broker(server.url(), name="test", on_closed=lambda: None)
    try:
        async with run(Relay(db, late, "leads").run, Subscription(make_consumer(), db, late).run):
            await announce([uuid4()])
            await asyncio.sleep(0.5)
            server.store.mkdir()
            server.start(tmp_path / "nats.log")
            await effects.until(1)
    finally:
        await late.close()
        server.stop()


async def test_lost_database_connections_lose_and_double_nothing(
    db, broker, announce, make_consumer, subscribe, effects, run, database_factory
) -> None:
    leads = [uuid4() for _ in range(30)]
    consumer = make_consumer()
    async with run(Relay(db, broker, "leads").run, subscribe(consumer).run, subscribe(consumer).run):
        for _ in range(6):
            await announce(leads)
            await asyncio.sleep(0.05)
            async with db.connect() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            await asyncio.sleep(0.1)
        await effects.until(180, seconds=30)
    await effects.are_once_and_in_order(announce.seqs)
