"""What a consumer never received is found by comparing both sides, fetched from its producer and applied."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from crm.customers.v1.customers_events_pb2 import CustomerCreated
from crm.leads.v1.leads_events_pb2 import LeadClaimed
from crm.ops.v1 import event_service_pb2 as pb
from sqlalchemy import text

from crm_kit import digests, outbox
from crm_kit.accounting import Accounting, Page
from crm_kit.call import Call
from crm_kit.consumer import Mode
from crm_kit.errors import Unavailable
from crm_kit.event_log import EventService
from crm_kit.intake import Intake


@pytest.fixture
def accounting(db):
    """Of a consumer, asking the producer's own event log; events count as settled at once."""
    log = EventService()

    async def list_digests(_domain, types, start):
        end = datetime.now(UTC) + timedelta(seconds=1)
        return await digests.of_outbox(db, types, start, end), end

    async def list_page(_domain, token):
        call = Call.for_work(db, kind="service", name="test")
        answer = await log.ListEvents(pb.ListEventsRequest(page_token=token, page_size=3), call)
        return Page(answer.events, answer.next_page_token)

    return lambda consumer: Accounting(Intake(consumer, db), db, list_digests, list_page)


@pytest.mark.parametrize("mode", Mode)
async def test_events_that_never_arrived_are_applied_once_and_in_order(
    db, announce, make_consumer, accounting, effects, mode
) -> None:
    leads = [uuid4() for _ in range(4)]
    for _ in range(3):
        await announce(leads)
    accounts = accounting(make_consumer(mode))
    assert await accounts.check() == 12
    assert await accounts.check() == 0
    await effects.are_once_and_in_order(announce.seqs)


async def test_items_of_a_batch_are_accounted_for_one_by_one(db, make_consumer, accounting, effects) -> None:
    message = LeadClaimed()
    items = [outbox.BatchItem(uuid4(), 1, message) for _ in range(7)]
    async with db.session() as session:
        entries = outbox.entries_for_batch("lead", items, occur_time=datetime.now(UTC), actor="user:test")
        await outbox.write(session, entries)
        await session.commit()
    accounts = accounting(make_consumer())
    assert await accounts.check() == 7
    assert await accounts.check() == 0
    assert len(await effects.rows()) == 7


async def test_a_single_missing_event_among_many_is_found(db, announce, make_consumer, accounting, effects) -> None:
    leads = [uuid4() for _ in range(5)]
    await announce(leads)
    consumer = make_consumer()
    accounts = accounting(consumer)
    await accounts.check()
    forget = (
        text("DELETE FROM inbox WHERE aggregate_id = :lead"),
        text("DELETE FROM inbox_cursor WHERE aggregate_id = :lead"),
        text("DELETE FROM effect WHERE aggregate_id = :lead"),
    )
    async with db.connect() as connection:
        for statement in forget:
            await connection.execute(statement, {"lead": leads[2]})
    assert await accounts.check() == 1
    await effects.are_once_and_in_order(announce.seqs)


async def test_a_producer_that_is_away_does_not_keep_the_others_from_being_compared(
    db, announce, make_consumer, accounting, effects, monkeypatch
) -> None:
    await announce([uuid4()])
    consumer = make_consumer()

    @consumer.on(CustomerCreated)
    async def nothing(_tx, _events) -> None: ...

    accounts = accounting(consumer)
    list_digests = accounts._list_digests

    async def one_is_away(domain, types, start):
        if domain == "customers":
            raise Unavailable
        return await list_digests(domain, types, start)

    monkeypatch.setattr(accounts, "_list_digests", one_is_away)
    assert await accounts.check() == 1
    await effects.are_once_and_in_order(announce.seqs)
