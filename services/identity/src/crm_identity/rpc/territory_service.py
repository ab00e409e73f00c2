"""crm.identity.v1.TerritoryService."""

from crm.identity.v1 import territory_pb2
from crm.identity.v1 import territory_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.territory import Territory
from crm_identity.usecases.manage_territories import create_territory, delete_territory, update_territory
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

territories = Resource(
    mappings.territory,
    filters=(
        "model_id",
        "parent_id",
        "ancestor_ids",
        "code",
        "name",
        "priority",
        "inherit",
        "writer_ids",
        "reader_ids",
        "create_time",
    ),
    order="code",
)


class TerritoryService:
    """The territories of a model."""

    GetTerritory = territories.get
    ListTerritories = territories.list

    async def CreateTerritory(self, request: pb.CreateTerritoryRequest, call: Call) -> territory_pb2.Territory:
        territory = await territories.read(call, request.territory)
        async with begin(call) as tx:
            await create_territory(tx, territory)
        return territories.write(territory)

    async def UpdateTerritory(self, request: pb.UpdateTerritoryRequest, call: Call) -> territory_pb2.Territory:
        values = await territories.changes(call, request.territory, request.update_mask.paths)
        async with begin(call) as tx:
            territory = await tx.load(Territory, request.territory.id, etag=request.territory.etag)
            former, members = list(territory.ancestor_ids), territory.member_ids
            await update_territory(tx, territory, territories.apply(territory, values), former, members)
        return territories.write(territory)

    async def DeleteTerritory(self, request: pb.DeleteTerritoryRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_territory(tx, request.id, request.etag)
        return Empty()
