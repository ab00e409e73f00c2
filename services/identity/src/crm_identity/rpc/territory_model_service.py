"""crm.identity.v1.TerritoryModelService."""

from datetime import UTC

from crm.identity.v1 import territory_model_service_pb2 as pb
from crm.identity.v1 import territory_pb2
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.territory_model import TerritoryModel
from crm_identity.usecases.manage_territories import require_whole_market
from crm_identity.usecases.manage_territory_models import (
    activate_model,
    archive_model,
    copy_model,
    create_model,
    delete_model,
    name_model,
)
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

models = Resource(
    mappings.territory_model,
    filters=("name", "state", "effective_time", "source_model_id", "activate_time", "archive_time", "create_time"),
)


class TerritoryModelService:
    """Plans of territories."""

    GetTerritoryModel = models.get
    ListTerritoryModels = models.list

    async def CreateTerritoryModel(
        self, request: pb.CreateTerritoryModelRequest, call: Call
    ) -> territory_pb2.TerritoryModel:
        model = await models.read(call, request.territory_model)
        async with begin(call) as tx:
            await create_model(tx, model)
        return models.write(model)

    async def UpdateTerritoryModel(
        self, request: pb.UpdateTerritoryModelRequest, call: Call
    ) -> territory_pb2.TerritoryModel:
        values = await models.changes(call, request.territory_model, request.update_mask.paths)
        async with begin(call) as tx:
            model = await tx.load(TerritoryModel, request.territory_model.id, etag=request.territory_model.etag)
            require_whole_market(tx)
            models.apply(model, values)
            name_model(model)
        return models.write(model)

    async def DeleteTerritoryModel(self, request: pb.DeleteTerritoryModelRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_model(tx, request.id, request.etag)
        return Empty()

    async def ActivateTerritoryModel(
        self, request: pb.ActivateTerritoryModelRequest, call: Call
    ) -> territory_pb2.TerritoryModel:
        moment = request.effective_time.ToDatetime(tzinfo=UTC) if request.HasField("effective_time") else None
        async with begin(call) as tx:
            model = await activate_model(tx, request.id, request.etag, moment)
        return models.write(model)

    async def ArchiveTerritoryModel(
        self, request: pb.ArchiveTerritoryModelRequest, call: Call
    ) -> territory_pb2.TerritoryModel:
        async with begin(call) as tx:
            model = await archive_model(tx, request.id, request.etag)
        return models.write(model)

    async def CopyTerritoryModel(
        self, request: pb.CopyTerritoryModelRequest, call: Call
    ) -> territory_pb2.TerritoryModel:
        async with begin(call) as tx:
            model = await copy_model(tx, request.id, request.name)
        return models.write(model)
