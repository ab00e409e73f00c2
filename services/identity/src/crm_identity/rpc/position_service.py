"""crm.identity.v1.PositionService."""

from crm.identity.v1 import position_pb2
from crm.identity.v1 import position_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.position import Position
from crm_identity.usecases.manage_positions import create_position, delete_position, update_position
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

positions = Resource(
    mappings.position,
    filters=("user_id", "unit_id", "unit_path", "title", "roles", "start_time", "end_time", "create_time"),
)


class PositionService:
    """Further posts."""

    GetPosition = positions.get
    ListPositions = positions.list

    async def CreatePosition(self, request: pb.CreatePositionRequest, call: Call) -> position_pb2.Position:
        position = await positions.read(call, request.position)
        async with begin(call) as tx:
            await create_position(tx, position)
        return positions.write(position)

    async def UpdatePosition(self, request: pb.UpdatePositionRequest, call: Call) -> position_pb2.Position:
        values = await positions.changes(call, request.position, request.update_mask.paths)
        async with begin(call) as tx:
            position = await tx.load(Position, request.position.id, etag=request.position.etag)
            await update_position(tx, position, positions.apply(position, values))
        return positions.write(position)

    async def DeletePosition(self, request: pb.DeletePositionRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_position(tx, request.id, request.etag)
        return Empty()
