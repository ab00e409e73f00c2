"""crm.customers.v1.TerritoryAlignmentService."""

from crm.customers.v1 import territory_alignment_pb2
from crm.customers.v1 import territory_alignment_service_pb2 as pb

from crm_customers import mappings
from crm_customers.usecases.run_territory_alignment import create_alignment
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

alignments = Resource(
    mappings.territory_alignment, filters=("territory_model_id", "kind", "state", "note", "create_time", "end_time")
)


class TerritoryAlignmentService:
    """What rules of territories mean for all customers."""

    GetTerritoryAlignment = alignments.get
    ListTerritoryAlignments = alignments.list

    async def CreateTerritoryAlignment(
        self, request: pb.CreateTerritoryAlignmentRequest, call: Call
    ) -> territory_alignment_pb2.TerritoryAlignment:
        alignment = await alignments.read(call, request.territory_alignment)
        async with begin(call) as tx:
            await create_alignment(tx, alignment)
        return alignments.write(alignment)
