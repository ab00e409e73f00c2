"""Placing: rules, then the unit's pool; a lead is never dropped (domain rule 2.9, L20–L25)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from crm_kit.filtering import predicate
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.distribution import POOL, DistributionRule
from crm_leads.domain.lead import Lead
from crm_leads.domain.pool import Pool, units_above
from crm_leads.fields import LEAD_FIELDS
from crm_leads.queries import Surroundings
from crm_leads.usecases.hand_over import begin_holdings


class Placement:
    """Rules, pools and people as they are now; places any number of leads and keeps count of who got how many."""

    def __init__(
        self, rules: Sequence[DistributionRule], pools: Sequence[Pool], active: Sequence[UUID], held: dict[UUID, int]
    ) -> None:
        self._rules = [(rule, predicate(rule.filter, LEAD_FIELDS)) for rule in rules]
        self._pools = {pool.unit_path: pool for pool in pools}
        self._active, self._held = list(active), held

    def place(self, lead: Lead, now: datetime) -> str:
        """The first rule that holds and finds somebody; else the unit's pool. Answers what decided."""
        for rule, holds in self._rules:
            if holds(lead, now) and self._by_rule(lead, rule, now):
                return rule.label
        self._into_pool(lead, lead.unit_path)
        return "own_pool"

    def pool(self, unit_path: str) -> Pool | None:
        """The default pool of the unit, else of the nearest unit above that has one."""
        return next((self._pools[path] for path in units_above(unit_path) if path in self._pools), None)

    def _by_rule(self, lead: Lead, rule: DistributionRule, now: datetime) -> bool:
        if rule.method == POOL:
            self._into_pool(lead, rule.target_unit_path)
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


async def load_placement(tx: Tx) -> Placement:
    """What placing needs to know, in at most four queries."""
    rules = await queries.enabled_rules(tx)
    members = sorted({member for rule in rules for member in rule.member_ids})
    active = await queries.active_users(tx, members) if members else []
    held = await queries.open_leads(tx, members) if members else {}
    return Placement(rules, await queries.default_pools(tx), active, held)


async def place_lead(tx: Tx, lead: Lead, around: Surroundings) -> None:
    """Place one new lead."""
    if not around.has_rules:
        lead.place_in_pool(around.pool_id, lead.unit_path)
        return
    (await load_placement(tx)).place(lead, tx.now)
    await begin_holdings(tx, [lead], why="rule")
