"""crm.leads.v1.DistributionRuleService."""

from crm.leads.v1 import distribution_rule_pb2
from crm.leads.v1 import distribution_rule_service_pb2 as pb

from crm_kit.access import in_reach
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.filtering import predicate
from crm_kit.resource import Resource
from crm_leads import mappings
from crm_leads.fields import LEAD_FIELDS
from crm_leads.usecases.distribute_lead import LONGEST_OFFER_HOURS

rules = Resource(
    mappings.distribution_rule,
    filters=("name", "position", "method", "unit_path", "target_unit_path", "disabled", "create_time"),
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
        check(call, request.distribution_rule)
        return await rules.create(request, call)

    async def UpdateDistributionRule(
        self, request: pb.UpdateDistributionRuleRequest, call: Call
    ) -> distribution_rule_pb2.DistributionRule:
        check(call, request.distribution_rule)
        return await rules.update(request, call)


def check(call: Call, rule: distribution_rule_pb2.DistributionRule) -> None:
    """The condition is understood, the target is a unit the caller may send leads to, and a person can be found."""
    predicate(rule.filter, LEAD_FIELDS)
    path = rule.target_unit_path
    if path and not (path.startswith("/") and path.endswith("/")):
        raise InvalidArgument.of(
            "target_unit_path",
            "NOT_A_PATH",
            "Give a unit's path such as /hq/east/.",
            "请填写组织路径，例如 /hq/east/。",
        )
    if path and not in_reach(call.principal, call.reach, None, path):
        en, zh = "Choose a unit at or below yours.", "请选择本组织或下级组织。"
        raise InvalidArgument.of("target_unit_path", "OUT_OF_REACH", en, zh)
    by_person = rule.method in {
        distribution_rule_pb2.DistributionRule.ROUND_ROBIN,
        distribution_rule_pb2.DistributionRule.LEAST_OPEN,
    }
    if by_person and not rule.member_ids:
        raise InvalidArgument.of("member_ids", "REQUIRED", "Name at least one member.", "请至少指定一名成员。")
    if by_person and rule.accept_hours:
        en, zh = "Only POOL asks the unit to accept.", "仅 POOL 方式需要组织接收确认。"
        raise InvalidArgument.of("accept_hours", "ONLY_WITH_POOL", en, zh)
    if not 0 <= rule.accept_hours <= LONGEST_OFFER_HOURS:
        en, zh = f"Give 0 to {LONGEST_OFFER_HOURS} hours.", f"请填写 0 到 {LONGEST_OFFER_HOURS} 小时。"
        raise InvalidArgument.of("accept_hours", "OUT_OF_RANGE", en, zh)
