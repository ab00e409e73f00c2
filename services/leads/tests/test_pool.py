"""Claim limits, cool-downs, protection and recycling (domain rule 2.8, GT-5)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from crm_leads.domain.distribution import LEAST_OPEN, ROUND_ROBIN, DistributionRule
from crm_leads.domain.lead import Lead
from crm_leads.domain.pool import CoolingDown, DailyClaimLimitReached, HoldingLimitReached, Pool
from crm_leads.domain.scoring import Facts, faded, score

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def an_owned_lead(claimed: datetime, touched: datetime | None = None) -> Lead:
    lead = Lead(state="POOLED")
    lead.claim(uuid4(), claimed)
    lead.last_touch_time = touched
    return lead


def test_five_claims_a_day_and_no_sixth() -> None:
    pool = Pool(daily_claim_limit=5)
    pool.check_limits(claimed_today=4, held=0)
    with pytest.raises(DailyClaimLimitReached):
        pool.check_limits(claimed_today=5, held=0)


def test_ninety_nine_held_leave_room_for_one_and_not_for_two() -> None:
    pool = Pool(holding_limit=100)
    pool.check_limits(claimed_today=0, held=99)
    with pytest.raises(HoldingLimitReached):
        pool.check_limits(claimed_today=0, held=99, wanted=2)


def test_a_previous_owner_waits_seven_days_from_the_end_of_the_own_holding() -> None:
    pool = Pool(cooldown_days=7)
    pool.check_cooldown(NOW, NOW + timedelta(days=7))
    with pytest.raises(CoolingDown):
        pool.check_cooldown(NOW, NOW + timedelta(days=7) - timedelta(seconds=1))


def test_the_claiming_day_ends_at_midnight_of_the_pools_zone() -> None:
    shanghai = Pool(time_zone="Asia/Shanghai")
    assert shanghai.day_start(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert shanghai.day_start(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == datetime(2026, 3, 1, 16, tzinfo=UTC)


def test_protection_runs_from_the_claim_is_prolonged_by_touches_and_capped() -> None:
    pool = Pool(protect_days=7, touch_protect_days=5, max_protect_days=10)
    lead = an_owned_lead(NOW)
    pool.protect(lead)
    assert lead.protect_until_time == NOW + timedelta(days=7)
    lead.last_touch_time = NOW + timedelta(days=4)
    pool.protect(lead)
    assert lead.protect_until_time == NOW + timedelta(days=9)
    lead.last_touch_time = NOW + timedelta(days=8)
    pool.protect(lead)
    assert lead.protect_until_time == NOW + timedelta(days=10)


def test_any_touch_moves_the_recycling_date_that_is_shown() -> None:
    pool = Pool(recycle_days=7)
    lead = an_owned_lead(NOW)
    pool.protect(lead)
    assert lead.recycle_due_time == NOW + timedelta(days=7)
    lead.last_touch_time = NOW + timedelta(days=3)
    pool.protect(lead)
    assert lead.recycle_due_time == NOW + timedelta(days=10)


A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def test_round_robin_serves_in_turn_and_passes_over_the_absent_and_the_full() -> None:
    rule = DistributionRule(method=ROUND_ROBIN, member_ids=[A, B, C], member_capacity=10)
    served = []
    for _ in range(4):
        rule.last_member_id = rule.next_member({}, [A, B, C])
        served.append(rule.last_member_id)
    assert served == [A, B, C, A]
    assert rule.next_member({B: 10}, [B, C]) == C
    assert rule.next_member({C: 10}, [C]) is None


def test_least_open_serves_the_member_with_the_fewest_open_leads() -> None:
    rule = DistributionRule(method=LEAST_OPEN, member_ids=[A, B, C])
    assert rule.next_member({A: 3, B: 1, C: 2}, [A, B, C]) == B


def facts(**known: object) -> Facts:
    plain = dict.fromkeys(Facts.__slots__, False)
    return Facts(**{**plain, "suspicious_fields": 0, "intent_count": 1, "touch_times": (), **known})  # type: ignore[arg-type]


def test_a_score_stays_between_0_and_100_and_names_its_largest_reasons() -> None:
    known = score(facts(has_name=True, has_company=True, has_phone=True, has_need=True, senior_title=True), NOW)
    assert known.value == 52
    assert known.because[0].rule == "has_phone"
    assert score(facts(suspicious_fields=9), NOW).value == 0


def test_a_touch_counts_half_after_thirty_days() -> None:
    assert faded((NOW,), NOW) == pytest.approx(5)
    assert faded((NOW - timedelta(days=30),), NOW) == pytest.approx(2.5)


def test_repeated_interest_raises_the_engagement_up_to_a_cap() -> None:
    assert score(facts(has_phone=True, intent_count=2), NOW).grade == "D3"
    assert score(facts(has_phone=True, intent_count=9), NOW).value == 15 + 18
