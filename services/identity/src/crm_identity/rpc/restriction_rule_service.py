"""crm.identity.v1.RestrictionRuleService."""

from collections.abc import Sequence

from crm.identity.v1 import restriction_rule_pb2
from crm.identity.v1 import restriction_rule_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.restriction_rule import RestrictionRule
from crm_identity.queries.restriction_filters import check_filter
from crm_identity.usecases.manage_restriction_rules import (
    create_restriction_rule,
    delete_restriction_rule,
    update_restriction_rule,
)
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.rpc.channels import Channels
from crm_kit.tx import begin

restriction_rules = Resource(
    mappings.restriction_rule,
    filters=("name", "resource", "roles", "unit_ids", "binds_owner", "active", "create_time", "update_time"),
)


class RestrictionRuleService:
    """Rules that hide records. ``keepers``: the services installed beside this one."""

    def __init__(self, channels: Channels, keepers: Sequence[str]) -> None:
        self._channels, self._keepers = channels, list(keepers)

    GetRestrictionRule = restriction_rules.get
    ListRestrictionRules = restriction_rules.list

    async def CreateRestrictionRule(
        self, request: pb.CreateRestrictionRuleRequest, call: Call
    ) -> restriction_rule_pb2.RestrictionRule:
        rule = await restriction_rules.read(call, request.restriction_rule)
        await check_filter(call, self._channels, self._keepers, rule.resource, rule.filter)
        async with begin(call) as tx:
            await create_restriction_rule(tx, rule)
        return restriction_rules.write(rule)

    async def UpdateRestrictionRule(
        self, request: pb.UpdateRestrictionRuleRequest, call: Call
    ) -> restriction_rule_pb2.RestrictionRule:
        message = request.restriction_rule
        values = await restriction_rules.changes(call, message, request.update_mask.paths)
        if "filter" in values:
            # The resource never changes, so what is asked before the transaction holds in it.
            kept = await restriction_rules.find(call, message.id)
            await check_filter(call, self._channels, self._keepers, kept.resource, values["filter"])
        async with begin(call) as tx:
            rule = await tx.load(RestrictionRule, message.id, etag=message.etag)
            was_active = rule.active
            changed = restriction_rules.apply(rule, values)
            await update_restriction_rule(tx, rule, changed, was_active=was_active)
        return restriction_rules.write(rule)

    async def DeleteRestrictionRule(self, request: pb.DeleteRestrictionRuleRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_restriction_rule(tx, request.id, request.etag)
        return Empty()
