"""crm.identity.v1.UnitService."""

from collections.abc import Sequence

from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import unit_pb2
from crm.identity.v1 import unit_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.unit import Unit
from crm_identity.usecases.manage_units import create_unit, delete_unit
from crm_identity.usecases.move_unit import move_unit
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

units = Resource(
    mappings.unit,
    filters=("name", "code", "parent_id", "kind", "path", "create_time"),
    search=("name", "code"),
    order="path",
)


class UnitService:
    """Units of the enterprise."""

    GetUnit = units.get
    ListUnits = units.list

    def __init__(self, keepers: Sequence[str]) -> None:
        self._keepers = keepers

    async def CreateUnit(self, request: pb.CreateUnitRequest, call: Call) -> unit_pb2.Unit:
        unit = await units.read(call, request.unit)
        async with begin(call) as tx:
            await create_unit(tx, unit)
        return units.write(unit)

    async def UpdateUnit(self, request: pb.UpdateUnitRequest, call: Call) -> unit_pb2.Unit:
        values = await units.changes(call, request.unit, request.update_mask.paths)
        values.pop("code", None)
        async with begin(call) as tx:
            unit = await tx.load(Unit, request.unit.id, etag=request.unit.etag)
            if units.apply(unit, values):
                tx.publish(unit, events.UnitUpdated())
        return units.write(unit)

    async def DeleteUnit(self, request: pb.DeleteUnitRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_unit(tx, request.id, request.etag)
        return Empty()

    async def MoveUnit(self, request: pb.MoveUnitRequest, call: Call) -> unit_pb2.Unit:
        async with begin(call) as tx:
            unit = tx.answer_with(await move_unit(tx, request.id, request.parent_id, request.etag, self._keepers))
        return units.write(unit)
