"""Possible duplicates: which leads in one's reach may be the same party, by the matching of intake (domain rule 2.3)."""

from typing import Any

from crm.leads.v1 import lead_merge_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.ids import parse_id
from crm_kit.loading import visible_one
from crm_kit.lookup import read_many
from crm_kit.tx import begin
from crm_leads import mappings, queries
from crm_leads.domain.lead import Lead
from crm_leads.domain.matching.blocking import block_keys
from crm_leads.domain.matching.defaults import DEFAULT_RULES
from crm_leads.domain.matching.scoring import Match, score
from crm_leads.usecases.prepare_lead import match_record, record_of

MOST = 10


async def find_duplicates(call: Call, lead_id: str) -> list[pb.PossibleDuplicate]:
    """Surest first, at most 10; what the caller may not see is as if it were not there."""
    key = parse_id(Lead, lead_id)
    async with begin(call) as tx:
        lead = await tx.find(visible_one(call, Lead, deleted=False, lock=""), id=key)
        if lead is None:
            raise NotFound(resource="lead", id=key)
        tx.session.expunge(lead)
        await tx.reveal(lead)
        record = match_record(lead)
        near: dict[str, Any] = await queries.sharing(tx, block_keys(record))
    others = [record_of(facts) for id, facts in near.items() if not facts["is_customer"] and id != str(lead.id)]
    matches = score(record, others, DEFAULT_RULES)
    shown = await read_many(call, mappings.lead.full_name, [parse_id(Lead, match.id) for match in matches])
    return [_told(match, shown[match.id]) for match in matches if match.id in shown][:MOST]


def _told(match: Match, lead: Any) -> pb.PossibleDuplicate:
    reasons = [pb.MatchReason(field=one.field, says=one.says, against=one.bits < 0) for one in match.because]
    return pb.PossibleDuplicate(lead=lead, score=round(match.score, 3), band=str(match.band), reasons=reasons)
