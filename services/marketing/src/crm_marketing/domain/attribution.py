"""Who earns the credit for a conversion: its amount split over the touches before it (domain rule 6.3; GT-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from crm_kit.money import split

LOOKBACK = timedelta(days=365)
SAME_TOUCH = timedelta(minutes=30)
"""Touches of one campaign and kind closer than this are one."""


class Model(StrEnum):
    """How credit is shared."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    U = "u"
    W = "w"
    FULL_PATH = "full_path"
    J = "j"
    INVERSE_J = "inverse_j"
    DECAY = "decay"


class Role(StrEnum):
    """A touch that mattered most for a milestone."""

    FIRST = "first"
    LEAD = "lead"
    OPPORTUNITY = "opportunity"
    WON = "won"
    CONVERSION = "conversion"


SHARES: dict[Model, tuple[dict[Role, Fraction], Fraction]] = {
    Model.FIRST: ({Role.FIRST: Fraction(100)}, Fraction(0)),
    Model.LAST: ({Role.CONVERSION: Fraction(100)}, Fraction(0)),
    Model.LINEAR: ({}, Fraction(100)),
    Model.U: ({Role.FIRST: Fraction(40), Role.LEAD: Fraction(40)}, Fraction(20)),
    Model.W: ({Role.FIRST: Fraction(30), Role.LEAD: Fraction(30), Role.OPPORTUNITY: Fraction(30)}, Fraction(10)),
    Model.FULL_PATH: (
        dict.fromkeys((Role.FIRST, Role.LEAD, Role.OPPORTUNITY, Role.WON), Fraction(45, 2)),
        Fraction(10),
    ),
    Model.J: ({Role.FIRST: Fraction(20), Role.CONVERSION: Fraction(60)}, Fraction(20)),
    Model.INVERSE_J: ({Role.FIRST: Fraction(60), Role.CONVERSION: Fraction(20)}, Fraction(20)),
}
"""Percent for each role, and for all other touches together."""


@dataclass(frozen=True, slots=True)
class Touch:
    """A counted touch before a conversion."""

    time: datetime
    campaign: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is to be credited, and the milestones on the way; those that never came are None."""

    amount: Decimal
    currency: str
    time: datetime
    lead_time: datetime | None = None
    opportunity_time: datetime | None = None


def eligible(touches: Sequence[Touch], conversion: Conversion, lookback: timedelta = LOOKBACK) -> list[Touch]:
    """The touches from the lookback to the conversion in their order, repeats within half an hour taken once."""
    kept: list[Touch] = []
    latest: dict[tuple[str, str], datetime] = {}
    for touch in sorted(touches, key=lambda touch: touch.time):
        if not conversion.time - lookback <= touch.time <= conversion.time:
            continue
        known = latest.get((touch.campaign, touch.kind))
        if known is None or touch.time - known >= SAME_TOUCH:
            kept.append(touch)
            latest[touch.campaign, touch.kind] = touch.time
    return kept


def share_credit(
    touches: Sequence[Touch], conversion: Conversion, model: Model, *, half_life: timedelta = timedelta(days=7)
) -> list[Decimal]:
    """The credit of each eligible touch, in their order, adding up to the amount exactly; empty when unattributed."""
    if not touches:
        return []
    if model is Model.DECAY:
        weights = [_decayed(conversion.time - touch.time, half_life) for touch in touches]
    else:
        weights = _by_role(touches, conversion, model)
    return split(conversion.amount, weights, conversion.currency)


def _by_role(touches: Sequence[Touch], conversion: Conversion, model: Model) -> list[Fraction]:
    """Shares of the roles; what nobody holds is spread in proportion, because only the relation of weights counts."""
    roles, others = SHARES[model]
    weights = [Fraction(0)] * len(touches)
    holders = {role: at for role in roles if (at := _holder(role, touches, conversion)) is not None}
    for role, at in holders.items():
        weights[at] += roles[role]
    rest = [at for at in range(len(touches)) if at not in holders.values()]
    for at in rest:
        weights[at] = others / len(rest)
    return weights


def _holder(role: Role, touches: Sequence[Touch], conversion: Conversion) -> int | None:
    """Position of the last touch at or before the role's milestone."""
    if role is Role.FIRST:
        return 0
    if role in {Role.WON, Role.CONVERSION}:
        return len(touches) - 1
    milestone = conversion.lead_time if role is Role.LEAD else conversion.opportunity_time
    before = [at for at, touch in enumerate(touches) if milestone is not None and touch.time <= milestone]
    return before[-1] if before else None


def _decayed(age: timedelta, half_life: timedelta) -> Fraction:
    """Half of the weight for every half-life that passed; exact for whole ones."""
    lives = Fraction(age // timedelta(microseconds=1), half_life // timedelta(microseconds=1))
    if lives.denominator == 1:
        return Fraction(1, 2**lives.numerator)
    return Fraction(Decimal("0.5") ** (Decimal(lives.numerator) / Decimal(lives.denominator)))
