"""Placing: rules, then the unit's pool; a lead is never dropped (domain rule 2.9, L20–L25)."""

from crm_kit.filtering import predicate
from crm_kit.tx import Tx

from crm_leads import queries
from crm_leads.domain.distribution import POOL, DistributionRule
from crm_leads.domain.lead import Lead
from crm_leads.fields import LEAD_FIELDS
from crm_leads.usecases.hand_over import hand_over


async def place_lead(tx: Tx, lead: Lead) -> None:
    """The first rule that holds decides; a unit's own capture, and everything no rule wants, goes to the unit's pool."""
    for rule in await queries.enabled_rules(tx):
        if predicate(rule.filter, LEAD_FIELDS)(lead, tx.now) and await _by_rule(tx, lead, rule):
            return
    await _into_pool(tx, lead, lead.unit_path)


async def _by_rule(tx: Tx, lead: Lead, rule: DistributionRule) -> bool:
    """Whether the rule found a place."""
    if rule.method == POOL:
        await _into_pool(tx, lead, rule.target_unit_path)
        return True
    present = await queries.active_users(tx, rule.member_ids)
    member = rule.next_member(await queries.open_leads(tx, rule.member_ids), present)
    if member is None:
        return False
    rule.last_member_id = member
    lead.unit_path = rule.target_unit_path
    pool = await queries.default_pool(tx, lead.unit_path)
    lead.pool_id = pool.id if pool else None
    await hand_over(tx, lead, member, pool, why=f"rule {rule.label}")
    return True


async def _into_pool(tx: Tx, lead: Lead, unit_path: str) -> None:
    pool = await queries.default_pool(tx, unit_path)
    if pool is None:
        lead.unit_path = unit_path
        lead.state = "POOLED"
        return
    lead.place_in_pool(pool.id, unit_path)
