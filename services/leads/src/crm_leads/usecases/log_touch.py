"""Log a touch (跟进): what was said, and what it moves: the first response, the work, the recycling date."""

from datetime import timedelta

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx
from crm_leads import mappings, queries
from crm_leads.domain.lead import Lead
from crm_leads.domain.touch import DIRECTIONS, KINDS, Touch, counts
from crm_leads.usecases.hand_over import renew_protection
from crm_leads.usecases.prepare_lead import score_lead

CLOCK_SKEW = timedelta(minutes=5)


async def log_touch(tx: Tx, touch: Touch) -> Touch:
    """The touch as kept; a valid one moves the lead's clocks."""
    touch.occur_time = touch.occur_time or tx.now
    _check(tx, touch)
    lead = await tx.load(Lead, touch.lead_id)
    await tx.reveal(lead)
    touch.owner_id, touch.unit_path = tx.principal.user_id, lead.unit_path
    touch.valid = counts(touch.kind, touch.direction, touch.outcome, touch.duration_seconds)
    tx.add(touch)
    if touch.valid:
        lead.touched(touch.occur_time, outbound=touch.direction == "outbound")
        await tx.session.flush()
        score_lead(lead, tx.now, (await queries.recent_touches(tx, [lead.id])).get(lead.id, ()))
        if lead.owner_id is not None:
            await renew_protection(tx, lead, await queries.pool_of(tx, lead))
    tx.publish(lead, events.LeadTouched(touch=mappings.touch.write(touch)))
    return touch


def _check(tx: Tx, touch: Touch) -> None:
    wrong = []
    for field, value, allowed in (("kind", touch.kind, KINDS), ("direction", touch.direction, DIRECTIONS)):
        if value not in allowed:
            choices = ", ".join(allowed)
            wrong.append(Violation(field, "UNKNOWN_VALUE", f"Choose one of {choices}.", f"请选择：{choices}。"))
    if touch.occur_time > tx.now + CLOCK_SKEW:
        wrong.append(
            Violation("occur_time", "IN_THE_FUTURE", "Log what has happened; plan what will.", "请记录已发生的跟进。")
        )
    if touch.duration_seconds < 0:
        wrong.append(Violation("duration_seconds", "NEGATIVE", "Give seconds from 0 up.", "时长不能为负数。"))
    if wrong:
        raise InvalidArgument(wrong)
