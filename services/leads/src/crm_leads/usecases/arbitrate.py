"""Arbitration (撞单裁决): somebody above both sides decides who gets the party; without a word, the holder keeps it."""

from collections.abc import Sequence
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.conflict import Conflict, Decision
from crm_leads.domain.decision import decided, decision
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import OPEN, State
from crm_leads.usecases.hand_over import end_holding
from crm_leads.usecases.place_lead import place_lead

ARBITRATION = "lead.conflict"
OUT_OF_TIME = "nobody decided in time"
CHOICES = tuple(each for each in Decision if each is not Decision.PENDING)


async def decide_conflict(
    tx: Tx, conflict_id: str, state: str, reason: str, answer: str, *, etag: str = ""
) -> Conflict:
    """The arbiter's word: who works on the party from now on."""
    _check(state, reason)
    conflict = await tx.load(Conflict, conflict_id, etag=etag)
    await _decide(tx, conflict, Decision(state), reason.strip(), answer.strip())
    await tx.cancel_timer(ARBITRATION, conflict.id)
    return conflict


async def close_conflict(tx: Tx, conflict_id: UUID) -> None:
    """The time is up: the holder keeps the party."""
    conflict = await tx.load(Conflict, conflict_id)
    if conflict.state == Decision.PENDING:
        await _decide(tx, conflict, Decision.HELD_BY_HOLDER, OUT_OF_TIME, "")


async def _decide(tx: Tx, conflict: Conflict, state: Decision, reason: str, answer: str) -> None:
    conflict.decide(state, by=tx.principal.actor, at=tx.now, reason=reason, answer=answer)
    # Locked in the order in which captures lock them: what is older first.
    holder = await queries.locked(tx, conflict.holder_lead_id) if conflict.holder_lead_id else None
    held = await queries.locked(tx, conflict.lead_id)
    customer = await queries.known_customer_of(tx, conflict.holder_customer_id)
    if state is Decision.GIVEN_TO_SUBMITTER and holder is not None:
        await _take_from(tx, holder, held)
    await _end_hold(tx, held, state, answer)
    why = decided(
        tx.new_id(),
        held,
        "conflict",
        "given_to_submitter" if state is Decision.SPLIT else state.lower(),
        "arbiter" if tx.principal.user_id else "holder_keeps_without_decision@1",
        tx.now,
        inputs={"answer": answer} if answer else {},
    )
    tx.insert(decision, why)
    side = holder if holder is not None else customer
    tx.publish(
        conflict,
        events.ConflictDecided(
            submitter_unit_path=held.unit_path,
            holder_id=str(side.owner_id or "") if side is not None else "",
            holder_unit_path=side.unit_path if side is not None else "",
        ),
    )


async def _take_from(tx: Tx, holder: Lead, held: Lead) -> None:
    """The holder's lead is closed, unless it has come to its end meanwhile."""
    if holder.state not in OPEN:
        return
    previous = holder.give_up_to(held)
    if previous is not None:
        await end_holding(tx, holder, previous, "arbiter")
    tx.publish(holder, events.LeadOverwritten())


async def _end_hold(tx: Tx, held: Lead, state: Decision, answer: str) -> None:
    if state in {Decision.GIVEN_TO_SUBMITTER, Decision.SPLIT}:
        held.end_hold(State.RECEIVED, answer)
        await place_lead(tx, held)
        tx.publish(held, events.LeadCaptured())
        return
    held.end_hold(State.REJECTED if state is Decision.REJECTED else State.DUPLICATE_CLOSED, answer)
    tx.publish(held, events.HeldLeadClosed())


def _check(state: str, reason: str) -> None:
    wrong: list[Violation] = []
    if state not in CHOICES:
        wrong.append(
            Violation("state", "UNKNOWN_VALUE", f"Choose one of {_list(CHOICES)}.", f"请选择：{_list(CHOICES)}。")
        )
    if not reason.strip():
        wrong.append(Violation("reason", "REQUIRED", "Say why in a few words.", "请填写原因。"))
    if wrong:
        raise InvalidArgument(wrong)


def _list(choices: Sequence[str]) -> str:
    return ", ".join(choices)
