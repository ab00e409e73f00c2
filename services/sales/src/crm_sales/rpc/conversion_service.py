"""crm.sales.v1.ConversionService."""

from crm.sales.v1 import conversion_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales.domain.policy import SalesPolicy
from crm_sales.mappings import opportunities
from crm_sales.rpc.arguments import reference, required
from crm_sales.usecases.convert_lead import cancel_conversion, confirm_conversion, create_for_conversion


class ConversionService:
    """The part of sales in turning a lead into a customer, contact and deal."""

    def __init__(self, policy: SalesPolicy) -> None:
        self._policy = policy

    async def CreateForConversion(
        self, request: pb.CreateForConversionRequest, call: Call
    ) -> pb.CreateForConversionResponse:
        operation_id = required("operation_id", reference("operation_id", request.operation_id))
        deal = await opportunities.read(call, request.opportunity)
        deal.id = required("opportunity.id", reference("opportunity.id", request.opportunity.id))
        deal.lead_id = required("lead_id", reference("lead_id", request.lead_id))
        deal.owner_id = reference("opportunity.owner_id", request.opportunity.owner_id)
        deal.unit_path = request.opportunity.unit_path
        async with begin(call) as tx:
            await create_for_conversion(tx, operation_id, deal, self._policy)
        return pb.CreateForConversionResponse(opportunity_id=str(deal.id))

    async def ConfirmConversion(self, request: pb.ConfirmConversionRequest, call: Call) -> Empty:
        operation_id = required("operation_id", reference("operation_id", request.operation_id))
        async with begin(call) as tx:
            await confirm_conversion(tx, operation_id)
        return Empty()

    async def CancelConversion(self, request: pb.CancelConversionRequest, call: Call) -> Empty:
        operation_id = required("operation_id", reference("operation_id", request.operation_id))
        async with begin(call) as tx:
            await cancel_conversion(tx, operation_id)
        return Empty()
