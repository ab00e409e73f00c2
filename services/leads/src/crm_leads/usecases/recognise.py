"""Recognising: what a submission may join, and what of other units stands against it (domain rule 2.3, last line).

Matching works with system rights. A submission joins what its submitter's organisation has and nothing else; what another
unit has and protects only holds it back. Both are looked at apart, so that nothing another unit does changes what becomes
of a submission among one's own records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm_kit.access import at_least, below, in_reach
from crm_kit.call import Call
from crm_kit.principal import Scope
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import OPEN, State
from crm_leads.domain.matching.scoring import Match
from crm_leads.domain.repeat_submission import Existing
from crm_leads.usecases.prepare_lead import intent_keys

LISTED = 5
"""Matches of each kind that a decision lists."""
Facts = Mapping[str, Any]


@dataclass(slots=True)
class Found:
    """What matching found for a submission. ``lead`` or ``customer``: what it may join; ``elsewhere``: what another unit has
    and protects, ``match`` saying how sure that is; ``touches`` of the lead, newest first.
    """

    lead: Lead | None = None
    customer: Facts | None = None
    elsewhere: Facts | None = None
    match: Match | None = None
    touches: tuple[datetime, ...] = ()
    last_heard: datetime | None = None
    times_fake: int = 0

    def existing(self) -> Existing | None:
        """What the decision table asks about it."""
        if self.customer is not None:
            return Existing(is_customer=True)
        lead = self.lead
        if lead is None:
            return None
        return Existing(
            state=lead.state,
            state_reason=lead.state_reason,
            intents=intent_keys(lead),
            last_submission_time=self.last_heard,
            last_touch_time=lead.last_touch_time or lead.own_time or lead.create_time,
            times_fake=self.times_fake,
        )


@dataclass(slots=True)
class Candidates:
    """Records that share a block key with a submission: those it may join, those that may hold it back, by id."""

    joinable: dict[str, Facts] = field(default_factory=dict)
    protected: dict[str, Facts] = field(default_factory=dict)

    def best(self, matches: Sequence[Match]) -> Facts | None:
        """The surest of those that may be joined; of equally sure ones a customer, and a held submission last."""
        ours = [match for match in matches if match.id in self.joinable]
        if not ours:
            return None
        return self.joinable[max(ours, key=lambda match: _rank(match, self.joinable[match.id])).id]

    def against(self, matches: Sequence[Match]) -> Match | None:
        """The surest of those that hold the submission back."""
        return next((match for match in matches if match.id in self.protected), None)

    def listed(self, matches: Sequence[Match]) -> list[Match]:
        """Matches for the record: as many of one's own, however many others have."""
        apart = ([m for m in matches if m.id in ids] for ids in (self.joinable, self.protected))
        return [match for some in apart for match in some[:LISTED]]


def _rank(match: Match, facts: Facts) -> tuple[bool, float, bool]:
    return facts["state"] != State.HELD, match.score, facts["is_customer"]


class Submitter:
    """Who submits for which unit. ``blind``: learns nothing of what other units have."""

    def __init__(self, call: Call, unit_path: str, *, blind: bool) -> None:
        self._principal, self._unit_path, self._now = call.principal, unit_path, call.now
        self._reaches = at_least(call.reach, Scope.UNIT)
        self._blind = blind

    def sort(self, found: Mapping[str, Facts]) -> Candidates:
        """What may be joined and what holds back; all else another unit has is as if it were not there."""
        sorted_ = Candidates()
        for id, facts in found.items():
            if self._joins(facts):
                sorted_.joinable[id] = facts
            elif facts["is_customer"] or self._protects(facts):
                sorted_.protected[id] = facts
        return sorted_

    def _joins(self, facts: Facts) -> bool:
        if facts["is_customer"] and not self._blind:
            return True
        mine = in_reach(self._principal, self._reaches, facts["owner_id"], facts["unit_path"])
        return mine and (facts["is_customer"] or not self._protects(facts))

    def _protects(self, facts: Facts) -> bool:
        """From another unit; an office above that submits for its units joins what one of them works on."""
        until, working = facts["protect_until_time"], facts["state"] in OPEN or facts["state"] == State.CONVERTING
        return working and until is not None and until > self._now and not below(self._unit_path, facts["unit_path"])
