"""Reports of one's own making: what they count, what they show to whom, and what is refused."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
import pytest_asyncio
from crm.customers.v1 import customers_events_pb2 as customers
from crm.customers.v1.customer_pb2 import Customer
from crm.identity.v1 import identity_events_pb2 as identity
from crm.identity.v1.user_pb2 import User
from crm.reporting.v1 import report_definition_service_pb2 as pb
from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.opportunity_pb2 import Opportunity
from crm.type.v1.money_pb2 import Money
from google.protobuf.descriptor import Descriptor

from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Principal, Restriction, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_reporting.domain.datasets import DATASETS, Dataset
from crm_reporting.domain.reports import SOURCES
from crm_reporting.service import service
from crm_reporting.usecases.ask_dataset import message_of

from .chronicle import HQ, Answer, History, at

OWN = "crm.reporting.v1.ReportDefinitionService"
LI, WANG, CUSTOMER = UUID(int=5), UUID(int=6), UUID(int=9)
EAST = somebody(unit_path="/hq/east/", scope=Scope.SUBTREE)
DEALS = (
    # owner, unit, amount, currency, expected
    (LI, "/hq/east/", "100.10", "CNY", "2026-03-05"),
    (LI, "/hq/east/", "200.20", "CNY", "2026-03-30"),
    (LI, "/hq/east/", "50", "USD", "2026-04-02"),
    (WANG, "/hq/west/", "400", "CNY", "2026-04-10"),
    (WANG, "/hq/west/", None, "", "2026-04-11"),
)


@dataclass
class OwnReports:
    """The service with a few deals in it; ``await own.run(...)`` runs a definition as headquarters unless told otherwise."""

    service: RunningService

    async def run(self, who: Principal = HQ, zone: str = "UTC", **asked: Any) -> Answer:
        request = pb.RunReportDefinitionRequest(
            **{"dataset": "deals", "measures": ["count"], "time_zone": zone, **asked}
        )
        return Answer(await self.service.call(f"{OWN}/RunReportDefinition", request, who))


@pytest_asyncio.fixture(scope="module")
async def own(database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnReports]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        await what_happened().deliver(made)
        yield OwnReports(made)


def what_happened() -> History:
    history = History()
    for owner, unit_path, amount, currency, expected in DEALS:
        deal = Opportunity(
            id=str(uuid4()), state=Opportunity.OPEN, owner_id=str(owner), unit_path=unit_path, probability=50
        )
        deal.expected_close_date, deal.customer_id = expected, str(CUSTOMER)
        deal.create_time.FromDatetime(at("2026-02-28 20:00"))
        if amount:
            deal.amount.CopyFrom(Money(amount=amount, currency=currency))
        history.add("opportunity", UUID(deal.id), "2026-02-28 20:00", sales.OpportunityCreated(opportunity=deal))
    for id, name, unit_path in ((LI, "李娜", "/hq/east/"), (WANG, "王芳", "/hq/west/")):
        user = User(id=str(id), display_name=name, unit_path=unit_path)
        history.add("user", id, "2026-01-01 08:00", identity.UserCreated(user=user))
    customer = Customer(id=str(CUSTOMER), name="黄河钢铁", type=Customer.ORGANIZATION, unit_path="/hq/west/")
    customer.create_time.FromDatetime(at("2026-01-01 08:00"))
    history.add("customer", CUSTOMER, "2026-01-01 08:00", customers.CustomerCreated(customer=customer))
    return history


def columns(answer: Answer) -> list[str]:
    return [column.name for column in answer.result.columns]


async def test_amounts_by_owner_and_month_are_added_up_per_currency(own: OwnReports) -> None:
    answer = await own.run(rows=["owner_id"], columns=["expected_close_date.month"], measures=["amount.sum", "count"])
    assert columns(answer) == [
        "owner_id",
        "owner_id_name",
        "expected_close_date.month",
        "currency",
        "amount.sum",
        "count",
    ]
    cells = {(row["owner_id_name"], row["expected_close_date.month"], row["currency"]): row for row in answer.rows}
    assert cells["李娜", "2026-03", "CNY"]["amount.sum"] == "300.30"
    assert cells["李娜", "2026-04", "USD"]["amount.sum"] == "50.00"
    assert cells["王芳", "2026-04", "CNY"]["count"] == 1
    assert cells["王芳", "2026-04", ""]["amount.sum"] is None
    totals = {row["currency"]: (row["amount.sum"], row["count"]) for row in answer.totals}
    assert totals == {"CNY": ("700.30", 3), "USD": ("50.00", 1), "": (None, 1)}


@pytest.mark.parametrize(
    ("measure", "figure"),
    [("amount.average", "233.43"), ("amount.min", "100.10"), ("amount.max", "400.00"), ("amount.sum", "700.30")],
)
async def test_a_figure_without_rows_is_of_all(own: OwnReports, measure: str, figure: str) -> None:
    answer = await own.run(measures=[measure], filter='currency = "CNY"')
    (row,) = answer.rows
    assert (row["currency"], Decimal(row[measure]).quantize(Decimal("0.01"))) == ("CNY", Decimal(figure))
    assert answer.totals == []


async def test_the_largest_come_first_and_totals_count_what_the_limit_leaves_out(own: OwnReports) -> None:
    answer = await own.run(rows=["owner_id"], measures=["count"], row_limit=1)
    assert [(row["owner_id_name"], row["count"]) for row in answer.rows] == [("李娜", 3)]
    assert [row["count"] for row in answer.totals] == [5]
    assert "Only the first 1 rows; the totals count all." in list(answer.result.filters)
    assert len((await own.run(rows=["owner_id"], measures=["count"], row_limit=2)).rows) == 2


async def test_rows_stand_in_the_order_asked_for(own: OwnReports) -> None:
    by_name = await own.run(rows=["owner_id"], order_by="owner_id desc")
    assert [row["owner_id_name"] for row in by_name.rows] == ["王芳", "李娜"]
    by_month = await own.run(rows=["expected_close_date.month"], order_by="count, expected_close_date.month desc")
    assert [row["expected_close_date.month"] for row in by_month.rows] == ["2026-03", "2026-04"]


@pytest.mark.parametrize(
    ("grain", "zone", "written"),
    [
        ("day", "UTC", "2026-02-28"),
        ("day", "Asia/Shanghai", "2026-03-01"),
        ("week", "UTC", "2026-W09"),
        ("month", "Asia/Shanghai", "2026-03"),
        ("quarter", "UTC", "2026-Q1"),
        ("year", "UTC", "2026"),
    ],
)
async def test_an_instant_is_grouped_by_the_calendar_of_the_readers_zone(
    own: OwnReports, grain: str, zone: str, written: str
) -> None:
    answer = await own.run(zone=zone, rows=[f"create_time.{grain}"])
    assert [row[f"create_time.{grain}"] for row in answer.rows] == [written]


async def test_every_number_is_of_what_the_reader_may_see(own: OwnReports) -> None:
    seller = somebody(unit_path="/hq/east/", scope=Scope.OWN, user_id=LI)
    for who, seen in ((HQ, 5), (EAST, 3), (seller, 3), (somebody(unit_path="/hq/north/", scope=Scope.SUBTREE), 0)):
        answer = await own.run(who, rows=["unit_path"])
        assert sum(row["count"] for row in answer.rows) == seen
        assert answer.totals[0]["count"] == seen
        assert answer.result.sql.count("/* permission */") == answer.result.sql.count("/* end of permission */") == 1


async def test_reports_count_no_more_of_a_record_than_its_list_shows(own: OwnReports) -> None:
    granted = (("reporting.*", Scope.ALL), ("sales.opportunity.list", Scope.SUBTREE))
    narrow = replace(HQ, grants=granted, unit_path="/hq/west/")
    assert (await own.run(narrow)).rows[0]["count"] == 2
    without = replace(HQ, grants=(("reporting.*", Scope.ALL),))
    with pytest.raises(RemoteError) as refused:
        await own.run(without)
    assert refused.value.reason == "DATASET_WITHHELD"
    listed = await own.service.call(f"{OWN}/ListDatasets", pb.ListDatasetsRequest(), narrow)
    assert [dataset.name for dataset in listed.datasets] == ["deals"]


async def test_the_name_of_a_customer_out_of_sight_stays_out_of_sight(own: OwnReports) -> None:
    assert [row["customer_id_name"] for row in (await own.run(rows=["customer_id"])).rows] == ["黄河钢铁"]
    assert [row["customer_id_name"] for row in (await own.run(EAST, rows=["customer_id"])).rows] == [""]


async def test_numbers_leave_out_what_a_restriction_rule_hides(own: OwnReports) -> None:
    rule = Restriction(str(uuid4()), "sales.opportunity", 'unit_path = "/hq/west/"')
    assert (await own.run(replace(HQ, restrictions=(rule,)))).rows[0]["count"] == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"measures": ["amount.max"]},
        {"rows": ["customer_id"]},
        {"filter": "amount > 100"},
    ],
)
async def test_a_field_that_is_hidden_from_the_reader_is_neither_shown_nor_asked_for(
    own: OwnReports, asked: dict[str, Any]
) -> None:
    rules = (FieldRule("sales.opportunity.amount", Read.HIDDEN), FieldRule("customers.customer.name", Read.MASKED))
    with pytest.raises(RemoteError) as refused:
        await own.run(replace(HQ, field_rules=rules), **asked)
    assert refused.value.reason == "FIELD_UNREADABLE"
    told = await own.service.call(f"{OWN}/ListDatasets", pb.ListDatasetsRequest(), replace(HQ, field_rules=rules))
    deals = next(dataset for dataset in told.datasets if dataset.name == "deals")
    assert {"amount", "customer_id"}.isdisjoint(field.name for field in deals.fields)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"dataset": "moons"}, "dataset"),
        ({"rows": ["phase"]}, "rows[0]"),
        ({"rows": ["owner_id", "amount"]}, "rows[1]"),
        ({"rows": ["close_date"]}, "rows[0]"),
        ({"rows": ["owner_id.month"]}, "rows[0]"),
        ({"rows": ["owner_id", "unit_path", "stage"]}, "rows"),
        ({"columns": ["owner_id", "unit_path"]}, "columns"),
        ({"rows": ["owner_id"], "columns": ["owner_id"]}, "columns"),
        ({"measures": ["owner_id.sum"]}, "measures[0]"),
        ({"measures": ["amount.median"]}, "measures[0]"),
        ({"measures": ["count", "count"]}, "measures"),
        ({"rows": ["owner_id"], "order_by": "unit_path"}, "order_by"),
        ({"row_limit": 5001}, "row_limit"),
        ({"filter": "moon = full"}, "filter"),
        ({"filter": "state = ALIVE"}, "filter"),
        ({"zone": "Mars/Olympus"}, "time_zone"),
    ],
)
async def test_what_cannot_be_counted_is_refused_by_field(own: OwnReports, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(RemoteError) as refused:
        await own.run(**asked)
    assert refused.value.status is grpc.StatusCode.INVALID_ARGUMENT
    assert f" {field}: " in str(refused.value)


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
async def test_every_field_of_every_dataset_can_be_asked_as_it_is_described(own: OwnReports, dataset: Dataset) -> None:
    for field in dataset.fields:
        if field.groups:
            for way in [f"{field.name}.{grain}" for grain in field.grains] or [field.name]:
                await own.run(EAST, dataset=dataset.name, rows=[way], filter=f"{field.name}:*")
        else:
            figures = [f"{field.name}.{aggregate}" for aggregate in field.aggregates]
            await own.run(EAST, dataset=dataset.name, measures=figures, filter=f"{field.name} > 1")
    usual = {"rows": dataset.usual_rows, "columns": dataset.usual_columns, "measures": dataset.usual_measures}
    answer = await own.run(dataset=dataset.name, **usual)
    assert not [table.name for table, _ in SOURCES.values() if table.name in answer.result.sql.partition("facts AS")[2]]


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_a_dataset_speaks_of_fields_and_codes_of_the_contract(dataset: Dataset) -> None:
    record: Descriptor = message_of(dataset.resource)
    for field in dataset.fields:
        told = record.fields_by_name[field.contract_field]
        if told.enum_type is not None and field.values is not None:
            known: Sequence[str] = [value.name for value in told.enum_type.values][1:]
            assert set(field.values) == set(known)
        if field.reference is not None:
            assert field.reference.contract_field in message_of(field.reference.resource).fields_by_name


async def test_the_answer_says_what_was_asked_and_how_fresh_it_is(own: OwnReports) -> None:
    in_chinese = replace(HQ, language="zh-CN")
    answer = await own.run(
        in_chinese, rows=["expected_close_date.month"], filter="state = OPEN", measures=["amount.sum"]
    )
    assert [column.label for column in answer.result.columns] == ["预计成交日（月）", "币种", "金额（合计）"]
    assert "仅限 state = OPEN。" in list(answer.result.filters)
    assert answer.result.sources[0].service == "sales"
    assert answer.result.fresh_as_of.ToDatetime() == at("2026-02-28 20:00").replace(tzinfo=None)
    assert "OPEN" in {parameter.value for parameter in answer.result.parameters}
    again = await own.run(
        in_chinese, rows=["expected_close_date.month"], filter="state = OPEN", measures=["amount.sum"]
    )
    assert again.result.run_id == answer.result.run_id
