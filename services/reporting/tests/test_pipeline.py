"""Pipeline, waterfall and win rate, with the golden numbers GT-2."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.sales.v1 import sales_events_pb2 as sales
from crm.sales.v1.opportunity_pb2 import Opportunity
from crm.sales.v1.pipeline_pb2 import ForecastCategory, Pipeline, Stage
from crm.type.v1.money_pb2 import Money
from sqlalchemy import Table, select, text

from crm_kit.principal import Scope
from crm_kit.testing.service import RunningService, somebody
from crm_reporting.domain.deal_facts import opportunity_fact, opportunity_version, pipeline_rollup

from .chronicle import History, Run, at, cny

PIPELINE = UUID(int=77)
PERIOD = {"from_date": "2026-03-01", "to_date": "2026-04-01", "time_zone": "UTC"}
WINDOW = {"params": ["close_from=2026-03-01", "close_to=2026-07-01"]}
CREATED, WON, LOST = sales.OpportunityCreated, sales.OpportunityWon, sales.OpportunityLost
UPDATED, REOPENED = sales.OpportunityUpdated, sales.OpportunityReopened


class Deals:
    """Deals whose events carry their whole state, as the sales service announces them."""

    def __init__(self) -> None:
        self.history = History()

    def open(self, when: str, value: str | None, **facts: Any) -> Opportunity:
        deal = Opportunity(
            id=str(uuid4()),
            state=Opportunity.OPEN,
            unit_path="/hq/",
            pipeline_id=str(PIPELINE),
            stage="proposal",
            probability=50,
            expected_close_date="2026-05-01",
        )
        deal.create_time.FromDatetime(at(when))
        self._tell(deal, when, CREATED, {"amount": None if value is None else cny(value)} | facts)
        return deal

    def change(self, deal: Opportunity, when: str, event: Any = UPDATED, **facts: Any) -> None:
        self._tell(deal, when, event, facts)

    def win(self, deal: Opportunity, when: str, close_date: str = "") -> None:
        self._tell(deal, when, WON, {"state": Opportunity.WON, "stage": "won", "close_date": close_date or when[:10]})

    def lose(self, deal: Opportunity, when: str) -> None:
        self._tell(deal, when, LOST, {"state": Opportunity.LOST, "stage": "lost", "close_date": when[:10]})

    def _tell(self, deal: Opportunity, when: str, event: Any, facts: dict[str, Any]) -> None:
        for name, value in facts.items():
            if isinstance(value, Money):
                getattr(deal, name).CopyFrom(value)
            elif value is not None:
                setattr(deal, name, value)
        if deal.HasField("amount"):
            weighted = (Decimal(deal.amount.amount) * deal.probability / 100).quantize(Decimal("0.01"))
            deal.weighted_amount.CopyFrom(Money(amount=str(weighted), currency=deal.amount.currency))
        message = event()
        message.opportunity.CopyFrom(deal)
        self.history.add("opportunity", UUID(deal.id), when, message)


def gt2() -> Deals:
    """1000 +300 new +100 in +50 up −20 down −150 out −400 won −80 lost → 800."""
    deals = Deals()
    won, lost, out, up, down = (deals.open("2026-02-10 08:00", amount) for amount in ("400", "80", "150", "170", "200"))
    into = deals.open("2026-02-10 08:00", "100", expected_close_date="2026-12-01")
    deals.open("2026-03-05 08:00", "300")
    deals.change(into, "2026-03-06 08:00", expected_close_date="2026-06-30")
    deals.change(up, "2026-03-07 08:00", amount=cny("220"))
    deals.change(down, "2026-03-08 08:00", amount=cny("180"))
    deals.change(out, "2026-03-09 08:00", expected_close_date="2026-09-01")
    deals.win(won, "2026-03-10 08:00")
    deals.lose(lost, "2026-03-11 08:00")
    return deals


def steps(answer: Any) -> dict[str, Decimal]:
    return {row["step"]: Decimal(row["amount"]) for row in answer.rows}


async def test_weighted_pipeline_is_rounded_per_deal_and_then_summed(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    deals.open("2026-03-01 08:00", "120000", probability=60)
    deals.open("2026-03-01 08:00", "80000", probability=30)
    await deals.history.deliver(reporting)
    total = (await run("pipeline_by_stage")).totals[0]
    assert (total["deals"], total["value"], total["weighted"]) == (2, "200000.00", "96000.00")


async def test_the_waterfall_balances_with_the_golden_numbers(reporting: RunningService, run: Run) -> None:
    await gt2().history.deliver(reporting)
    answer = await run("pipeline_waterfall", **PERIOD, **WINDOW)
    assert steps(answer) == {
        "open_start": 1000,
        "new": 300,
        "reopened": 0,
        "moved_in": 100,
        "increased": 50,
        "decreased": 20,
        "moved_out": 150,
        "won": 400,
        "lost": 80,
        "open_end": 800,
    }
    assert [row["step"] for row in answer.rows][0::9] == ["open_start", "open_end"]
    assert Decimal(answer.totals[0]["amount"]) == 0


@pytest.mark.parametrize("group_by", ["", "unit", "owner"])
async def test_any_waterfall_balances_for_everybody(reporting: RunningService, run: Run, group_by: str) -> None:
    owner = uuid4()
    deals = gt2()
    moved = deals.open("2026-02-01 08:00", "50", unit_path="/hq/a/", owner_id=str(owner))
    deals.change(moved, "2026-03-03 08:00", unit_path="/hq/b/", amount=cny("60"))
    deals.win(moved, "2026-03-04 08:00")
    deals.change(moved, "2026-03-05 08:00", REOPENED, state=Opportunity.OPEN, stage="proposal", close_date="")
    later = deals.open("2026-03-02 08:00", None, unit_path="/hq/a/")
    deals.change(later, "2026-03-03 08:00", amount=Money(amount="9", currency="USD"))
    deals.change(later, "2026-03-04 08:00", amount=cny("70"))
    await deals.history.deliver(reporting)
    for who in (
        somebody(),
        somebody(unit_path="/hq/a/", scope=Scope.SUBTREE),
        somebody(unit_path="/hq/b/", scope=Scope.UNIT),
        somebody(unit_path="/hq/a/", scope=Scope.OWN, user_id=owner),
    ):
        answer = await run("pipeline_waterfall", who, **PERIOD, group_by=group_by)
        assert answer.totals
        assert all(Decimal(total["amount"]) == 0 for total in answer.totals)


async def test_a_deal_handed_to_another_unit_moves_out_here_and_in_there(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    deal = deals.open("2026-02-01 08:00", "50", unit_path="/hq/a/")
    deals.change(deal, "2026-03-03 08:00", unit_path="/hq/b/")
    deals.win(deal, "2026-03-04 08:00")
    deals.change(deal, "2026-03-05 08:00", REOPENED, state=Opportunity.OPEN, stage="proposal")
    await deals.history.deliver(reporting)
    a = steps(await run("pipeline_waterfall", **PERIOD, unit_path="/hq/a/"))
    b = steps(await run("pipeline_waterfall", **PERIOD, unit_path="/hq/b/"))
    assert (a["open_start"], a["moved_out"], a["won"], a["open_end"]) == (50, 50, 0, 0)
    assert (b["open_start"], b["moved_in"], b["won"], b["reopened"], b["open_end"]) == (0, 50, 50, 50, 50)


async def test_the_order_of_delivery_does_not_matter(reporting: RunningService, database_factory: Any) -> None:
    deals = gt2()
    states = []
    for seed, at_once in ((1, 1), (2, 5), (3, 400)):
        await _forget(reporting)
        await deals.history.deliver(reporting, seed, at_once)
        states.append([await _content(reporting, t) for t in (opportunity_fact, opportunity_version, pipeline_rollup)])
    assert states[0] == states[1] == states[2]
    assert len(states[0][1]) == 13


async def test_the_rollup_always_says_what_the_deals_say(reporting: RunningService, run: Run) -> None:
    deals = gt2()
    await deals.history.deliver(reporting, seed=4, at_once=7)
    async with reporting.db.connect() as connection:
        direct = text("SELECT count(*), sum(amount), sum(weighted) FROM opportunity_fact WHERE state = 'OPEN'")
        count, amount, weighted = (await connection.execute(direct)).one()
    total = (await run("pipeline_by_stage")).totals[0]
    assert (total["deals"], Decimal(total["value"]), Decimal(total["weighted"])) == (count, amount, weighted)


async def test_reading_the_pipeline_touches_no_deal(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    for _ in range(60):
        deals.open("2026-03-01 08:00", "10")
    await deals.history.deliver(reporting, at_once=200)
    answer = await run("pipeline_by_stage")
    async with reporting.db.connect() as connection:
        rows = (await connection.execute(select(pipeline_rollup))).all()
    assert len(rows) == 1
    assert answer.rows[0]["deals"] == 60
    assert "opportunity" not in answer.result.sql
    values = {parameter.name: parameter.value for parameter in answer.result.parameters}
    explained = text("EXPLAIN " + answer.result.sql)
    async with reporting.db.connect() as connection:
        plan = "\n".join((await connection.execute(explained, values)).scalars())
    assert "pipeline_rollup" in plan
    assert "opportunity_fact" not in plan


async def test_stages_come_in_the_order_of_their_pipeline_with_names(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    deals.open("2026-03-01 08:00", "10", stage="b")
    deals.open("2026-03-01 08:00", "10", stage="a")
    stages = [
        Stage(code="b", name_en="Bee", name_zh="乙", status=Stage.OPEN),
        Stage(code="a", name_en="Ay", name_zh="甲", status=Stage.OPEN),
    ]
    pipeline = Pipeline(id=str(PIPELINE), name="Standard", stages=stages)
    deals.history.add("pipeline", PIPELINE, "2026-01-01 00:00", sales.PipelineChanged(pipeline=pipeline))
    await deals.history.deliver(reporting)
    assert [row["stage_name"] for row in (await run("pipeline_by_stage")).rows] == ["Bee", "Ay"]
    in_chinese = await run("pipeline_by_stage", somebody(language="zh-CN"))
    assert [row["stage_name"] for row in in_chinese.rows] == ["乙", "甲"]


async def test_currencies_are_never_added_up(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    deals.open("2026-03-01 08:00", "10")
    deals.open("2026-03-01 08:00", None, amount=Money(amount="7", currency="USD"))
    await deals.history.deliver(reporting)
    totals = (await run("pipeline_by_stage")).totals
    assert [(row["currency"], row["value"]) for row in totals] == [("CNY", "10.00"), ("USD", "7.00")]
    only = await run("pipeline_by_stage", currency="usd")
    assert [row["currency"] for row in only.rows] == ["USD"]


async def test_the_forecast_views_have_the_golden_numbers(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    for amount, category in (("100000", "COMMIT"), ("50000", "BEST_CASE"), ("200000", "PIPELINE"), ("7", "OMITTED")):
        facts = {"forecast_category": ForecastCategory.Value(category), "expected_close_date": "2026-03-20"}
        deals.open("2026-03-01 08:00", amount, **facts)
    deals.win(deals.open("2026-03-01 08:00", "80000"), "2026-03-11 08:00")
    deals.lose(deals.open("2026-03-01 08:00", "500000", expected_close_date="2026-03-20"), "2026-03-11 08:00")
    await deals.history.deliver(reporting)
    total = (await run("forecast", **PERIOD)).totals[0]
    assert (total["commit_view"], total["best_view"], total["open"]) == ("180000.00", "230000.00", "350000.00")


async def test_win_rate_counts_closed_deals_of_the_period_only(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    for amount in ("100", "300"):
        deals.win(deals.open("2026-03-01 08:00", amount), "2026-03-11 08:00")
    deals.lose(deals.open("2026-03-01 08:00", "600"), "2026-03-12 08:00")
    deals.lose(deals.open("2026-03-01 08:00", None), "2026-03-12 08:00")
    deals.open("2026-03-01 08:00", "5000")
    deals.win(deals.open("2026-01-01 08:00", "9999"), "2026-02-11 08:00")
    await deals.history.deliver(reporting)
    answer = await run("win_rate", **PERIOD)
    overall = next(total for total in answer.totals if total["currency"] is None)
    yuan = next(total for total in answer.totals if total["currency"] == "CNY")
    assert (overall["won"], overall["lost"], overall["win_rate"]) == (2, 2, 0.5)
    assert (yuan["won_value"], yuan["lost_value"], yuan["win_rate_value"]) == ("400.00", "600.00", 0.4)
    assert yuan["cycle_median"] == 10


async def test_a_deal_entered_after_it_was_won_has_no_known_sales_cycle(reporting: RunningService, run: Run) -> None:
    deals = Deals()
    deals.win(deals.open("2026-03-11 08:00", "100"), "2026-03-21 08:00")
    deals.win(deals.open("2026-03-11 08:00", "200"), "2026-03-11 09:00")
    late = deals.open("2026-03-11 08:00", "400")
    deals.win(late, "2026-03-11 10:00", close_date="2026-03-01")
    deals.lose(deals.open("2026-03-11 08:00", "800"), "2026-03-11 11:00")
    await deals.history.deliver(reporting)
    yuan = next(total for total in (await run("win_rate", **PERIOD)).totals if total["currency"] == "CNY")
    assert (yuan["won"], yuan["cycle_median"], yuan["cycle_mean"], yuan["cycle_unknown"]) == (3, 5, 5, 1)


async def _content(reporting: RunningService, table: Table) -> Sequence[Any]:
    async with reporting.db.connect() as connection:
        rows = [tuple(row) for row in await connection.execute(select(table))]
    if table is pipeline_rollup:
        rows = [row for row in rows if row[5]]
    return sorted(rows, key=str)


async def _forget(reporting: RunningService) -> None:
    tables = "opportunity_fact, opportunity_version, pipeline_rollup, source_position, inbox, inbox_cursor"
    async with reporting.db.connect() as connection:
        await connection.execute(text(f"TRUNCATE {tables}"))
