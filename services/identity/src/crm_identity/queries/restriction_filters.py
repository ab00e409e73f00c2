"""Whether a filter can hide records of a resource: asked of the service that keeps them."""

from crm.ops.v1 import restriction_service_pb2 as pb

from crm_identity.queries.contract import contract
from crm_kit import restrictions
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.rpc.channels import Channels

OWN = "identity"
CHECK = "crm.ops.v1.RestrictionService/CheckRestriction"


async def check_filter(call: Call, channels: Channels, keepers: list[str], resource: str, filter: str) -> None:
    """InvalidArgument naming ``resource`` or ``filter`` unless the service could hide its records by it; FieldUnreadable for
    fields the caller does not see.
    """
    service = resource.partition(".")[0].replace("_", "-")
    if resource not in contract().resources or service not in {OWN, *keepers}:
        en = f"There is no resource {resource[:80]}. Write <service>.<resource>, such as leads.lead."
        zh = f"没有资源 {resource[:80]}。请填写 <服务>.<资源>，例如 leads.lead。"
        raise InvalidArgument.of("resource", "UNKNOWN_RESOURCE", en, zh)
    if service == OWN:
        restrictions.check(resource, filter, call.principal.field_rules)
        return
    request = pb.CheckRestrictionRequest(resource=resource, filter=filter)
    await channels.forward(call, service, CHECK, request, pb.CheckRestrictionResponse)
