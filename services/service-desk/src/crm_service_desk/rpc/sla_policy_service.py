"""crm.service_desk.v1.SlaPolicyService."""

from crm.service_desk.v1 import sla_policy_pb2
from crm.service_desk.v1 import sla_policy_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_service_desk import mappings
from crm_service_desk.domain.sla_policy import SlaPolicy
from crm_service_desk.usecases.keep_policy import create_policy, delete_policy, update_policy

sla_policies = Resource(
    mappings.sla_policy,
    filters=("name", "position", "calendar_id", "is_default", "disabled", "create_time", "update_time"),
    search=("name",),
)


class SlaPolicyService:
    """What is promised for which tickets."""

    GetSlaPolicy = sla_policies.get
    ListSlaPolicies = sla_policies.list

    async def CreateSlaPolicy(self, request: pb.CreateSlaPolicyRequest, call: Call) -> sla_policy_pb2.SlaPolicy:
        policy = await sla_policies.read(call, request.sla_policy)
        policy.pause_states = _pause_states(request.sla_policy)
        async with begin(call) as tx:
            await create_policy(tx, policy)
        return sla_policies.write(policy)

    async def UpdateSlaPolicy(self, request: pb.UpdateSlaPolicyRequest, call: Call) -> sla_policy_pb2.SlaPolicy:
        paths = request.update_mask.paths
        values = await sla_policies.changes(call, request.sla_policy, paths)
        if not paths or "pause_states" in paths:
            values["pause_states"] = _pause_states(request.sla_policy)
        async with begin(call) as tx:
            policy = await tx.load(SlaPolicy, request.sla_policy.id, etag=request.sla_policy.etag)
            await update_policy(tx, policy, sla_policies.apply(policy, values))
        return sla_policies.write(policy)

    async def DeleteSlaPolicy(self, request: pb.DeleteSlaPolicyRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_policy(tx, await tx.load(SlaPolicy, request.id, etag=request.etag))
        return Empty()


def _pause_states(message: sla_policy_pb2.SlaPolicy) -> list[str]:
    return [mappings.state_name(number) for number in message.pause_states]
