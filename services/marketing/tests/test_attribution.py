"""Credit is shared by the model and adds up to the last minor unit (domain rule 6.3, GT-8)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crm_marketing.domain.attribution import Conversion, Model, Touch, eligible, share_credit

WON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def touches(*days_before: int) -> list[Touch]:
    return [Touch(WON - timedelta(days=days)) for days in days_before]


def conversion(*, lead: int | None = None, opportunity: int | None = None) -> Conversion:
    """A deal of 10,000 CNY; the milestones in days before it was won."""
    times = [None if days is None else WON - timedelta(days=days) for days in (lead, opportunity)]
    return Conversion(Decimal("10000.00"), "CNY", WON, *times)


def shares(model: Model, of: list[Touch], to: Conversion) -> str:
    return "/".join(f"{part:.2f}" for part in share_credit(of, to, model))


@pytest.mark.parametrize(
    ("model", "days", "lead", "opportunity", "expected"),
    [
        (Model.LINEAR, (3, 2, 1), None, None, "3333.34/3333.33/3333.33"),
        (Model.U, (4, 3, 2, 1), 1, None, "4000.00/1000.00/1000.00/4000.00"),
        (Model.W, (5, 4, 3, 2, 1), 3, 1, "3000.00/500.00/3000.00/500.00/3000.00"),
        (Model.W, (5, 1), 5, 1, "6666.67/3333.33"),
        (Model.DECAY, (28, 14, 7, 0), None, None, "344.83/1379.31/2758.62/5517.24"),
        (Model.FIRST, (3, 2, 1), None, None, "10000.00/0.00/0.00"),
        (Model.LAST, (3, 2, 1), None, None, "0.00/0.00/10000.00"),
        (Model.J, (3, 2, 1), None, None, "2000.00/2000.00/6000.00"),
        (Model.INVERSE_J, (3, 2, 1), None, None, "6000.00/2000.00/2000.00"),
        (Model.FULL_PATH, (5, 4, 3, 2, 1), 4, 3, "2250.00/2250.00/2250.00/1000.00/2250.00"),
    ],
)
def test_each_model_shares_as_the_golden_numbers_say(
    model: Model, days: tuple[int, ...], lead: int | None, opportunity: int | None, expected: str
) -> None:
    assert shares(model, touches(*days), conversion(lead=lead, opportunity=opportunity)) == expected


@pytest.mark.parametrize("model", list(Model))
def test_one_touch_gets_everything_and_no_touch_leaves_it_unattributed(model: Model) -> None:
    assert share_credit(touches(3), conversion(), model) == [Decimal(10000)]
    assert share_credit([], conversion(), model) == []


@pytest.mark.parametrize("model", list(Model))
def test_a_taken_back_deal_takes_back_the_same_credit(model: Model) -> None:
    to = conversion(lead=5, opportunity=2)
    back = Conversion(-to.amount, to.currency, to.time, to.lead_time, to.opportunity_time)
    given, taken = share_credit(touches(9, 5, 3, 1), to, model), share_credit(touches(9, 5, 3, 1), back, model)
    assert [a + b for a, b in zip(given, taken, strict=True)] == [0, 0, 0, 0]
    assert sum(given) == to.amount


def test_a_fraction_of_a_half_life_decays_smoothly() -> None:
    first, second = share_credit(touches(10, 7), conversion(), Model.DECAY)
    assert Decimal("0.742") < first / second < Decimal("0.744")


def test_only_touches_from_the_lookback_to_the_conversion_count_and_repeats_count_once() -> None:
    early, late = Touch(WON - timedelta(days=366)), Touch(WON + timedelta(seconds=1))
    click = Touch(WON - timedelta(hours=3), "c1", "click")
    again = Touch(click.time + timedelta(minutes=20), "c1", "click")
    other = Touch(click.time + timedelta(minutes=20), "c2", "click")
    later = Touch(click.time + timedelta(minutes=40), "c1", "click")
    assert eligible([later, again, early, late, other, click], conversion()) == [click, other, later]
