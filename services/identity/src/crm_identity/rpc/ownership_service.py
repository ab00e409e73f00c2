"""crm.identity.v1.OwnershipService."""

from uuid import UUID

from crm.identity.v1 import ownership_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity.usecases.move_unit import complete_unit_move
from crm_identity.usecases.transfers import complete_transfer
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.tx import begin


class OwnershipService:
    """Services say that their records have followed; whose word it is, the signed caller tells."""

    async def CompleteUnitMove(self, request: pb.CompleteUnitMoveRequest, call: Call) -> Empty:
        move_id = _id("move_id", request.move_id)
        async with begin(call) as tx:
            await complete_unit_move(tx, move_id, call.principal.issuer)
        return Empty()

    async def CompleteTransfer(self, request: pb.CompleteTransferRequest, call: Call) -> Empty:
        transfer_id = _id("transfer_id", request.transfer_id)
        async with begin(call) as tx:
            await complete_transfer(tx, transfer_id, call.principal.issuer, request.moved)
        return Empty()


def _id(field: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidArgument.of(field, "NOT_A_UUID", "Give a UUID.", "请填写 UUID。") from error
