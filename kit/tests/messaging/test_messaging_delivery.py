"""From the outbox of one service to the database of another: nothing lost, nothing twice, everything in order."""

from uuid import uuid4

from crm_kit.relay import Relay


async def test_an_announced_event_takes_effect_once(
    db, relay, announce, make_consumer, subscribe, effects, run
) -> None:
    lead = uuid4()
    async with run(relay.run, subscribe(make_consumer()).run):
        await announce([lead])
        rows = await effects.until(1)
    assert [(row.aggregate_id, row.event_seq) for row in rows] == [(lead, 1)]
    marked = await effects.rows("SELECT published_at IS NOT NULL, stream_seq FROM outbox")
    assert marked == [(True, 1)]


async def test_two_relays_keep_the_order_of_every_aggregate(
    db, broker, announce, make_consumer, subscribe, effects, run
) -> None:
    leads = [uuid4() for _ in range(10)]
    first, second = Relay(db, broker, "leads"), Relay(db, broker, "leads")
    async with run(first.run, second.run, subscribe(make_consumer()).run):
        for _ in range(20):
            await announce(leads)
        await effects.until(200)
    await effects.are_once_and_in_order(announce.seqs)
    seqs = await effects.rows("SELECT aggregate_id, stream_seq FROM outbox ORDER BY aggregate_id, event_seq")
    assert seqs == sorted(seqs)
