"""crm.sales.v1.PlanLineService."""

from crm.sales.v1 import plan_line_pb2
from crm.sales.v1 import plan_line_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales import queries
from crm_sales.mappings import plan_lines
from crm_sales.rpc.arguments import amount, required
from crm_sales.usecases.follow_plan import write_off


class PlanLineService:
    """What customers are to pay when, over all contracts."""

    GetPlanLine = plan_lines.get
    ListPlanLines = plan_lines.list

    async def WriteOffPlanLine(self, request: pb.WriteOffPlanLineRequest, call: Call) -> plan_line_pb2.PlanLine:
        given_up, reason = amount("amount", request.amount), required("reason", request.reason)
        contract_id = await queries.contract_of_line(call, request.id)
        async with begin(call) as tx:
            line = await write_off(tx, contract_id, request.id, amount=given_up, reason=reason, etag=request.etag)
        return plan_lines.write(line)
