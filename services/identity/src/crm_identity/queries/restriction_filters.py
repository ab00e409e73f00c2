"""Whether a filter can hide records of a resource: asked of the service that keeps them."""

from crm.ops.v1 import restriction_service_pb2 as pb

from crm_identity.queries.contract import contract
from crm_kit import restrictions
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.rpc.channels import Channels

OWN = "identity"
CHECK = "crm.ops.v1.RestrictionService/CheckRestriction"


async def check_filter(call: Call, channels: Channels, keepers: list[str], resource: str, filter: str) -> None:
    """InvalidArgument naming ``resource`` or ``filter`` unless the service could hide its records by it, and the caller sees
    the fields it asks for.
    """
    service = resource.partition(".")[0].replace("_", "-")
    if resource not in contract().resources or service not in {OWN, *keepers}:
        en = f"There is no resource {resource[:80]}. Write <service>.<resource>, such as leads.lead."
        zh = f"没有资源 {resource[:80]}。请填写 <服务>.<资源>，例如 leads.lead。"
        raise InvalidArgument.of("resource", "UNKNOWN_RESOURCE", en, zh)
    if service == OWN:
        wrong = restrictions.faults(resource, filter, call.principal.field_rules)
    else:
        request = pb.CheckRestrictionRequest(resource=resource, filter=filter)
        answer = await channels.forward(call, service, CHECK, request, pb.CheckRestrictionResponse)
        wrong = [Violation(fault.field, fault.reason, fault.en, fault.zh) for fault in answer.faults]
    if wrong:
        raise InvalidArgument(wrong)
