"""Merge (线索合并): several leads a person found to be one become one, and nothing kept of them is lost (domain rule 2.5)."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.leads.v1 import lead_pb2
from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.errors import FailedPrecondition, FieldNotWritable, InvalidArgument, Violation
from crm_kit.field_rules import rule_of
from crm_kit.ids import parse_id
from crm_kit.privacy import seal_values
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.decision import decided, decision
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_merge import MOST_LEADS, UNDO, LeadMerge, lead_merge_image
from crm_leads.domain.lead_merging import REPLACED, Merged, Policy, merge_values, suggest
from crm_leads.domain.lead_states import MERGEABLE, LeadStateForbids, State
from crm_leads.usecases.hand_over import end_holding
from crm_leads.usecases.prepare_lead import index_lead, score_lead

EXPIRY = "lead.merge_expiry"


class OnlyTheSurvivorMayBeConverted(FailedPrecondition):
    """A converted lead has a customer; it cannot vanish into another. Facts: id."""

    en = "A converted lead can only be the one that goes on, and at most one may be converted. Choose it as the survivor."
    zh = "已转化的线索只能作为保留线索，且最多只能有一条，请将其选为保留线索。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leads are to be one, by id with the version that was looked at, and how. Ids are valid."""

    versions: Mapping[UUID, str]
    survivor_id: UUID | None
    policy: Policy
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would give: the survivor as it would be, the leads as they are, and how much would follow."""

    survivor: Lead
    result: Lead
    leads: Sequence[Lead]
    merged: Merged
    moved: Mapping[str, int]


def wanted_of(request: Any, policy: str) -> Wanted:
    """What a request names; InvalidArgument when these are not 2 to 10 leads with the survivor among them."""
    versions = {parse_id(Lead, one.id): one.etag for one in request.leads}
    survivor = parse_id(Lead, request.survivor_id) if request.survivor_id else None
    wrong = []
    if len(versions) != len(request.leads) or not 2 <= len(versions) <= MOST_LEADS:
        en, zh = f"Name 2 to {MOST_LEADS} different leads.", f"请选择 2 到 {MOST_LEADS} 条不同的线索。"
        wrong.append(Violation("leads", "WRONG_NUMBER", en, zh))
    if survivor is not None and survivor not in versions:
        en, zh = "The lead that goes on must be one of the leads.", "保留线索必须是参与合并的线索之一。"
        wrong.append(Violation("survivor_id", "NOT_MERGED", en, zh))
    if wrong:
        raise InvalidArgument(wrong)
    choices = {one.field: one.lead_id for one in request.choices}
    return Wanted(versions, survivor, Policy(policy), choices)


async def preview_merge(tx: Tx, wanted: Wanted) -> Preview:
    """What merging would give; nothing is stored."""
    leads = await _loaded(tx, wanted)
    for lead in leads:
        tx.session.expunge(lead)
    survivor = next((one for one in leads if one.id == wanted.survivor_id), None) or suggest(leads)
    others = _others(survivor, leads)
    merged = merge_values(survivor, others, wanted.policy, wanted.choices)
    result = copy(survivor)
    _put(result, merged, tx)
    moved = await queries.counted(tx, [one.id for one in others])
    return Preview(survivor, result, [survivor, *others], merged, moved)


async def merge_leads(tx: Tx, wanted: Wanted) -> LeadMerge:
    """The merge; other services follow it until it is settled."""
    leads = await _loaded(tx, wanted)
    survivor = next(one for one in leads if one.id == wanted.survivor_id)
    others = _others(survivor, leads)
    merge = LeadMerge(
        id=tx.new_id(),
        survivor_id=survivor.id,
        merged_ids=[str(one.id) for one in others],
        merged_by=tx.principal.actor,
        undo_until_time=tx.now + UNDO,
        owner_id=survivor.owner_id,
        unit_path=survivor.unit_path,
    )
    merge.wait()
    merged = merge_values(survivor, others, wanted.policy, wanted.choices)
    states = {str(one.id): one.state for one in others}
    before = _image(survivor)
    _put(survivor, merged, tx)
    kept = {"before": before, "after": _image(survivor)}
    kept = {name: await seal_values(tx, survivor, image) for name, image in kept.items()}
    tx.insert(lead_merge_image, {"lead_merge_id": merge.id, "survivor_id": survivor.id, **kept, "states": states})
    for one in others:
        await _close(tx, one, survivor)
    await tx.session.flush()
    for kind, count in (await queries.follow(tx, merge.id, survivor.id, [one.id for one in others])).items():
        merge.count("leads", kind, count)
    score_lead(survivor, tx.now, (await queries.recent_touches(tx, [survivor.id])).get(survivor.id, ()))
    why = {"merged": [one.number for one in others]}
    tx.insert(decision, decided(tx.new_id(), survivor, "merge", "by_hand", tx.principal.actor, tx.now, inputs=why))
    tx.add(merge, by_rule=True)
    tx.publish(survivor, events.LeadUpdated())
    for one in others:
        told = events.LeadMergedByHand(
            lead_merge_id=str(merge.id),
            survivor_customer_id=str(survivor.customer_id or ""),
            survivor_contact_id=str(survivor.contact_id or ""),
        )
        tx.publish(one, told)
    await tx.schedule(EXPIRY, merge.id, merge.undo_until_time)
    return merge


async def _loaded(tx: Tx, wanted: Wanted) -> list[Lead]:
    """The leads, locked in the order of their ids and revealed, and each in a state in which it may be merged."""
    leads = [await tx.load(Lead, id, etag=wanted.versions[id]) for id in sorted(wanted.versions)]
    converted = [one for one in leads if one.state == State.CONVERTED]
    if len(converted) > 1 or (converted and wanted.survivor_id not in {None, converted[0].id}):
        raise OnlyTheSurvivorMayBeConverted(id=converted[0].id)
    for lead in leads:
        if lead.state not in MERGEABLE | {State.CONVERTED}:
            raise LeadStateForbids(id=lead.id, state=lead.state, wanted="merged")
    await tx.reveal(*leads)
    return leads


def _others(survivor: Lead, leads: Sequence[Lead]) -> list[Lead]:
    others = [one for one in leads if one is not survivor]
    return sorted(others, key=lambda one: one.create_time)


async def _close(tx: Tx, lead: Lead, survivor: Lead) -> None:
    lead.merge_into(survivor, tx.now)
    if lead.owner_id is not None:
        await end_holding(tx, lead, lead.owner_id, "merged")


def _put(lead: Lead, merged: Merged, tx: Tx) -> None:
    if not merged.values:
        return
    for column, value in merged.values.items():
        if getattr(lead, column) == value:
            continue
        # What somebody may not write, they do not write by merging either: another value would come from a lead they
        # see no more of than a mask.
        if column in REPLACED and not rule_of(tx.principal.field_rules, lead_pb2.Lead.DESCRIPTOR, column).writable:
            raise FieldNotWritable(field=column)
        setattr(lead, column, value)
    index_lead(lead)
    score_lead(lead, tx.now)


def _image(lead: Lead) -> dict[str, Any]:
    return {"id": str(lead.id), **{name: copy(getattr(lead, name)) for name in REPLACED}}
