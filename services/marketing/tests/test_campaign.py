"""The life of a campaign, without a database."""

from datetime import date
from typing import Any

import pytest

from crm_kit.errors import InvalidArgument
from crm_marketing.domain.campaign import Campaign, CampaignStateForbids, PlanNeedsDates, State
from crm_marketing.domain.goals import checked_goals

MOVES = {
    "plan": ({State.DRAFT}, State.PLANNED),
    "start": ({State.PLANNED}, State.RUNNING),
    "pause": ({State.RUNNING}, State.PAUSED),
    "resume": ({State.PAUSED}, State.RUNNING),
    "finish": ({State.RUNNING, State.PAUSED}, State.FINISHED),
    "settle": ({State.FINISHED}, State.SETTLED),
    "cancel": ({State.DRAFT, State.PLANNED, State.RUNNING, State.PAUSED}, State.CANCELLED),
}


def a_campaign(**facts: Any) -> Campaign:
    return Campaign(**{"start_date": date(2026, 3, 1), "end_date": date(2026, 3, 31), **facts})


def move(campaign: Campaign, name: str) -> State:
    reason = ["because"] if name in {"pause", "cancel"} else []
    return getattr(campaign, name)(*reason)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("name", MOVES)
def test_a_campaign_moves_only_as_its_states_allow(name: str, state: State) -> None:
    allowed, wanted = MOVES[name]
    campaign = a_campaign(state=state)
    if state in allowed:
        assert move(campaign, name) == state
        assert campaign.state == wanted
    else:
        with pytest.raises(CampaignStateForbids):
            move(campaign, name)
        assert campaign.state == state


def test_a_plan_needs_both_days() -> None:
    with pytest.raises(PlanNeedsDates) as refused:
        a_campaign(end_date=None).plan()
    assert refused.value.facts["fields"] == "end_date"


def test_the_last_day_does_not_lie_before_the_first() -> None:
    a_campaign(end_date=date(2026, 3, 1)).check_dates()
    with pytest.raises(InvalidArgument):
        a_campaign(end_date=date(2026, 2, 28)).check_dates()


@pytest.mark.parametrize("state", [State.SETTLED, State.CANCELLED])
def test_a_closed_campaign_keeps_what_it_says(state: State) -> None:
    with pytest.raises(CampaignStateForbids):
        a_campaign(state=state).refuse_if_closed("edited")


def test_goals_name_a_metric_once_with_a_target_above_zero() -> None:
    assert checked_goals([{"metric": "leads", "target": "200.0"}]) == [{"metric": "leads", "target": "200"}]
    for wrong in (
        [{"metric": "fame", "target": "1"}],
        [{"metric": "leads", "target": "0"}],
        [{"metric": "leads", "target": "1"}, {"metric": "leads", "target": "2"}],
    ):
        with pytest.raises(InvalidArgument):
            checked_goals(wrong)
