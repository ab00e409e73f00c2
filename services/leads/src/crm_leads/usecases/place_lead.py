"""Placing: rules, then the unit's pool; a lead is never dropped (domain rule 2.9, L20–L25).

A rule distributes the leads of its own organisation, from headquarters to a subsidiary, from there by the subsidiary's
rules to a dealer. What an organisation captured itself stays with it: no other's rule touches it [L25].
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from crm_kit.filtering import predicate
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.decision import decided, decision
from crm_leads.domain.distribution import DistributionRule
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State
from crm_leads.domain.pool import Pool, units_above
from crm_leads.fields import LEAD_FIELDS
from crm_leads.queries import Surroundings
from crm_leads.usecases.hand_over import OFFER, begin_holdings

OWN_POOL = "own_pool"
Condition = Callable[[Any, datetime], bool]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a lead went, by which rules in turn, and what would have decided instead of the first."""

    unit_path: str
    rules: tuple[str, ...] = ()
    runner_up: str = ""

    def decision(self, id: UUID, lead: Lead, now: datetime, made_in: str) -> dict[str, Any]:
        """The row that explains it, made in the unit the lead came from."""
        rule = " › ".join(self.rules) or OWN_POOL
        return decided(id, lead, "distribution", self.unit_path, rule, now, runner_up=self.runner_up, unit_path=made_in)


class Placement:
    """Rules, pools and people as they are now; places any number of leads and keeps count of who got how many."""

    def __init__(
        self,
        rules: Sequence[DistributionRule],
        pools: Sequence[Pool],
        active: Sequence[UUID],
        held: dict[UUID, int],
        departments: Collection[str] = (),
    ) -> None:
        self._departments = frozenset(departments)
        self._rules: dict[str, list[tuple[DistributionRule, Condition]]] = {}
        for rule in rules:
            of_unit = self._rules.setdefault(self._organisation(rule.unit_path), [])
            of_unit.append((rule, predicate(rule.filter, LEAD_FIELDS)))
        self._pools = {pool.unit_path: pool for pool in pools}
        self._active, self._held = list(active), held

    @property
    def has_rules(self) -> bool:
        return bool(self._rules)

    def place(self, lead: Lead, now: datetime) -> Placed:
        """Rule after rule, as long as each sends the lead on to an organisation with rules; else into the unit's pool."""
        used: list[str] = []
        passed = {self._organisation(lead.unit_path)}
        runner_up = ""
        while lead.state == State.RECEIVED:
            waiting = self._holding(lead, now)
            rule = next((rule for rule in waiting if self._by_rule(lead, rule, now)), None)
            if rule is None:
                break
            if not used:
                runner_up = next((other.label for other in waiting), OWN_POOL)
            used.append(rule.label)
            organisation = self._organisation(lead.unit_path)
            if organisation in passed:
                break
            passed.add(organisation)
        if lead.state == State.RECEIVED:
            self._into_pool(lead, lead.unit_path)
        return Placed(lead.unit_path, tuple(used), runner_up)

    def offer_next(self, lead: Lead, now: datetime) -> Placed | None:
        """The next rule of the unit that offered the lead, whose target has not refused it yet; None when there is none."""
        rule = next((rule for rule in self._holding(lead, now) if self._by_rule(lead, rule, now)), None)
        if rule is None:
            return None
        onwards = self.place(lead, now)
        return Placed(onwards.unit_path, (rule.label, *onwards.rules), OWN_POOL)

    def turns(self, lead: Lead, now: datetime) -> list[DistributionRule]:
        """The rules on the lead's way that hand leads to members; one of them may be the one that places it."""
        found: list[DistributionRule] = []
        made_in, passed = lead.unit_path, set[str]()
        try:
            while (organisation := self._organisation(lead.unit_path)) not in passed:
                passed.add(organisation)
                waiting = list(self._holding(lead, now))
                onwards = next((rule for rule in waiting if not rule.takes_turns), None)
                found += waiting if onwards is None else waiting[: waiting.index(onwards)]
                if onwards is None or onwards.accept_hours:
                    break
                lead.unit_path = onwards.target_unit_path
        finally:
            lead.unit_path = made_in
        return found

    def pool(self, unit_path: str) -> Pool | None:
        """The default pool of the unit, else of the nearest unit above that has one."""
        return next((self._pools[path] for path in units_above(unit_path) if path in self._pools), None)

    def _organisation(self, unit_path: str) -> str:
        """The unit itself; a department belongs to the unit above."""
        return next((path for path in units_above(unit_path) if path not in self._departments), unit_path)

    def _holding(self, lead: Lead, now: datetime) -> Iterator[DistributionRule]:
        for rule, holds in self._rules.get(self._organisation(lead.unit_path), ()):
            if rule.target_unit_path not in lead.refused_paths and holds(lead, now):
                yield rule

    def _by_rule(self, lead: Lead, rule: DistributionRule, now: datetime) -> bool:
        if not rule.takes_turns:
            if rule.accept_hours and rule.target_unit_path != lead.unit_path:
                lead.offer(rule.target_unit_path, now + timedelta(hours=rule.accept_hours))
            else:
                lead.unit_path = rule.target_unit_path
            return True
        member = rule.next_member(self._held, self._active)
        if member is None:
            return False
        rule.last_member_id = member
        self._held[member] = self._held.get(member, 0) + 1
        pool = self.pool(rule.target_unit_path)
        lead.unit_path, lead.pool_id = rule.target_unit_path, pool.id if pool else None
        lead.assign(member, now)
        if pool is not None:
            pool.protect(lead)
        return True

    def _into_pool(self, lead: Lead, unit_path: str) -> None:
        pool = self.pool(unit_path)
        lead.place_in_pool(pool.id if pool else None, unit_path)


async def load_placement(tx: Tx, lead: Lead | None = None) -> Placement:
    """What placing needs to know, in a handful of queries. Rules that hand leads to their members are locked: those on the
    lead's way, or all of them when many leads are to be placed.
    """
    rules = await queries.enabled_rules(tx)
    pools = await queries.default_pools(tx)
    departments = await queries.departments(tx) if rules else []
    locked: set[UUID] = set()
    while True:
        met = Placement(rules, pools, (), {}, departments).turns(lead, tx.now) if lead is not None else rules
        missing = {rule.id for rule in met if rule.takes_turns} - locked
        if not missing:
            break
        await queries.lock_rules(tx, missing)
        locked |= missing
        rules = [rule for rule in rules if rule.in_force]
    members = sorted({member for rule in rules if rule.id in locked for member in rule.member_ids})
    active = await queries.active_users(tx, members) if members else []
    held = await queries.open_leads(tx, members) if members else {}
    return Placement(rules, pools, active, held, departments)


async def place_lead(tx: Tx, lead: Lead, around: Surroundings | None = None) -> None:
    """Place one lead that has just come to its unit, and note by which rules."""
    if around is not None and not around.has_rules:
        lead.place_in_pool(around.pool_id, lead.unit_path)
        return
    made_in = lead.unit_path
    placed = (await load_placement(tx, lead)).place(lead, tx.now)
    tx.insert(decision, placed.decision(tx.new_id(), lead, tx.now, made_in))
    await begin_holdings(tx, [lead], why="rule")
    if lead.offer_due_time is not None:
        await tx.schedule(OFFER, lead.id, lead.offer_due_time)
