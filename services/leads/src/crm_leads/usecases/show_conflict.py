"""Showing conflicts: both sides to arbiters, nothing of the holder to the submitter (domain rule 2.3, last line)."""

from collections.abc import Sequence

from crm.leads.v1 import conflict_pb2 as pb
from crm.leads.v1.lead_pb2 import Lead

from crm_kit.access import in_reach
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.field_rules import Read, Rules, mask, rule_of
from crm_kit.ids import parse_id
from crm_leads import mappings, queries
from crm_leads.domain.conflict import Conflict, Decision
from crm_leads.queries import Side

SPLIT, GIVEN = pb.Conflict.SPLIT, pb.Conflict.GIVEN_TO_SUBMITTER


async def add_sides(call: Call, conflicts: Sequence[pb.Conflict]) -> None:
    """What is known of both sides now, of each only what lies in the arbiter's reach."""
    sides = await queries.sides_of(call, conflicts)
    for conflict in conflicts:
        for side, key in (
            (conflict.submitter, conflict.lead_id),
            (conflict.holder, conflict.holder_lead_id or conflict.holder_customer_id),
        ):
            found = sides.get(key)
            if found is not None and in_reach(call.principal, call.reach, found.owner_id, found.unit_path):
                _fill(side, found, call.principal.field_rules)


async def blind_conflict(call: Call, conflict_id: str) -> pb.Conflict:
    """What the people who see the held submission learn: the state, the day, the answer. NotFound for all others."""
    found = await queries.conflict_of_seen(call, parse_id(Conflict, conflict_id))
    if found is None:
        raise NotFound(resource="conflict", id=conflict_id)
    conflict = mappings.conflict.write(found)
    state = GIVEN if conflict.state == SPLIT else conflict.state
    told = pb.Conflict(
        id=conflict.id,
        state=state,
        lead_id=conflict.lead_id,
        protected_until_date=conflict.protected_until_date,
        answer=conflict.answer,
        create_time=conflict.create_time,
    )
    if found.state == Decision.PENDING:
        told.decide_due_time.CopyFrom(conflict.decide_due_time)
    else:
        told.decide_time.CopyFrom(conflict.decide_time)
    if not await queries.is_blind(call):
        # Inside the enterprise one may know which unit to talk to.
        sides = await queries.sides_of(call, [conflict])
        holder = sides.get(conflict.holder_lead_id or conflict.holder_customer_id)
        if holder is not None:
            told.holder.unit_path = holder.unit_path
    return told


def _fill(side: pb.ConflictSide, found: Side, rules: Rules) -> None:
    """What the rules hide of a lead they hide here."""
    for name, value in found._asdict().items():
        if name == "id" or not value:
            continue
        if name.endswith("_time"):
            getattr(side, name).FromDatetime(value)
            continue
        read = rule_of(rules, Lead.DESCRIPTOR, name).read
        if read is not Read.HIDDEN:
            setattr(side, name, mask(str(value)) if read is Read.MASKED else str(value))
