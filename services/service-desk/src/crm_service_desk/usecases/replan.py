"""Bring open tickets under changed promises, a bounded number per transaction."""

from uuid import UUID

from sqlalchemy import ColumnElement

from crm_kit.timers import Timer
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.sla_policy import SlaPolicy
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.choose_plan import plan_of
from crm_service_desk.usecases.run_clocks import replan_clocks

AT_ONCE = 50
NO_TICKET = UUID(int=0)


async def replan_tickets(tx: Tx, timer: Timer, affected: ColumnElement[bool]) -> None:
    """One chunk, then the timer again for the rest. A change in between sets the timer anew and begins from the start."""
    after = UUID(timer.payload.get("after", str(NO_TICKET)))
    found = await queries.unfinished_tickets(tx, affected, after, AT_ONCE)
    policies: dict[UUID | None, SlaPolicy] = {}
    for ticket in found:
        policy = policies.get(ticket.sla_policy_id) or await queries.policy_of(tx, ticket)
        policies[ticket.sla_policy_id] = policy
        await replan_clocks(tx, ticket, await plan_of(tx, policy, ticket.priority))
    if len(found) == AT_ONCE:
        await tx.schedule(timer.kind, timer.subject_id, tx.now, {"after": str(found[-1].id)})


def under_policy(policy_id: UUID) -> ColumnElement[bool]:
    return Ticket.sla_policy_id == policy_id


def counting_by(calendar_id: UUID) -> ColumnElement[bool]:
    return Ticket.calendar_id == calendar_id
