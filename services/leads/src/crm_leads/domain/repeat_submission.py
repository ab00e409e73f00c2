"""What becomes of a submission that may repeat what we know: the decision table of domain rule 2.4, as data.

Merge (线索合并) and overwrite (线索覆盖) both act on a repeat; the first row that holds decides, so they cannot overlap. What
another unit has and protects is only told apart from what it has not: the decision of a partner's submission must not
depend on anything else of it [L21].
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm_leads.domain.lead_states import OPEN, State


class Outcome(StrEnum):
    """What is done with a submission."""

    REPLAY = "replay"
    ATTACH = "attach"
    CONFLICT = "conflict"
    IGNORE = "ignore"
    MERGE = "merge"
    OVERWRITE = "overwrite"
    REOPEN = "reopen"
    REJECT = "reject"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Policy:
    """The windows the table uses; a unit may have its own. ``arbitration``: how long a conflict waits for somebody to
    decide; ``customer_protection``: how long a customer of another unit is said to be protected.
    """

    quiet: timedelta = timedelta(hours=24)
    worked: timedelta = timedelta(days=14)
    overwrite_age: timedelta = timedelta(days=60)
    arbitration: timedelta = timedelta(days=5)
    customer_protection: timedelta = timedelta(days=90)
    version: int = 1


@dataclass(frozen=True, slots=True)
class Submission:
    """N: the new submission. ``intent`` is (product line, campaign, region); ``elsewhere`` says that another unit has the
    party, protected from this one.
    """

    intent: tuple[str, str, str]
    now: datetime
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Existing:
    """E: the best existing match among what the submission may join. ``last_touch_time`` falls back to when it was owned or
    captured.
    """

    is_customer: bool = False
    state: str = ""
    state_reason: str = ""
    intents: tuple[tuple[str, str, str], ...] = ()
    last_submission_time: datetime | None = None
    last_touch_time: datetime | None = None
    times_fake: int = 0


NOBODY = Existing()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    outcome: Outcome
    holds: Callable[[Submission, Existing, Policy], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome and the row that decided."""

    outcome: Outcome
    rule: str
    runner_up: str = ""


def _open(existing: Existing) -> bool:
    return existing.state in OPEN or existing.state == State.CONVERTING


def _ours(existing: Existing) -> bool:
    """Whoever has the party already goes on with it, whatever others have."""
    return existing.is_customer or _open(existing) or existing.state == State.HELD


def _same_intent(new: Submission, existing: Existing) -> bool:
    return new.intent in existing.intents


def _age(new: Submission, at: datetime | None) -> timedelta:
    return timedelta.max if at is None else new.now - at


TABLE: tuple[Row, ...] = (
    Row("known_customer", Outcome.ATTACH, lambda _new, old, _policy: old.is_customer),
    Row("already_held", Outcome.IGNORE, lambda _new, old, _policy: old.state == State.HELD),
    Row("protected_elsewhere", Outcome.CONFLICT, lambda new, old, _policy: new.elsewhere and not _ours(old)),
    Row(
        "repeat_in_quiet_window",
        Outcome.IGNORE,
        lambda new, old, policy: (
            _open(old) and _same_intent(new, old) and _age(new, old.last_submission_time) < policy.quiet
        ),
    ),
    Row(
        "same_intent_worked",
        Outcome.MERGE,
        lambda new, old, policy: (
            _open(old) and _same_intent(new, old) and _age(new, old.last_touch_time) <= policy.worked
        ),
    ),
    Row(
        "same_intent_stale",
        Outcome.OVERWRITE,
        lambda new, old, policy: (
            old.state in {State.POOLED, State.ASSIGNED, State.WORKING}
            and _same_intent(new, old)
            and _age(new, old.last_touch_time) >= policy.overwrite_age
        ),
    ),
    # Same intent, neither fresh nor stale: the person is still the same, so the interest is counted, not lost.
    Row("same_intent", Outcome.MERGE, lambda new, old, _policy: _open(old) and _same_intent(new, old)),
    Row("other_intent", Outcome.MERGE, lambda _new, old, _policy: _open(old)),
    Row(
        "fake_twice",
        Outcome.REJECT,
        lambda _new, old, _policy: (
            old.state == State.DISQUALIFIED and old.state_reason == "fake" and old.times_fake > 1
        ),
    ),
    Row("closed_before", Outcome.REOPEN, lambda _new, old, _policy: old.state == State.DISQUALIFIED),
)


def decide(new: Submission, existing: Existing | None, policy: Policy) -> Verdict:
    """The first row that holds; ``create`` when there is no match or no row holds."""
    holding = [row for row in TABLE if row.holds(new, existing or NOBODY, policy)]
    if not holding:
        name = "no_match" if existing is None else "nothing_to_join"
        return Verdict(Outcome.CREATE, f"{name}@{policy.version}")
    later = next((row.outcome for row in holding[1:] if row.outcome != holding[0].outcome), "")
    return Verdict(holding[0].outcome, f"{holding[0].name}@{policy.version}", str(later))
