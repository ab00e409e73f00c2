"""crm.identity.v1.DelegationService."""

from crm.identity.v1 import delegation_pb2
from crm.identity.v1 import delegation_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.usecases.manage_delegations import create_delegation, delete_delegation
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

delegations = Resource(
    mappings.delegation,
    filters=("delegator_id", "delegate_id", "reason", "start_time", "end_time", "create_time"),
)


class DelegationService:
    """Acting in somebody's name."""

    GetDelegation = delegations.get
    ListDelegations = delegations.list

    async def CreateDelegation(self, request: pb.CreateDelegationRequest, call: Call) -> delegation_pb2.Delegation:
        delegation = await delegations.read(call, request.delegation)
        async with begin(call) as tx:
            await create_delegation(tx, delegation)
        return delegations.write(delegation)

    async def DeleteDelegation(self, request: pb.DeleteDelegationRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_delegation(tx, request.id, request.etag)
        return Empty()
