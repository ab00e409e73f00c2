"""Administrators keep SLA policies; open tickets follow their policy."""

from crm_kit.errors import InvalidArgument
from crm_kit.filtering import predicate
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.sla_policy import SlaPolicy
from crm_service_desk.usecases.keep_calendar import DefaultStays

REPLAN_POLICY = "sla_policy.replan"
PROMISES = frozenset({"targets", "pause_states", "calendar_id"})


async def create_policy(tx: Tx, policy: SlaPolicy) -> SlaPolicy:
    """A new policy, for the tickets to come."""
    await _check(tx, policy)
    if policy.is_default:
        await _retire_default(tx)
    return tx.add(policy)


async def update_policy(tx: Tx, policy: SlaPolicy, changed: set[str]) -> SlaPolicy:
    """Other promises reach the policy's open tickets; time counted is kept. It has the new values already."""
    await _check(tx, policy)
    if "is_default" in changed:
        await _become_default(tx, policy)
    if changed & PROMISES:
        await tx.schedule(REPLAN_POLICY, policy.id, tx.now)
    return policy


async def delete_policy(tx: Tx, policy: SlaPolicy) -> None:
    """Tickets under it keep their targets; no other ticket gets them."""
    if policy.is_default:
        raise DefaultStays
    policy.delete_time = tx.now


async def _check(tx: Tx, policy: SlaPolicy) -> None:
    policy.check()
    # Raises InvalidArgument when the filter cannot be read.
    predicate(policy.filter, await queries.ticket_fields(tx))
    if policy.calendar_id is not None and not await queries.calendar_exists(tx, policy.calendar_id):
        en, zh = (
            "There is no such calendar. Choose another, or none for the default one.",
            "没有此日历，请另选，或留空使用默认日历。",
        )
        raise InvalidArgument.of("calendar_id", "UNKNOWN_CALENDAR", en, zh)


async def _become_default(tx: Tx, policy: SlaPolicy) -> None:
    if not policy.is_default:
        raise DefaultStays
    policy.is_default = False
    await _retire_default(tx)
    policy.is_default = True


async def _retire_default(tx: Tx) -> None:
    """Written before the new default is, because the database allows only one at any time.

    The former one is switched off: without a filter it would still hold for every ticket.
    """
    former = await queries.default_policy(tx)
    former.is_default, former.disabled = False, True
    await tx.session.flush()
