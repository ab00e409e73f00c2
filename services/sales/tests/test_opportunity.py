"""How a deal moves (domain rules 4.1 and 4.2, GT-2)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from crm_kit.errors import InvalidArgument
from crm_sales.domain import deal_errors as refused
from crm_sales.domain.opportunity import Opportunity, weighted
from crm_sales.domain.pipeline import Pipeline, StageInUse, StageUnknown
from crm_sales.domain.stages import check_stages

D = Decimal
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
STAGES = [
    {"code": "first_talk", "status": "OPEN", "probability": 10, "rot_days": 14},
    {
        "code": "needs",
        "status": "OPEN",
        "probability": 30,
        "required_fields": ["need", "amount", "custom_fields.budget"],
    },
    {"code": "signing", "status": "OPEN", "probability": 90, "forecast_category": "COMMIT"},
    {"code": "won", "status": "WON", "probability": 100},
    {"code": "lost", "status": "LOST"},
]


def a_pipeline() -> Pipeline:
    return Pipeline(id=UUID(int=1), name="标准", stages=[dict(stage) for stage in STAGES])


def a_deal(pipeline: Pipeline, **facts: object) -> Opportunity:
    deal = Opportunity(**{"number": "OP-1", "amount": D(100), "amount_currency": "CNY", **facts})  # type: ignore[arg-type]
    deal.open(pipeline, NOW, TODAY)
    return deal


def test_weighted_amounts_are_rounded_per_deal() -> None:
    parts = [weighted(D(120000), 60, "CNY"), weighted(D(80000), 30, "CNY")]
    assert parts == [D(72000), D(24000)]
    assert weighted(D("0.05"), 50, "CNY") == D("0.03")


def test_a_deal_starts_in_the_first_stage_with_its_probability() -> None:
    deal = a_deal(a_pipeline())
    assert (deal.stage, deal.probability, deal.forecast_category) == ("first_talk", 10, "PIPELINE")
    assert deal.rot_time == NOW + timedelta(days=14)


def test_every_unmet_requirement_of_a_stage_is_named() -> None:
    pipeline = a_pipeline()
    deal = a_deal(pipeline, amount=None)
    with pytest.raises(refused.StageRequirementsUnmet) as unmet:
        deal.move(pipeline.stage("needs"), pipeline, "", NOW)
    assert [v.field for v in unmet.value.violations] == ["need", "amount", "custom_fields.budget"]


def test_a_locked_probability_survives_a_move_and_ends_with_the_deal() -> None:
    pipeline = a_pipeline()
    deal = a_deal(pipeline, probability=55, probability_locked=True)
    deal.move(pipeline.stage("signing"), pipeline, "", NOW)
    assert (deal.probability, deal.forecast_category) == (55, "COMMIT")
    deal.win(pipeline, None, "", NOW, TODAY)
    assert (deal.probability, deal.probability_locked) == (100, False)


def test_going_back_needs_a_note() -> None:
    pipeline = a_pipeline()
    deal = a_deal(pipeline, stage="signing")
    with pytest.raises(refused.BackwardNeedsNote):
        deal.move(pipeline.stage("first_talk"), pipeline, "", NOW)
    deal.move(pipeline.stage("first_talk"), pipeline, "预算被砍", NOW)
    assert deal.stage == "first_talk"


def test_closing_stages_are_entered_by_win_and_lose_only() -> None:
    pipeline = a_pipeline()
    with pytest.raises(refused.UseWinOrLose):
        a_deal(pipeline).move(pipeline.stage("won"), pipeline, "", NOW)


def test_a_stage_of_no_pipeline_is_refused_with_those_there_are() -> None:
    with pytest.raises(StageUnknown) as unknown:
        a_pipeline().stage("dreaming")
    assert "first_talk" in str(unknown.value)


def test_winning_needs_an_amount_and_closes_no_later_than_today() -> None:
    pipeline = a_pipeline()
    with pytest.raises(refused.WinNeedsAmount):
        a_deal(pipeline, amount=None).win(pipeline, None, "", NOW, TODAY)
    deal = a_deal(pipeline)
    deal.win(pipeline, TODAY + timedelta(days=9), "", NOW, TODAY)
    assert (deal.state, deal.close_date, deal.last_open_stage, deal.forecast_category) == (
        "WON",
        TODAY,
        "first_talk",
        "CLOSED",
    )
    assert deal.rot_time is None


def test_losing_needs_a_known_reason_and_names_the_competitor() -> None:
    pipeline = a_pipeline()
    deal = a_deal(pipeline)
    for reason in ("because", "other", "competitor"):
        with pytest.raises(InvalidArgument):
            deal.lose(pipeline, reason, "", None, None, NOW, TODAY)
    deal.lose(pipeline, "competitor", "", UUID(int=7), None, NOW, TODAY)
    assert (deal.state, deal.probability, deal.forecast_category) == ("LOST", 0, "OMITTED")
    assert deal.weighted_amount == 0


def test_reopening_returns_to_the_stage_before_and_clears_the_closing() -> None:
    pipeline = a_pipeline()
    deal = a_deal(pipeline, stage="signing")
    deal.lose(pipeline, "price", "", None, None, NOW, TODAY)
    deal.reopen(pipeline, "客户改变主意", NOW)
    assert (deal.state, deal.stage, deal.probability, deal.reopen_count) == ("OPEN", "signing", 90, 1)
    assert (deal.loss_reason, deal.close_date, deal.last_open_stage) == ("", None, "")


def test_a_closed_deal_neither_moves_nor_changes_its_worth() -> None:
    pipeline = a_pipeline()
    deal = a_deal(pipeline)
    deal.win(pipeline, None, "", NOW, TODAY)
    with pytest.raises(refused.OpportunityClosed):
        deal.move(pipeline.stage("signing"), pipeline, "", NOW)
    with pytest.raises(refused.ClosedDealFrozen):
        deal.refuse_frozen({"amount", "need"})
    deal.refuse_frozen({"need"})


def test_only_moving_the_expected_day_later_counts_as_a_push() -> None:
    deal = a_deal(a_pipeline())
    for day in (TODAY, TODAY + timedelta(days=10), TODAY + timedelta(days=5), TODAY + timedelta(days=6)):
        assert deal.change_expected_close(day)
    assert (deal.close_date_push_count, deal.close_date_push_days) == (2, 11)


def test_a_dealing_with_the_customer_stops_the_rot() -> None:
    pipeline = a_pipeline()
    deal = a_deal(pipeline)
    deal.note_activity(pipeline.stage("first_talk"), NOW + timedelta(days=10))
    assert deal.rot_time == NOW + timedelta(days=24)


def test_a_stage_with_open_deals_is_not_dropped_without_a_map() -> None:
    pipeline = a_pipeline()
    rest = [stage for stage in pipeline.stages if stage["code"] != "needs"]
    with pytest.raises(StageInUse) as used:
        pipeline.replace_stages(rest, {}, {"needs": 3, "signing": 1})
    assert used.value.facts == {"stages": "needs (3)"}
    pipeline.replace_stages(rest, {"needs": "signing"}, {"needs": 3, "signing": 1})
    assert pipeline.stage_version == 2


def test_stages_are_checked_all_at_once() -> None:
    bad = [
        {"code": "won", "status": "WON", "probability": 100},
        {"code": "First Talk", "status": "OPEN", "probability": 101},
        {"code": "won", "required_fields": ["colour"]},
    ]
    found = {(v.field, v.reason) for v in check_stages(bad, frozenset({"need"}))}
    assert found == {
        ("stages[1].code", "NOT_A_CODE"),
        ("stages[1].probability", "OUT_OF_RANGE"),
        ("stages[2].code", "REPEATED"),
        ("stages[2].status", "REQUIRED"),
        ("stages[2].required_fields", "UNKNOWN_FIELD"),
        ("stages", "STATUS_MISSING"),
        ("stages", "ORDER"),
    }
