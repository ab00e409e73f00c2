"""Distribution (分发) after capture: by hand, and the answer of a unit to what it was offered (domain rule 2.9, L20, L22)."""

from datetime import timedelta
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.access import in_reach
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx
from crm_leads.domain.decision import decided, decision
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State
from crm_leads.usecases.hand_over import OFFER, begin_holdings, end_holding
from crm_leads.usecases.place_lead import load_placement, place_lead

MOST_BOUNCES = 3
LONGEST_OFFER_HOURS = 24 * 30


async def distribute_lead(
    tx: Tx, lead_id: str, unit_path: str, accept_hours: int, reason: str, *, etag: str = ""
) -> Lead:
    """A person hands the lead to a unit below, at once or for the unit to accept."""
    _check(tx, unit_path, accept_hours)
    lead = await tx.load(Lead, lead_id, etag=etag)
    await tx.reveal(lead)
    made_in = lead.unit_path
    previous = lead.send_to(made_in if accept_hours else unit_path)
    if previous is not None:
        await end_holding(tx, lead, previous, "distributed")
    if accept_hours:
        lead.refused_paths = []
        lead.offer(unit_path, tx.now + timedelta(hours=accept_hours))
        await tx.schedule(OFFER, lead.id, tx.now + timedelta(hours=accept_hours))
        tx.publish(lead, events.LeadOffered())
    else:
        await place_lead(tx, lead)
        tx.publish(lead, events.LeadDistributed(reason=reason))
    inputs = {"reason": reason} if reason else {}
    by_hand = decided(
        tx.new_id(), lead, "distribution", unit_path, tx.principal.actor, tx.now, inputs=inputs, unit_path=made_in
    )
    tx.insert(decision, by_hand)
    return lead


async def accept_lead(tx: Tx, lead_id: str, *, etag: str = "") -> Lead:
    """The unit takes the lead; its own rules or pool place it."""
    lead = await tx.load(Lead, lead_id, etag=etag)
    await tx.reveal(lead)
    lead.accept()
    await tx.cancel_timer(OFFER, lead.id)
    await place_lead(tx, lead)
    tx.publish(lead, events.LeadAccepted())
    return lead


async def refuse_lead(tx: Tx, lead_id: str, reason: str, *, etag: str = "") -> None:
    """The unit does not take the lead; the next one is asked."""
    if not reason.strip():
        raise InvalidArgument.of("reason", "REQUIRED", "Say why in a few words.", "请填写原因。")
    lead = await tx.load(Lead, lead_id, etag=etag)
    await tx.reveal(lead)
    await tx.cancel_timer(OFFER, lead.id)
    await _bounce(tx, lead, "refused", reason.strip())


async def let_offer_pass(tx: Tx, lead_id: UUID) -> None:
    """The unit did not answer in time."""
    lead = await tx.load(Lead, lead_id)
    await tx.reveal(lead)
    if lead.state == State.OFFERED:
        await _bounce(tx, lead, "timed_out", "")


async def _bounce(tx: Tx, lead: Lead, reason: str, note: str) -> None:
    """To the next target; after three, or when there is none, to the people who distribute by hand."""
    refuser = lead.unit_path
    lead.bounce()
    bounces, made_in = len(lead.refused_paths), lead.unit_path
    placed = None
    if bounces < MOST_BOUNCES:
        placed = (await load_placement(tx, lead)).offer_next(lead, tx.now)
    if placed is None:
        lead.wait_for_person()
    else:
        await begin_holdings(tx, [lead], why="rule")
        if lead.offer_due_time is not None:
            await tx.schedule(OFFER, lead.id, lead.offer_due_time)
        else:
            lead.offered_from_unit_path, lead.refused_paths = "", []
    inputs = {"unit": refuser, "reason": reason, "note": note, "bounces": bounces}
    outcome, rule = (placed.unit_path, " › ".join(placed.rules)) if placed else ("by_hand", "no_target_left@1")
    why = decided(tx.new_id(), lead, "distribution", outcome, rule, tx.now, inputs=inputs, unit_path=made_in)
    tx.insert(decision, why)
    tx.publish(lead, events.LeadReturned(reason=reason, note=note))


def _check(tx: Tx, unit_path: str, accept_hours: int) -> None:
    wrong = []
    if not (unit_path.startswith("/") and unit_path.endswith("/") and len(unit_path) > 1):
        en, zh = "Give a unit's path such as /hq/east/.", "请填写组织路径，例如 /hq/east/。"
        wrong.append(Violation("unit_path", "NOT_A_PATH", en, zh))
    elif not in_reach(tx.principal, tx.call.reach, None, unit_path):
        en, zh = "Choose a unit at or below yours.", "请选择本组织或下级组织。"
        wrong.append(Violation("unit_path", "OUT_OF_REACH", en, zh))
    if not 0 <= accept_hours <= LONGEST_OFFER_HOURS:
        en, zh = f"Give 0 to {LONGEST_OFFER_HOURS} hours.", f"请填写 0 到 {LONGEST_OFFER_HOURS} 小时。"
        wrong.append(Violation("accept_hours", "OUT_OF_RANGE", en, zh))
    if wrong:
        raise InvalidArgument(wrong)
