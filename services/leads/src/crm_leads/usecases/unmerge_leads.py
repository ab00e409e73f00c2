"""Unmerge: every lead is itself again; what changed since the merge belongs where a person says (domain rule 2.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.leads.v1 import lead_merge_pb2 as pb
from crm.leads.v1 import lead_pb2
from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.errors import InvalidArgument, NotFound, StaleEtag, Violation
from crm_kit.field_rules import Rules, unreadable
from crm_kit.ids import parse_id
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.decision import decided, decision
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_merge import LeadMerge, MergedFurther, MergeTooOld
from crm_leads.domain.lead_merging import REPLACED
from crm_leads.domain.lead_states import OWNED, State
from crm_leads.domain.touch import Touch
from crm_leads.usecases.hand_over import begin_holdings
from crm_leads.usecases.merge_leads import EXPIRY
from crm_leads.usecases.prepare_lead import index_lead, score_lead


@dataclass(frozen=True, slots=True)
class Undoing:
    """A merge with its leads, locked and revealed, what they were, and what has changed since."""

    merge: LeadMerge
    survivor: Lead
    merged: Sequence[Lead]
    image: Mapping[str, Any]
    touches: Sequence[Touch]

    @property
    def changed(self) -> list[str]:
        """Fields of the survivor that say another thing than the merge left there."""
        after = self.image["after"]
        return [name for name in REPLACED if getattr(self.survivor, name) != after[name]]


async def look_at_merge(tx: Tx, merge_id: str) -> Undoing:
    """NotFound for whoever does not see all its leads; refused when it cannot be taken back."""
    key = parse_id(LeadMerge, merge_id)
    merge = await queries.merge_of(tx, key)
    if merge is None:
        raise NotFound(resource="lead_merge", id=key)
    try:
        ids = sorted([merge.survivor_id, *map(UUID, merge.merged_ids)])
        leads = {id: await tx.load(Lead, id, also_deleted=True) for id in ids}
    except NotFound:
        raise NotFound(resource="lead_merge", id=key) from None
    merge.check_undo(tx.now)
    survivor = leads.pop(merge.survivor_id)
    if survivor.state == State.MERGED:
        raise MergedFurther(id=merge.id, survivor_id=survivor.merged_into_id)
    await tx.reveal(survivor, *leads.values())
    image = await queries.image_of(tx, merge.id)
    if image is None:
        raise MergeTooOld(id=merge.id)
    return Undoing(merge, survivor, list(leads.values()), image, await queries.touches_since(tx, merge))


def conflicts_of(undoing: Undoing, rules: Rules) -> list[pb.UnmergeConflict]:
    """What a person decides: changed fields, then touches logged since; values only of fields they read in full."""
    after, survivor = undoing.image["after"], undoing.survivor
    untold = unreadable(rules, lead_pb2.Lead.DESCRIPTOR, undoing.changed)
    fields = [
        pb.UnmergeConflict(kind="field", key=name)
        if name in untold
        else pb.UnmergeConflict(
            kind="field", key=name, merged_value=_said(after[name]), present_value=_said(getattr(survivor, name))
        )
        for name in undoing.changed
    ]
    touches = [
        pb.UnmergeConflict(kind="touch", key=str(one.id), present_value=f"{one.kind} · {one.note}".strip(" ·"))
        for one in undoing.touches
    ]
    return fields + touches


async def unmerge_leads(tx: Tx, merge_id: str, decisions: Sequence[pb.UnmergeDecision], *, etag: str) -> LeadMerge:
    """Taken back; other services give back what they handed over until it is settled."""
    undoing = await look_at_merge(tx, merge_id)
    merge, survivor = undoing.merge, undoing.survivor
    if etag and etag.strip('"') != merge.etag:
        raise StaleEtag(etag=merge.etag)
    given = _given(undoing, decisions)
    changed = set(undoing.changed)
    for column, lead in given["field"].items():
        setattr(lead, column, getattr(survivor, column))
    for column in REPLACED:
        if column not in changed or column in given["field"]:
            _set(survivor, column, undoing.image["before"][column])
    if survivor.state != State.CONVERTED:
        _give_back_interest(survivor, undoing.merged)
    for lead in undoing.merged:
        await _restore(tx, lead, State(undoing.image["states"][str(lead.id)]))
    await tx.session.flush()
    for kind, (_, count) in (await queries.go_back(tx, merge.id, survivor.id)).items():
        merge.count("leads", kind, 0, count)
    for touch, lead in given["touch"].items():
        await queries.give_touch(tx, merge, UUID(touch), lead.id)
    await _settle_down(tx, [survivor, *undoing.merged])
    await begin_holdings(tx, [one for one in undoing.merged if one.state in OWNED], why="unmerge")
    merge.take_back(tx.now)
    await tx.cancel_timer(EXPIRY, merge.id)
    await queries.forget_image(tx, merge.id)
    why = decided(tx.new_id(), survivor, "merge", "taken_back", tx.principal.actor, tx.now)
    tx.insert(decision, why)
    tx.publish(survivor, events.LeadUpdated())
    for lead in undoing.merged:
        tx.publish(lead, events.LeadUnmerged(lead_merge_id=str(merge.id), survivor_id=str(survivor.id)))
    return tx.answer_with(merge)


async def _restore(tx: Tx, lead: Lead, state: State) -> None:
    """A lead whose owner has left since, or that waited in a pool, lies in its pool."""
    if state in OWNED and lead.owner_id is not None and not await queries.active_users(tx, [lead.owner_id]):
        state = State.POOLED
    lead.unmerge(state, lead.pool_id)


async def _settle_down(tx: Tx, leads: Sequence[Lead]) -> None:
    touches = await queries.recent_touches(tx, [one.id for one in leads])
    for lead in leads:
        times = touches.get(lead.id, ())
        lead.last_touch_time = max(times, default=None)
        index_lead(lead)
        score_lead(lead, tx.now, times)


def _give_back_interest(survivor: Lead, merged: Sequence[Lead]) -> None:
    theirs = [intent for lead in merged for intent in lead.intents]
    survivor.intents = [intent for intent in survivor.intents if intent not in theirs]
    survivor.intent_count = max(1, survivor.intent_count - sum(lead.intent_count for lead in merged))


def _given(undoing: Undoing, decisions: Sequence[pb.UnmergeDecision]) -> dict[str, dict[str, Lead]]:
    known = {"field": set(undoing.changed), "touch": {str(one.id) for one in undoing.touches}}
    leads = {str(one.id): one for one in undoing.merged}
    given: dict[str, dict[str, Lead]] = {"field": {}, "touch": {}}
    wrong = []
    for place, one in enumerate(decisions):
        if one.key not in known.get(one.kind, set()):
            en, zh = "This has not changed since the merge.", "该项自合并后没有变化。"
            wrong.append(Violation(f"decisions[{place}].key", "NOT_CHANGED", en, zh))
        elif one.give_back_to_id and one.give_back_to_id not in leads:
            en, zh = "Give it back to a lead of this merge.", "请选择本次合并中的线索。"
            wrong.append(Violation(f"decisions[{place}].give_back_to_id", "NOT_MERGED", en, zh))
        elif one.give_back_to_id:
            given[one.kind][one.key] = leads[one.give_back_to_id]
    if wrong:
        raise InvalidArgument(wrong)
    return given


def _set(lead: Lead, column: str, value: Any) -> None:
    if getattr(lead, column) != value:
        setattr(lead, column, value)


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {said}" for name, said in value.items())
    return str(value)
