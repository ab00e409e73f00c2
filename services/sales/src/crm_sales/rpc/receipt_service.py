"""crm.sales.v1.ReceiptService."""

from crm.sales.v1 import receipt_pb2
from crm.sales.v1 import receipt_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales.domain.receipt import Receipt
from crm_sales.mappings import receipts
from crm_sales.rpc.arguments import required
from crm_sales.usecases import take_receipt


class ReceiptService:
    """Money received on contracts."""

    GetReceipt = receipts.get
    ListReceipts = receipts.list

    async def CreateReceipt(self, request: pb.CreateReceiptRequest, call: Call) -> receipt_pb2.Receipt:
        receipt = await receipts.read(call, request.receipt)
        async with begin(call) as tx:
            await take_receipt.record_receipt(tx, receipt)
        return receipts.write(receipt)

    async def UpdateReceipt(self, request: pb.UpdateReceiptRequest, call: Call) -> receipt_pb2.Receipt:
        values = await receipts.changes(call, request.receipt, request.update_mask.paths)
        async with begin(call) as tx:
            receipt = await tx.load(Receipt, request.receipt.id, etag=request.receipt.etag)
            await take_receipt.edit_receipt(tx, receipt, values)
        return receipts.write(receipt)

    async def ConfirmReceipt(self, request: pb.ConfirmReceiptRequest, call: Call) -> receipt_pb2.Receipt:
        async with begin(call) as tx:
            receipt = await take_receipt.confirm_receipt(tx, request.id, etag=request.etag)
        return receipts.write(receipt)

    async def RejectReceipt(self, request: pb.RejectReceiptRequest, call: Call) -> receipt_pb2.Receipt:
        reason = required("reason", request.reason)
        async with begin(call) as tx:
            receipt = await take_receipt.reject_receipt(tx, request.id, reason=reason, etag=request.etag)
        return receipts.write(receipt)

    async def ReverseReceipt(self, request: pb.ReverseReceiptRequest, call: Call) -> receipt_pb2.Receipt:
        reason = required("reason", request.reason)
        async with begin(call) as tx:
            receipt = await take_receipt.reverse_receipt(tx, request.id, reason=reason, etag=request.etag)
        return receipts.write(receipt)
