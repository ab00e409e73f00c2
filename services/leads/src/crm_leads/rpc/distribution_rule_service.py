"""crm.leads.v1.DistributionRuleService."""

from crm.leads.v1 import distribution_rule_pb2
from crm.leads.v1 import distribution_rule_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.filtering import predicate
from crm_kit.resource import Resource
from crm_leads import mappings
from crm_leads.fields import LEAD_FIELDS

rules = Resource(
    mappings.distribution_rule,
    filters=("name", "position", "method", "target_unit_path", "disabled", "create_time"),
    order="position",
)


class DistributionRuleService:
    """The ordered rules that place new leads."""

    GetDistributionRule = rules.get
    ListDistributionRules = rules.list
    DeleteDistributionRule = rules.delete

    async def CreateDistributionRule(
        self, request: pb.CreateDistributionRuleRequest, call: Call
    ) -> distribution_rule_pb2.DistributionRule:
        check(request.distribution_rule)
        return await rules.create(request, call)

    async def UpdateDistributionRule(
        self, request: pb.UpdateDistributionRuleRequest, call: Call
    ) -> distribution_rule_pb2.DistributionRule:
        check(request.distribution_rule)
        return await rules.update(request, call)


def check(rule: distribution_rule_pb2.DistributionRule) -> None:
    """The condition is understood, the target is a unit, and a person can be found."""
    predicate(rule.filter, LEAD_FIELDS)
    path = rule.target_unit_path
    if path and not (path.startswith("/") and path.endswith("/")):
        raise InvalidArgument.of(
            "target_unit_path",
            "NOT_A_PATH",
            "Give a unit's path such as /hq/east/.",
            "请填写组织路径，例如 /hq/east/。",
        )
    by_person = rule.method in {
        distribution_rule_pb2.DistributionRule.ROUND_ROBIN,
        distribution_rule_pb2.DistributionRule.LEAST_OPEN,
    }
    if by_person and not rule.member_ids:
        raise InvalidArgument.of("member_ids", "REQUIRED", "Name at least one member.", "请至少指定一名成员。")
