"""Assign (分配): a manager hands a lead to a person of the unit."""

from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.lead import Lead
from crm_leads.usecases.hand_over import hand_over


async def assign_lead(tx: Tx, lead_id: str, owner_id: str, *, etag: str = "", reason: str = "") -> Lead:
    """The person owns the lead from now on; protection starts again."""
    user = await _assignable(tx, owner_id)
    lead = await tx.load(Lead, lead_id, etag=etag)
    await hand_over(tx, lead, user, await queries.pool_of(tx, lead))
    tx.publish(lead, events.LeadAssigned(reason=reason))
    return lead


async def _assignable(tx: Tx, owner_id: str) -> UUID:
    try:
        user = UUID(owner_id)
    except ValueError:
        raise InvalidArgument.of("owner_id", "NOT_A_UUID", "Name the user by id.", "请用用户 ID 指定负责人。") from None
    if not await queries.active_users(tx, [user]):
        raise InvalidArgument.of(
            "owner_id",
            "USER_DISABLED",
            "This user no longer works here. Choose another.",
            "该用户已停用，请选择其他用户。",
        )
    return user
