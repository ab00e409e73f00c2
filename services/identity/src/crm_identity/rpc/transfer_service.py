"""crm.identity.v1.TransferService."""

from collections.abc import Sequence

from crm.identity.v1 import transfer_pb2
from crm.identity.v1 import transfer_service_pb2 as pb

from crm_identity import mappings
from crm_identity.usecases.transfers import cancel_transfer, create_transfer
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

transfers = Resource(
    mappings.transfer,
    filters=("from_user_id", "to_user_id", "effective_time", "disable_user", "state", "create_time"),
)


class TransferService:
    """Records that change hands."""

    GetTransfer = transfers.get
    ListTransfers = transfers.list

    def __init__(self, keepers: Sequence[str]) -> None:
        self._keepers = keepers

    async def CreateTransfer(self, request: pb.CreateTransferRequest, call: Call) -> transfer_pb2.Transfer:
        transfer = await transfers.read(call, request.transfer)
        async with begin(call) as tx:
            await create_transfer(tx, transfer, self._keepers)
        return transfers.write(transfer)

    async def CancelTransfer(self, request: pb.CancelTransferRequest, call: Call) -> transfer_pb2.Transfer:
        async with begin(call) as tx:
            transfer = await cancel_transfer(tx, request.id, request.etag)
        return transfers.write(transfer)
