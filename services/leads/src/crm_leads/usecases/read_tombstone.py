"""A merged lead is found for ever: its tombstone names the lead that goes on (domain rule 2.5)."""

from crm.leads.v1.lead_pb2 import Lead as LeadMessage

from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.ids import parse_id
from crm_kit.mapping import timestamp
from crm_leads import queries
from crm_leads.domain.lead import Lead


async def read_tombstone(call: Call, lead_id: str) -> LeadMessage:
    """What is left of a merged lead; NotFound for whoever could not see the lead."""
    key = parse_id(Lead, lead_id)
    found = await queries.tombstone(call, key)
    if found is None:
        raise NotFound(resource="lead", id=key)
    return LeadMessage(
        id=str(found.id),
        number=found.number,
        state=LeadMessage.MERGED,
        merged_into_id=str(found.merged_into_id),
        unit_path=found.unit_path,
        etag=str(found.version),
        create_time=timestamp(found.create_time),
        update_time=timestamp(found.update_time),
    )
