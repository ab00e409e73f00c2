"""Rebuilding all facts from what the services announced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
import pytest_asyncio
from crm.identity.v1 import identity_events_pb2 as identity
from crm.identity.v1.user_pb2 import User
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.ops.v1 import event_service_pb2 as ops
from crm.reporting.v1 import report_pb2
from crm.reporting.v1 import report_service_pb2 as pb
from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.opportunity_pb2 import Opportunity
from sqlalchemy import select, text

from crm_kit import migrations
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.envelope import Envelope, domain_of
from crm_kit.keys import Keys
from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.rpc.server import OPTIONS, Endpoints
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import PEERS, RunningService, running, somebody
from crm_reporting.domain.deal_facts import pipeline_rollup
from crm_reporting.domain.projection import PROJECTION
from crm_reporting.domain.record import Record
from crm_reporting.service import service

from .chronicle import HQ, SERVICE, History, at, cny

PRODUCERS = [peer for peer in PEERS if peer not in {"gateway", "reporting"}]
PAGE = 3
LATE = "announced behind the page"
"""Marks events that were committed after the page they belong on had been read: only their own history shows them."""


@dataclass
class Producer:
    """A service as seen from here: it lists what it announced, a few events a page."""

    name: str
    events: list[Envelope] = field(default_factory=list)

    async def ListEvents(self, request: ops.ListEventsRequest, _call: Call) -> ops.ListEventsResponse:
        mine = [event for event in self.events if domain_of(event.event_type).replace("_", "-") == self.name]
        if not request.aggregate_id:
            mine = [event for event in mine if event.traceparent != LATE]
        else:
            mine = [e for e in mine if str(e.aggregate_id) == request.aggregate_id and e.event_seq > request.after_seq]
        start = int(request.page_token or 0)
        answer = ops.ListEventsResponse(events=[listed(event) for event in mine[start : start + PAGE]])
        if start + PAGE < len(mine):
            answer.next_page_token = str(start + PAGE)
        return answer

    async def DigestEvents(self, _request: ops.DigestEventsRequest, _call: Call) -> ops.DigestEventsResponse:
        return ops.DigestEventsResponse()

    async def ListChanges(self, _request: ops.ListChangesRequest, _call: Call) -> ops.ListChangesResponse:
        return ops.ListChangesResponse()


def listed(event: Envelope) -> ops.Event:
    made = ops.Event(
        event_id=str(event.event_id),
        event_type=event.event_type,
        aggregate_type=event.aggregate_type,
        aggregate_id=str(event.aggregate_id),
        event_seq=event.event_seq,
        payload=event.payload,
    )
    made.occur_time.FromDatetime(event.occur_time)
    return made


@pytest_asyncio.fixture
async def announced() -> list[Envelope]:
    """What the producers hold; a test fills it."""
    return []


@pytest_asyncio.fixture
async def reporting(
    database_factory: DatabaseFactory, tmp_path: Path, announced: list[Envelope]
) -> AsyncIterator[RunningService]:
    keys_dir = tmp_path / "keys"
    Keys.generate(keys_dir, list(PEERS))
    async with AsyncExitStack() as producers:
        peers = {
            name: await producers.enter_async_context(listening(Producer(name, announced), keys_dir))
            for name in PRODUCERS
        }
        async with running(service, database_factory, keys_dir, peers=peers) as made:
            yield made


@asynccontextmanager
async def listening(producer: Producer, keys_dir: Path) -> AsyncIterator[str]:
    keys: Any = Keys.load(keys_dir, producer.name)
    never_asked = Database("postgresql://127.0.0.1/none")
    server = grpc.aio.server(options=OPTIONS)
    Endpoints(db=never_asked, keys=keys, servicers={"crm.ops.v1.EventService": producer}).register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(0)


def a_history() -> History:
    history = History()
    for number in range(5):
        lead = Lead(id=str(uuid4()), state=Lead.POOLED, source="web", unit_path="/hq/")
        history.add("lead", UUID(lead.id), "2026-03-02 08:00", leads.LeadCaptured(lead=lead))
        lead.state = Lead.QUALIFIED
        history.add("lead", UUID(lead.id), "2026-03-03 08:00", leads.LeadQualified(lead=lead))
        deal = Opportunity(id=str(uuid4()), state=Opportunity.OPEN, stage="proposal", unit_path="/hq/")
        deal.amount.CopyFrom(cny(f"{number}00.50"))
        history.add("opportunity", UUID(deal.id), "2026-03-04 08:00", sales.OpportunityCreated(opportunity=deal))
        deal.state = Opportunity.WON if number % 2 else Opportunity.OPEN
        history.add("opportunity", UUID(deal.id), "2026-03-05 08:00", sales.OpportunityUpdated(opportunity=deal))
        history.add("quote", uuid4(), "2026-03-05 08:00", sales.QuoteSent())
    user = User(id=str(uuid4()), display_name="王", unit_path="/hq/")
    history.add("user", UUID(user.id), "2026-01-01 08:00", identity.UserCreated(user=user))
    return history


async def rebuild(reporting: RunningService) -> report_pb2.Rebuild:
    asked = await reporting.call(f"{SERVICE}/RebuildProjections", pb.RebuildProjectionsRequest(), HQ)
    assert asked.state == report_pb2.Rebuild.QUEUED
    jobs: Any = reporting.parts.jobs
    ((row, lease),) = await jobs.take(1)
    await jobs.work_on(row, lease)
    return await reporting.call(f"{SERVICE}/GetRebuild", pb.GetRebuildRequest(id=asked.id), HQ)


async def contents(reporting: RunningService) -> dict[str, list[Any]]:
    found = {}
    async with reporting.db.connect() as connection:
        for table in PROJECTION:
            rows = [tuple(row) for row in await connection.execute(select(table))]
            found[table.name] = sorted((row for row in rows if table is not pipeline_rollup or row[5]), key=str)
    return found


async def test_a_rebuild_gives_the_same_numbers(reporting: RunningService, announced: list[Envelope]) -> None:
    history = a_history()
    announced += history.events
    await history.deliver(reporting, seed=3)
    before = await contents(reporting)
    done = await rebuild(reporting)
    assert (done.state, done.error) == (report_pb2.Rebuild.DONE, "")
    assert done.event_count == len(history.events)
    assert await contents(reporting) == before
    assert {count.table: count.after for count in done.tables}["opportunity_fact"] == 5


async def test_a_rebuild_mends_facts_that_were_wrong(reporting: RunningService, announced: list[Envelope]) -> None:
    history = a_history()
    announced += history.events
    await history.deliver(reporting)
    right = await contents(reporting)
    async with reporting.db.connect() as connection:
        await connection.execute(text("UPDATE opportunity_fact SET amount = amount * 2"))
        await connection.execute(text("UPDATE pipeline_rollup SET amount = 7"))
        await connection.execute(text("DELETE FROM lead_fact WHERE state = 'QUALIFIED'"))
    assert await contents(reporting) != right
    assert (await rebuild(reporting)).state == report_pb2.Rebuild.DONE
    assert await contents(reporting) == right


async def test_events_go_on_being_applied_once_after_a_rebuild(
    reporting: RunningService, announced: list[Envelope]
) -> None:
    history = a_history()
    announced += history.events
    await history.deliver(reporting)
    await rebuild(reporting)
    deal = next(event for event in history.events if event.aggregate_type == "opportunity")
    message = sales.OpportunityAmountChanged()
    message.opportunity.CopyFrom(sales.OpportunityCreated.FromString(deal.payload).opportunity)
    message.opportunity.amount.CopyFrom(cny("9000"))
    history.add("opportunity", deal.aggregate_id, "2026-03-09 08:00", message)
    await history.deliver(reporting, seed=8, at_once=50)
    async with reporting.db.connect() as connection:
        total = await connection.execute(text("SELECT sum(amount) FROM opportunity_fact WHERE amount = 9000"))
        rolled = await connection.execute(text("SELECT sum(amount), sum(deal_count) FROM pipeline_rollup"))
        assert total.scalar_one() == 9000
        assert rolled.one() == (9601, 3)


async def test_facts_stay_when_a_service_no_longer_holds_its_first_events(
    reporting: RunningService, announced: list[Envelope]
) -> None:
    history = a_history()
    announced += [e for e in history.events if (e.aggregate_type, e.event_seq) != ("lead", 1)]
    await history.deliver(reporting)
    before = await contents(reporting)
    refused = await rebuild(reporting)
    assert refused.state == report_pb2.Rebuild.REFUSED
    assert "no longer hold their first events" in refused.error
    assert await contents(reporting) == before


async def test_events_applied_during_the_replay_are_caught_up(
    reporting: RunningService, announced: list[Envelope]
) -> None:
    history = a_history()
    await history.deliver(reporting)
    announced += [replace(e, traceparent=LATE) if e.event_seq == 2 else e for e in history.events]
    before = await contents(reporting)
    assert (await rebuild(reporting)).state == report_pb2.Rebuild.DONE
    assert await contents(reporting) == before


async def test_a_rebuild_while_events_are_applied_loses_none_and_doubles_none(
    reporting: RunningService, announced: list[Envelope]
) -> None:
    history = a_history()
    announced += history.events
    await history.deliver(reporting)
    expected = await contents(reporting)
    more = a_history()
    announced += more.events
    done, _ = await asyncio.gather(rebuild(reporting), more.deliver(reporting, seed=2))
    assert done.state == report_pb2.Rebuild.DONE
    found = await contents(reporting)
    assert len(found["lead_fact"]) == len(found["opportunity_fact"]) == 10
    assert [row for row in found["opportunity_version"] if row in expected["opportunity_version"]] == expected[
        "opportunity_version"
    ]
    async with reporting.db.connect() as connection:
        rolled = await connection.execute(text("SELECT sum(amount), sum(deal_count) FROM pipeline_rollup"))
        applied = await connection.execute(text("SELECT sum(applied_seq) FROM source_position"))
        assert rolled.one() == (1203, 6)
        assert applied.scalar_one() == len(announced)


async def test_the_schema_is_the_migrated_one_after_a_rebuild(
    reporting: RunningService, announced: list[Envelope]
) -> None:
    history = a_history()
    announced += history.events
    await history.deliver(reporting)
    for _ in range(2):
        assert (await rebuild(reporting)).state == report_pb2.Rebuild.DONE
    url = reporting.db.engine.url.render_as_string(hide_password=False)
    assert await asyncio.to_thread(migrations.differences, url, Record.metadata) == []


async def test_only_who_sees_everything_may_rebuild_and_one_at_a_time(reporting: RunningService) -> None:
    dealer = somebody(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    with pytest.raises(RemoteError) as refused:
        await reporting.call(f"{SERVICE}/RebuildProjections", pb.RebuildProjectionsRequest(), dealer)
    assert refused.value.reason == "PERMISSION_DENIED"
    first, second = [
        await reporting.call(f"{SERVICE}/RebuildProjections", pb.RebuildProjectionsRequest(), HQ) for _ in range(2)
    ]
    assert first.id == second.id


async def test_freshness_is_the_latest_event_of_each_source(reporting: RunningService) -> None:
    await a_history().deliver(reporting)
    request = pb.RunReportRequest(name="campaign_roi")
    answer = await reporting.call(f"{SERVICE}/RunReport", request, HQ)
    shown = {source.service: source.fresh_as_of.ToDatetime() for source in answer.sources}
    assert shown["sales"] == at("2026-03-05 08:00").replace(tzinfo=None)
    assert answer.fresh_as_of.ToDatetime() == at("2026-03-03 08:00").replace(tzinfo=None)
