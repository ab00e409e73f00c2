"""What becomes of a repeat: every row of the decision table, and which row wins (domain rule 2.4, GT-10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm_leads.domain.repeat_submission import Existing, Outcome, Policy, Submission, decide

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
INTENT = ("pumps", "", "上海")
NEW = Submission(INTENT, NOW)
OPEN = Existing(
    state="WORKING",
    intents=(INTENT,),
    last_submission_time=NOW - timedelta(days=2),
    last_touch_time=NOW - timedelta(days=3),
)


@pytest.mark.parametrize(
    ("existing", "outcome", "rule"),
    [
        (None, Outcome.CREATE, "no_match"),
        (Existing(is_customer=True), Outcome.ATTACH, "known_customer"),
        (replace(OPEN, last_submission_time=NOW - timedelta(hours=23)), Outcome.IGNORE, "repeat_in_quiet_window"),
        (OPEN, Outcome.MERGE, "same_intent_worked"),
        (replace(OPEN, last_touch_time=NOW - timedelta(days=61)), Outcome.OVERWRITE, "same_intent_stale"),
        (replace(OPEN, last_touch_time=NOW - timedelta(days=30)), Outcome.MERGE, "same_intent"),
        (replace(OPEN, intents=(("valves", "", "上海"),)), Outcome.MERGE, "other_intent"),
        (replace(OPEN, state="DISQUALIFIED", state_reason="no_need"), Outcome.REOPEN, "closed_before"),
        (replace(OPEN, state="DISQUALIFIED", state_reason="fake", times_fake=2), Outcome.REJECT, "fake_twice"),
        (replace(OPEN, state="CONVERTED"), Outcome.CREATE, "nothing_to_join"),
    ],
)
def test_the_first_row_that_holds_decides(existing: Existing | None, outcome: Outcome, rule: str) -> None:
    verdict = decide(NEW, existing, Policy())
    assert (verdict.outcome, verdict.rule) == (outcome, f"{rule}@1")


def test_a_qualified_lead_is_never_overwritten_however_old() -> None:
    stale = replace(OPEN, state="QUALIFIED", last_touch_time=NOW - timedelta(days=400))
    assert decide(NEW, stale, Policy()).outcome is Outcome.MERGE


@pytest.mark.parametrize("existing", [None, replace(OPEN, state="DISQUALIFIED"), replace(OPEN, state="CONVERTED")])
def test_a_party_another_unit_protects_is_a_conflict_unless_we_work_on_it(existing: Existing | None) -> None:
    verdict = decide(replace(NEW, elsewhere=True), existing, Policy())
    assert (verdict.outcome, verdict.rule) == (Outcome.CONFLICT, "protected_elsewhere@1")


@pytest.mark.parametrize(
    "existing",
    [OPEN, replace(OPEN, state="HELD"), replace(OPEN, state="OFFERED"), Existing(is_customer=True)],
    ids=["open", "held", "offered", "customer"],
)
def test_what_we_have_of_a_party_goes_on_as_if_nobody_else_had_it(existing: Existing) -> None:
    assert decide(replace(NEW, elsewhere=True), existing, Policy()) == decide(NEW, existing, Policy())


def test_the_runner_up_is_named() -> None:
    assert decide(NEW, replace(OPEN, last_touch_time=NOW - timedelta(days=61)), Policy()).runner_up == "merge"


def test_a_units_own_windows_are_used() -> None:
    eager = Policy(overwrite_age=timedelta(days=2), worked=timedelta(days=1))
    assert decide(NEW, OPEN, eager).outcome is Outcome.OVERWRITE
