"""Which promises a ticket gets: those of the first policy whose filter holds, else of the default one."""

import logging

from crm_kit.errors import InvalidArgument
from crm_kit.filtering import Fields, predicate
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.history import Plan, Terms
from crm_service_desk.domain.sla_policy import SlaPolicy
from crm_service_desk.domain.ticket import Ticket

log = logging.getLogger(__name__)


async def choose_plan(tx: Tx, ticket: Ticket) -> Plan:
    """The promises for the ticket as it is now."""
    fields = await queries.ticket_fields(tx)
    for policy in await queries.enabled_policies(tx):
        if _holds(policy, ticket, fields, tx):
            return await plan_of(tx, policy, ticket.priority)
    raise AssertionError("there is always a default policy, and it has no filter")


async def plan_of(tx: Tx, policy: SlaPolicy, priority: str) -> Plan:
    """The promises of a policy, by its calendar or the default one in their present versions."""
    calendar = await queries.calendar_of(tx, policy.calendar_id)
    terms = Terms(policy.id, policy.version, calendar.id, calendar.revision)
    return Plan(terms, calendar.hours, policy.targets_for(priority), policy.pauses)


def _holds(policy: SlaPolicy, ticket: Ticket, fields: Fields, tx: Tx) -> bool:
    try:
        return predicate(policy.filter, fields)(ticket, tx.now)
    except InvalidArgument:
        # A custom field it asks about was removed since; taking in requests must go on.
        log.warning("the filter of SLA policy %s cannot be read any more; policy skipped", policy.id)
        return False
