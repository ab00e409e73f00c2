"""Territories, from the plan to whom it opens customers and deals, across the services that have a part in it."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from crm.customers.v1 import customer_service_pb2 as customer_pb
from crm.customers.v1 import customers_events_pb2 as customer_events
from crm.customers.v1 import territory_alignment_service_pb2 as alignment_pb
from crm.customers.v1.customer_pb2 import Customer as CustomerMessage
from crm.customers.v1.territory_alignment_pb2 import TerritoryAlignment
from crm.identity.v1 import identity_events_pb2 as identity_events
from crm.identity.v1 import territory_model_service_pb2 as model_pb
from crm.identity.v1 import territory_service_pb2 as territory_pb
from crm.identity.v1.territory_pb2 import Territory
from crm.ops.v1 import record_access_service_pb2 as access_pb
from crm.ops.v1 import share_service_pb2 as share_pb
from crm.sales.v1 import opportunity_service_pb2 as deal_pb

from crm_customers.domain.territories import ASKED
from crm_customers.service import service as customers_service
from crm_identity.queries.territory_rules import FIELDS
from crm_kit.principal import Scope
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import somebody
from crm_sales.service import service as sales_service

from .market import CUSTOMERS, SALES, Market, refused, rows, work
from .moving import enterprise


@pytest_asyncio.fixture
async def market(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Market]:
    async with enterprise(database_factory, tmp_path / "keys", customers_service, sales_service) as house:
        yield Market(house)


def test_identity_accepts_exactly_the_rules_that_customers_can_be_asked() -> None:
    told = {name: (field.type, field.multi, set(field.enum)) for name, field in FIELDS.items()}
    assert told == {name: (field.type, field.multi, set(field.enum)) for name, field in ASKED.items()}


async def test_activation_puts_exactly_those_of_5000_customers_where_the_rules_say_and_again_changes_nothing(
    market: Market,
) -> None:
    await market.grow(5_000)
    await market.activate(await market.plan())
    codes = await market.codes()
    assert len(codes) == 5_000
    assert [id for id, (lies, should) in codes.items() if lies != should] == []
    before = await rows(market.customers, "SELECT id, event_seq, territory_ids FROM customer ORDER BY id")
    shares = await rows(market.customers, "SELECT id FROM record_share ORDER BY id")
    told = len(await rows(market.customers, "SELECT 1 FROM outbox"))
    again = await market.align(TerritoryAlignment.RUN)
    assert (again.state, again.customer_count) == (TerritoryAlignment.DONE, 5_000)
    assert [(part.moved_in, part.moved_out) for part in again.parts] == [(0, 0)] * 4
    assert await rows(market.customers, "SELECT id, event_seq, territory_ids FROM customer ORDER BY id") == before
    assert await rows(market.customers, "SELECT id FROM record_share ORDER BY id") == shares
    assert len(await rows(market.customers, "SELECT 1 FROM outbox")) == told


async def test_a_preview_counts_what_a_plan_would_move_and_moves_nobody(market: Market) -> None:
    await market.grow(600)
    model = await market.plan()
    await market.house.tell()
    found = await market.align(TerritoryAlignment.PREVIEW, model.id)
    should = [code for _, codes in (await market.codes()).values() for code in codes]
    counts = {part.territory_code: (part.moved_in, part.moved_out, part.unchanged) for part in found.parts}
    assert counts == {code: (should.count(code), 0, 0) for code in set(should)}
    assert {part.territory_name for part in found.parts} == {"华北", "华东", "华南", "华东大客户"}
    assert len(found.sample) == 50
    assert all(lies == [] for lies, _ in (await market.codes()).values())
    await market.activate(model)
    copied = model_pb.CopyTerritoryModelRequest(id=model.id, name="2027")
    copy = await market.ask("TerritoryModelService/CopyTerritoryModel", copied)
    page = await market.ask(
        "TerritoryService/ListTerritories", territory_pb.ListTerritoriesRequest(filter=f'model_id = "{copy.id}"')
    )
    south = next(one for one in page.territories if one.code == "south")
    changed = Territory(id=south.id, rule='province = ("广东" OR "四川")')
    request = territory_pb.UpdateTerritoryRequest(territory=changed, update_mask={"paths": ["rule"]})
    await market.ask("TerritoryService/UpdateTerritory", request)
    await market.house.tell()
    [moved] = [
        part
        for part in (await market.align(TerritoryAlignment.PREVIEW, copy.id)).parts
        if part.moved_in or part.moved_out
    ]
    sichuan = (await rows(market.customers, "SELECT count(*) FROM customer WHERE province = '四川'"))[0][0]
    assert (moved.territory_code, moved.moved_in, moved.unchanged) == ("south", sichuan, should.count("south"))


async def test_who_sits_in_a_territory_reaches_its_customers_and_who_sits_above_reaches_all_below(
    market: Market,
) -> None:
    writer, reader, head = [await market.member(login) for login in ("wang", "li", "zhao")]
    east = {"writer_ids": [writer], "reader_ids": [reader]}
    model = await market.plan(east=east, china={"writer_ids": [head]})
    await market.grow(60)
    assert await market.customers_of(await market.who("wang")) == []
    await market.activate(model)
    should = [codes for _, codes in (await market.codes()).values()]
    theirs = await market.customers_of(await market.who("wang"))
    assert len(theirs) == sum("east" in codes for codes in should) > 0
    assert {one.province for one in theirs} == {"上海", "江苏", "浙江"}
    assert len(await market.customers_of(await market.who("zhao"))) == sum(bool(codes) for codes in should)
    assert len(await market.customers_of(await market.who("li"))) == len(theirs)
    assert (await market.rename(await market.who("wang"), theirs[0].id)).remark == "looked at"
    assert await refused(market.rename(await market.who("li"), theirs[0].id)) == "READ_ONLY"


async def test_the_end_of_a_model_ends_what_it_opened_at_the_next_statement_about_a_caller(market: Market) -> None:
    model = await market.plan(east={"writer_ids": [await market.member("wang")]})
    await market.grow(60)
    await market.activate(model)
    token = await market.house.sign_in("wang")
    assert await market.customers_of(await market.house.who(token))
    changed = len(await market.identity.announced(identity_events.AccessChanged))
    await market.archive(model)
    # Gateways and services refuse older statements at once: test_revocation measures how soon.
    told = (await market.identity.announced(identity_events.AccessChanged))[changed:]
    assert [one.message.everybody for one in told] == [True]
    assert await market.customers_of(await market.house.who(token)) == []
    await market.settle()
    assert await rows(market.customers, "SELECT 1 FROM customer WHERE territory_ids <> '{}'") == []
    assert await rows(market.customers, "SELECT 1 FROM record_share") == []


async def test_a_member_who_leaves_a_territory_loses_its_customers_and_one_who_joins_gains_them(market: Market) -> None:
    old, new = await market.member("wang"), await market.member("li")
    await market.grow(60)
    await market.activate(await market.plan(east={"writer_ids": [old]}))
    token = await market.house.sign_in("li")
    request = territory_pb.UpdateTerritoryRequest(
        territory=Territory(id=market.ids["east"], writer_ids=[new]), update_mask={"paths": ["writer_ids"]}
    )
    await market.ask("TerritoryService/UpdateTerritory", request)
    told = (await market.identity.announced(identity_events.AccessChanged))[-1].message
    assert set(told.ids) == {old, new}
    assert await market.customers_of(await market.who("wang")) == []
    assert await market.customers_of(await market.house.who(token))
    await market.house.tell()
    assert await work(market.customers) == 0


async def test_a_customer_that_is_made_or_changed_lies_where_the_rules_say(market: Market) -> None:
    await market.activate(await market.plan())
    made = await market.create(somebody(), province="上海", kind="vip")
    await market.settle()
    assert (await market.codes())[UUID(made.id)][0] == ["east-vip", "east"]
    changed = CustomerMessage(id=made.id, province="北京")
    request = customer_pb.UpdateCustomerRequest(customer=changed, update_mask={"paths": ["province"]})
    await market.customers.call(f"{CUSTOMERS}.CustomerService/UpdateCustomer", request, somebody())
    await market.settle()
    assert (await market.codes())[UUID(made.id)][0] == ["north"]
    told = await market.customers.announced(customer_events.CustomerTerritoriesChanged)
    assert told == []  # of many at once, which are told in batches
    kinds = await rows(market.customers, "SELECT event_type FROM outbox ORDER BY event_id")
    assert [row[0].rpartition(".")[2] for row in kinds].count("CustomerTerritoriesChanged") == 2


async def test_what_a_person_assigned_stays_and_an_excluded_customer_is_left_alone_by_rules(market: Market) -> None:
    await market.activate(await market.plan())
    made = await market.create(somebody(), province="上海")
    assert list((await market.assign(made.id, "south")).territory_ids) == [market.ids["east"], market.ids["south"]]
    alone = await market.assign(made.id, "south", excluded=True)
    assert list(alone.territory_ids) == [market.ids["south"]]
    await market.settle()
    await market.align(TerritoryAlignment.RUN)
    assert (await market.codes())[UUID(made.id)][0] == ["south"]
    assert await refused(market.assign(made.id, "mars")) == "INVALID_ARGUMENT"
    assert list((await market.assign(made.id)).territory_ids) == [market.ids["east"]]


async def test_a_deal_counts_to_the_first_territory_of_its_customer_unless_somebody_gave_it_one(market: Market) -> None:
    head = await market.member("zhao")
    await market.activate(await market.plan(china={"writer_ids": [head]}))
    made = await market.create(somebody(), province="上海", kind="vip")
    early = await market.deal(made.id)
    assert early.territory_id == ""
    await market.settle()
    assert (await market.deal_now(early.id)).territory_id == market.ids["east-vip"]
    late = await market.deal(made.id)
    assert late.territory_id == market.ids["east-vip"]
    assert (await market.deal_now(late.id, await market.who("zhao"))).id == late.id
    request = deal_pb.AssignOpportunityTerritoryRequest(id=late.id, territory_code="south")
    assert (await market.sales.call(f"{SALES}/AssignOpportunityTerritory", request, somebody())).territory_id == (
        market.ids["south"]
    )
    await market.assign(made.id, "north", excluded=True)
    await market.settle()
    assert (await market.deal_now(early.id)).territory_id == market.ids["north"]
    assert (await market.deal_now(late.id)).territory_id == market.ids["south"]
    request = deal_pb.AssignOpportunityTerritoryRequest(id=late.id, territory_code="")
    back = await market.sales.call(f"{SALES}/AssignOpportunityTerritory", request, somebody())
    assert back.territory_id == market.ids["north"]


async def test_a_model_that_takes_the_place_of_another_carries_on_what_was_assigned_by_hand(market: Market) -> None:
    model = await market.plan(south={"writer_ids": [await market.member("wang")]})
    await market.activate(model)
    made = await market.create(somebody(), province="四川")
    await market.assign(made.id, "south")
    await market.settle()
    deal = await market.deal(made.id)
    request = model_pb.CopyTerritoryModelRequest(id=model.id, name="2027")
    copy = await market.ask("TerritoryModelService/CopyTerritoryModel", request)
    await market.activate(copy)
    request = territory_pb.ListTerritoriesRequest(filter=f'model_id = "{copy.id}" AND code = "south"')
    [south] = (await market.ask("TerritoryService/ListTerritories", request)).territories
    assert south.id != market.ids["south"]
    assert (await market.deal_now(deal.id, await market.who("wang"))).territory_id == south.id
    assert [one.id for one in await market.customers_of(await market.who("wang"))] == [made.id]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "It lies in the territory 华东: whoever sits there reaches it as far as their rights go"),
        ("zh-CN", "位于销售区域 华东：该区域成员在各自权限内可访问"),
    ],
)
async def test_who_asks_why_a_record_is_seen_is_told_of_the_territory(market: Market, language: str, said: str) -> None:
    await market.activate(await market.plan())
    made = await market.create(somebody(), province="上海")
    await market.settle()
    request = access_pb.ExplainRecordAccessRequest(service="customers", resource="customer", record_id=made.id)
    told = await market.customers.call(
        "crm.ops.v1.RecordAccessService/ExplainRecordAccess", request, somebody(language=language)
    )
    assert said in {reason.text for reason in told.shares if reason.kind == "territory"}
    shares = share_pb.ListSharesRequest(service="customers", resource="customer", record_id=made.id)
    listed = await market.customers.call("crm.ops.v1.ShareService/ListShares", shares, somebody())
    east = next(share for share in listed.shares if share.grantee == market.ids["east"])
    assert east.grantee_kind == share_pb.Share.TERRITORY
    ending = share_pb.DeleteShareRequest(service="customers", id=east.id)
    assert await refused(market.customers.call("crm.ops.v1.ShareService/DeleteShare", ending, somebody())) == (
        "SHARE_FOLLOWS_TERRITORY"
    )


async def test_who_does_not_see_all_customers_asks_for_no_alignment(market: Market) -> None:
    manager = somebody(scope=Scope.SUBTREE)
    request = alignment_pb.CreateTerritoryAlignmentRequest(territory_alignment={"kind": TerritoryAlignment.RUN})
    path = f"{CUSTOMERS}.TerritoryAlignmentService/CreateTerritoryAlignment"
    assert await refused(market.customers.call(path, request, manager)) == "PERMISSION_DENIED"
    assert await refused(market.customers.call(path, request, somebody())) == "NO_MODEL_IN_FORCE"
