"""crm.sales.v1.ContractService."""

from crm.sales.v1 import contract_pb2
from crm.sales.v1 import contract_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.tx import begin
from crm_sales import mappings, queries
from crm_sales.domain.contract_amendment import contract_amendment
from crm_sales.domain.policy import SalesPolicy
from crm_sales.mappings import contracts
from crm_sales.rpc.arguments import amount, day, required
from crm_sales.usecases import carry_contract
from crm_sales.usecases.amend_contract import amend_contract
from crm_sales.usecases.draft_contract import draft_contract, edit_contract


class ContractService:
    """Contracts, their change orders and what is to be paid when."""

    GetContract = contracts.get
    ListContracts = contracts.list

    def __init__(self, policy: SalesPolicy) -> None:
        self._policy = policy

    async def CreateContract(self, request: pb.CreateContractRequest, call: Call) -> contract_pb2.Contract:
        contract = await contracts.read(call, request.contract)
        async with begin(call) as tx:
            await draft_contract(tx, contract, request.contract.payment_plan, self._policy)
        return contracts.write(contract)

    async def UpdateContract(self, request: pb.UpdateContractRequest, call: Call) -> contract_pb2.Contract:
        paths = [path.partition(".")[0] for path in request.update_mask.paths]
        values = await contracts.changes(call, request.contract, request.update_mask.paths)
        plan = request.contract.payment_plan
        replaced = "payment_plan" in paths or (not paths and bool(plan))
        async with begin(call) as tx:
            contract = await queries.load_contract(tx, request.contract.id, etag=request.contract.etag)
            await edit_contract(tx, contract, values, plan if replaced else None, self._policy)
        return contracts.write(contract)

    async def SubmitContract(self, request: pb.SubmitContractRequest, call: Call) -> contract_pb2.Contract:
        async with begin(call) as tx:
            contract = await carry_contract.submit_contract(tx, request.id, etag=request.etag)
        return contracts.write(contract)

    async def ApproveContract(self, request: pb.ApproveContractRequest, call: Call) -> contract_pb2.Contract:
        async with begin(call) as tx:
            contract = await carry_contract.approve_contract(tx, request.id, etag=request.etag)
        return contracts.write(contract)

    async def RejectContract(self, request: pb.RejectContractRequest, call: Call) -> contract_pb2.Contract:
        reason = required("reason", request.reason)
        async with begin(call) as tx:
            contract = await carry_contract.reject_contract(tx, request.id, reason=reason, etag=request.etag)
        return contracts.write(contract)

    async def SendContract(self, request: pb.SendContractRequest, call: Call) -> contract_pb2.Contract:
        async with begin(call) as tx:
            contract = await carry_contract.send_contract(tx, request.id, etag=request.etag)
        return contracts.write(contract)

    async def SignContract(self, request: pb.SignContractRequest, call: Call) -> contract_pb2.Contract:
        ours, theirs = day("our_sign_date", request.our_sign_date), day("their_sign_date", request.their_sign_date)
        effective = day("effective_date", request.effective_date)
        async with begin(call) as tx:
            contract = await carry_contract.sign_contract(
                tx, request.id, ours=ours, theirs=theirs, effective=effective, etag=request.etag
            )
        return contracts.write(contract)

    async def AmendContract(self, request: pb.AmendContractRequest, call: Call) -> contract_pb2.Contract:
        change = required("value_change", amount("value_change.amount", request.value_change.amount))
        reason = required("reason", request.reason)
        signed, delivery = day("sign_date", request.sign_date), day("delivery_date", request.delivery_date)
        end = day("end_date", request.end_date)
        async with begin(call) as tx:
            contract = await amend_contract(
                tx,
                request.id,
                value_change=change,
                currency=request.value_change.currency,
                reason=reason,
                sign_date=signed,
                delivery_date=delivery,
                end_date=end,
                etag=request.etag,
            )
        return contracts.write(contract)

    async def StartContract(self, request: pb.StartContractRequest, call: Call) -> contract_pb2.Contract:
        async with begin(call) as tx:
            contract = await carry_contract.start_contract(tx, request.id, etag=request.etag)
        return contracts.write(contract)

    async def FulfillContract(self, request: pb.FulfillContractRequest, call: Call) -> contract_pb2.Contract:
        done = day("fulfill_date", request.fulfill_date)
        async with begin(call) as tx:
            contract = await carry_contract.fulfill_contract(tx, request.id, day=done, etag=request.etag)
        return contracts.write(contract)

    async def ArchiveContract(self, request: pb.ArchiveContractRequest, call: Call) -> contract_pb2.Contract:
        async with begin(call) as tx:
            contract = await carry_contract.archive_contract(tx, request.id, etag=request.etag)
        return contracts.write(contract)

    async def VoidContract(self, request: pb.VoidContractRequest, call: Call) -> contract_pb2.Contract:
        reason = required("reason", request.reason)
        async with begin(call) as tx:
            contract = await carry_contract.void_contract(tx, request.id, reason=reason, etag=request.etag)
        return contracts.write(contract)

    async def TerminateContract(self, request: pb.TerminateContractRequest, call: Call) -> contract_pb2.Contract:
        reason, last = required("reason", request.reason), day("termination_date", request.termination_date)
        async with begin(call) as tx:
            contract = await carry_contract.terminate_contract(
                tx, request.id, reason=reason, day=last, etag=request.etag
            )
        return contracts.write(contract)

    async def ListContractAmendments(
        self, request: pb.ListContractAmendmentsRequest, call: Call
    ) -> pb.ListContractAmendmentsResponse:
        contract = await contracts.find(call, request.contract_id)
        belongs = contract_amendment.c.contract_id == contract.id
        rows, token = await queries.page_of(
            call, contract_amendment, queries.AMENDMENT_FIELDS, belongs, contract.id, request
        )
        return pb.ListContractAmendmentsResponse(
            amendments=[mappings.amendment(row) for row in rows], next_page_token=token
        )
