"""What is written into the outbox, how it travels, and how it can be read again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from crm.leads.v1.leads_events_pb2 import LeadClaimed, LeadReleased
from crm.ops.v1 import event_service_pb2 as pb
from crm.type.v1.event_batch_pb2 import EventBatch
from sqlalchemy import text

from crm_kit import outbox
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, NotFound, PermissionDenied
from crm_kit.event_log import EventService
from crm_kit.principal import Principal, Scope
from crm_kit.reconciler import GapFiller, envelope_of_log

ORIGIN = {"occur_time": datetime.now(UTC), "actor": "job:import"}


def claimed(lead: UUID, name: str = "") -> LeadClaimed:
    message = LeadClaimed()
    message.lead.id, message.lead.name = str(lead), name
    return message


async def write(db, entries) -> None:
    async with db.session() as session:
        await outbox.write(session, entries)
        await session.commit()
    db.after_commit.set()


def test_a_batch_holds_at_most_400_events_of_one_type_and_unit() -> None:
    items = [(uuid4(), 1, claimed(uuid4())) for _ in range(900)]
    items += [
        outbox.BatchItem(uuid4(), 2, LeadReleased(), "/hq/d1/"),
        outbox.BatchItem(uuid4(), 2, LeadReleased(), "/hq/"),
    ]
    entries = outbox.entries_for_batch("lead", items, **ORIGIN)
    assert [(e.event_type.rsplit(".", 1)[-1], e.unit_path, len(e.item_ids)) for e in entries] == [
        ("LeadClaimed", "", 400), ("LeadClaimed", "", 400), ("LeadClaimed", "", 100),
        ("LeadReleased", "/hq/", 1), ("LeadReleased", "/hq/d1/", 1),
    ]  # fmt: skip


def test_a_batch_of_large_events_stays_below_200_kib() -> None:
    entries = outbox.entries_for_batch(
        "lead", [(uuid4(), 1, claimed(uuid4(), "x" * 9_000)) for _ in range(100)], **ORIGIN
    )
    assert all(len(entry.payload) <= outbox.BATCH_BYTES for entry in entries)
    assert sum(len(EventBatch.FromString(entry.payload).items) for entry in entries) == 100


def test_a_record_too_large_for_any_stream_is_refused_with_the_change() -> None:
    with pytest.raises(outbox.EventTooLarge) as refused:
        outbox.entry(
            aggregate_type="lead", aggregate_id=uuid4(), event_seq=1, message=claimed(uuid4(), "x" * 300_000), **ORIGIN
        )
    assert "245760" in refused.value.text("zh-CN")


def test_every_aggregate_has_one_of_64_shards_for_ever() -> None:
    assert outbox.shard_of(UUID("0195c0de-0000-7000-8000-0000000000ff")) == 63
    assert {outbox.shard_of(uuid4()) for _ in range(3000)} == set(range(64))


async def test_events_of_a_batch_take_effect_one_by_one_beside_single_ones(
    db, relay, announce, make_consumer, subscribe, effects, run
) -> None:
    leads = [uuid4() for _ in range(450)]
    items = [outbox.BatchItem(lead, 1, claimed(lead), "/hq/d7/") for lead in leads]
    await write(db, outbox.entries_for_batch("lead", items, **ORIGIN))
    announce.seqs.update(dict.fromkeys(leads, 1))
    await announce(leads[:10])
    async with run(relay.run, subscribe(make_consumer()).run):
        await effects.until(460)
    await effects.are_once_and_in_order(announce.seqs)
    notes = await effects.rows("SELECT note, count(*) FROM effect GROUP BY note ORDER BY note")
    assert notes == [("/hq/", 10), ("/hq/d7/", 450)]


async def test_headers_are_cloudevents_in_binary_mode(db, relay, broker, announce) -> None:
    lead = uuid4()
    (entry,) = await announce([lead])
    await relay.publish_some()
    message = await broker.js.get_msg("leads", seq=1)
    assert message.subject == "crm.leads.v1.LeadClaimed"
    expected = {
        "Nats-Msg-Id": str(entry.event_id), "ce-specversion": "1.0", "ce-id": str(entry.event_id),
        "ce-source": "/crm/leads", "ce-type": "crm.leads.v1.LeadClaimed", "ce-subject": str(lead), "ce-seq": "1",
        "ce-aggregatetype": "lead", "ce-unitpath": "/hq/", "ce-actor": "user:test",
    }  # fmt: skip
    assert expected.items() <= message.headers.items()


async def test_old_published_rows_are_pruned_and_unpublished_ones_never(db, announce, relay, effects) -> None:
    await announce([uuid4(), uuid4()])
    await relay.publish_some()
    await announce([uuid4()])
    assert await outbox.prune(db, datetime.now(UTC)) == 0
    assert await outbox.prune(db, datetime.now(UTC) + timedelta(days=31)) == 2
    assert (await effects.rows("SELECT count(*) FROM outbox")) == [(1,)]


@pytest.fixture
def operator(db) -> Call:
    return Call(db=db, principal=Principal(subject="ops", grants=(("ops.*", Scope.ALL),)), permission="ops.event.list")


async def test_a_history_can_be_read_in_order_from_rows_and_batches(db, announce, operator) -> None:
    lead, other = uuid4(), uuid4()
    await announce([lead, other])
    batch = [(lead, 2, claimed(lead)), (other, 2, claimed(other))]
    await write(db, outbox.entries_for_batch("lead", batch, **ORIGIN))
    announce.seqs[lead] = 2
    await announce([lead])
    service, seqs, token = EventService(), [], ""
    while True:
        ask = pb.ListEventsRequest(aggregate_id=str(lead), page_size=2, page_token=token)
        page = await service.ListEvents(ask, operator)
        seqs += [(e.event_seq, e.aggregate_id) for e in page.events]
        token = page.next_page_token
        if not token:
            break
    assert seqs == [(n, str(lead)) for n in (1, 2, 3)]
    later = await service.ListEvents(pb.ListEventsRequest(aggregate_id=str(lead), after_seq=2), operator)
    assert [e.event_seq for e in later.events] == [3]


async def test_all_events_can_be_paged_through_even_inside_a_batch(db, announce, operator) -> None:
    await announce([uuid4(), uuid4()])
    await write(db, outbox.entries_for_batch("lead", [(uuid4(), 1, claimed(uuid4())) for _ in range(5)], **ORIGIN))
    await announce([uuid4()])
    service, ids, token = EventService(), [], ""
    while True:
        page = await service.ListEvents(pb.ListEventsRequest(page_size=3, page_token=token), operator)
        ids += [e.event_id for e in page.events]
        token = page.next_page_token
        if not token:
            break
    assert len(ids) == len(set(ids)) == 8
    with pytest.raises(InvalidArgument):
        await service.ListEvents(pb.ListEventsRequest(page_token="nonsense"), operator)
    dealer = Principal(subject="d", grants=(("ops.*", Scope.SUBTREE),), unit_path="/hq/d1/")
    with pytest.raises(PermissionDenied):
        await service.ListEvents(pb.ListEventsRequest(), operator.as_principal(dealer, "ops.event.list"))


async def test_who_wants_only_what_comes_next_begins_behind_the_newest_event(db, announce, operator) -> None:
    service, lead, other = EventService(), uuid4(), uuid4()

    async def asked(token: str, aggregate: str = "") -> list[tuple[int, str]]:
        ask = pb.ListEventsRequest(aggregate_id=aggregate, page_token=token)
        return [(e.event_seq, e.aggregate_id) for e in (await service.ListEvents(ask, operator)).events]

    async def end(aggregate: str = "") -> str:
        page = await service.ListEvents(pb.ListEventsRequest(aggregate_id=aggregate, from_end=True), operator)
        assert not page.events
        return page.next_page_token

    empty = await end()
    await announce([lead])
    assert await asked(empty) == [(1, str(lead))]
    await write(db, outbox.entries_for_batch("lead", [(lead, 2, claimed(lead)), (other, 1, claimed(other))], **ORIGIN))
    token, of_lead = await end(), await end(str(lead))
    assert await asked(token) == await asked(of_lead, str(lead)) == []
    announce.seqs[lead], announce.seqs[other] = 2, 1
    await announce([lead, other])
    assert await asked(token) == [(3, str(lead)), (2, str(other))]
    assert await asked(of_lead, str(lead)) == [(3, str(lead))]


async def test_changes_of_a_record_are_shown_newest_first_to_who_may_see_it(db, operator) -> None:
    lead = uuid4()
    async with db.connect() as connection:
        await connection.execute(
            text(
                "CREATE TABLE gadget (id uuid, owner_id uuid, unit_path text, pending_operation_id uuid, "
                "delete_time timestamptz)"
            )
        )
        await connection.execute(text("INSERT INTO gadget VALUES (:id, NULL, '/hq/d1/')"), {"id": lead})
        await connection.execute(
            text(
                "INSERT INTO audit_entry (record_type, record_id, action, details, actor, cause_id, time) "
                "SELECT 'gadget', :id, 'update', jsonb_build_object('n', jsonb_build_object('old', n - 1, 'new', n)), "
                "'user:1', '', now() FROM generate_series(1, 3) n"
            ),
            {"id": lead},
        )
    service = EventService()
    ask = pb.ListChangesRequest(record_type="gadget", record_id=str(lead), page_size=2)
    page = await service.ListChanges(ask, operator)
    assert [c.fields["n"]["new"] for c in page.changes] == [3, 2]
    ask.page_token = page.next_page_token
    assert [c.fields["n"]["new"] for c in (await service.ListChanges(ask, operator)).changes] == [1]

    def dealer(path: str) -> Call:
        principal = Principal(subject="d", grants=(("ops.*", Scope.SUBTREE),), unit_path=path)
        return operator.as_principal(principal, "ops.change.list")

    ask.page_token = ""
    assert len((await service.ListChanges(ask, dealer("/hq/d1/"))).changes) == 2
    for hidden, record_type in (
        ("/hq/d2/", "gadget"),
        ("/hq/d1/", "no_such"),
        ("/hq/d1/", 'x"; drop'),
        ("/hq/d1/", "effect"),
    ):
        ask.record_type = record_type
        with pytest.raises(NotFound):
            await service.ListChanges(ask, dealer(hidden))


async def test_a_gap_that_stays_open_is_filled_from_the_producers_history(
    db, announce, relay, make_consumer, subscribe, effects, operator
) -> None:
    lead = uuid4()
    await announce([lead])
    await write(db, outbox.entries_for_batch("lead", [(lead, 2, claimed(lead)), (uuid4(), 1, claimed(lead))], **ORIGIN))
    announce.seqs[lead] = 2
    await announce([lead])
    subscription = subscribe(make_consumer())

    async def list_events(domain: str, aggregate_id: UUID, after: int):
        assert domain == "leads"
        ask = pb.ListEventsRequest(aggregate_id=str(aggregate_id), after_seq=after)
        return (await EventService().ListEvents(ask, operator)).events

    ask = pb.ListEventsRequest(aggregate_id=str(lead), after_seq=2)
    (newest,) = (await EventService().ListEvents(ask, operator)).events
    await subscription.intake.apply([envelope_of_log(newest)])
    filler = GapFiller(subscription.intake, db, list_events)
    assert await filler.fill(datetime.now(UTC) - timedelta(seconds=60)) == 0
    assert await filler.fill(datetime.now(UTC)) == 2
    assert [row.event_seq for row in await effects.rows()] == [1, 2, 3]


async def test_a_consumer_younger_than_the_record_starts_where_the_record_starts(
    db, announce, make_consumer, subscribe, effects, operator
) -> None:
    lead = uuid4()
    announce.seqs[lead] = 41
    await announce([lead])
    await announce([lead])
    subscription = subscribe(make_consumer())

    async def list_events(_domain: str, aggregate_id: UUID, after: int):
        ask = pb.ListEventsRequest(aggregate_id=str(aggregate_id), after_seq=after)
        return (await EventService().ListEvents(ask, operator)).events

    (_, newest) = await list_events("leads", lead, 0)
    await subscription.intake.apply([envelope_of_log(newest)])
    await GapFiller(subscription.intake, db, list_events).fill(datetime.now(UTC))
    assert [row.event_seq for row in await effects.rows()] == [42, 43]
