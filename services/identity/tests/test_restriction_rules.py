"""Restriction rules: who may make them, whom they bind, and what is said about it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import grpc
import pytest
from crm.identity.v1 import access_service_pb2 as access_pb
from crm.identity.v1 import restriction_rule_service_pb2 as pb
from crm.identity.v1.identity_events_pb2 import AccessChanged, RestrictionRuleUpdated
from crm.identity.v1.restriction_rule_pb2 import RestrictionRule
from google.protobuf.timestamp_pb2 import Timestamp

from crm_identity.domain.assembly import House, Lent, Person, Post, assemble, assemble_key, assemble_partner
from crm_identity.domain.contract import Contract
from crm_identity.domain.explanation import Hiding, explain, of_record
from crm_identity.domain.field_rules import RoleFacts
from crm_identity.domain.restriction_rule import MOST_ACTIVE, RestrictionFacts
from crm_identity.service import service
from crm_kit.principal import Principal, Restriction, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody

from .rights_world import ask

SERVICE = "RestrictionRuleService"
TEAMS = "identity.team.list"
NOBODY = Contract({}, ())


@pytest.fixture
async def identity(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CRM_BOOTSTRAP_ADMIN_PASSWORD", "correct horse battery")
        async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
            yield made


async def a_rule(identity: RunningService, who: Principal | None = None, **facts: Any) -> RestrictionRule:
    plain = {
        "name": f"Rule {uuid4()}",
        "resource": "identity.team",
        "filter": 'name : "secret"',
        "roles": ["sales_rep"],
    }
    request = pb.CreateRestrictionRuleRequest(restriction_rule=RestrictionRule(**{**plain, **facts}))
    return await ask(identity, f"{SERVICE}/CreateRestrictionRule", request, who)


async def change(
    identity: RunningService, rule: RestrictionRule, who: Principal | None = None, **facts: Any
) -> RestrictionRule:
    changed = RestrictionRule(id=rule.id, **facts)
    request = pb.UpdateRestrictionRuleRequest(restriction_rule=changed, update_mask={"paths": list(facts)})
    return await ask(identity, f"{SERVICE}/UpdateRestrictionRule", request, who)


async def refusal(identity: RunningService, who: Principal | None = None, **facts: Any) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await a_rule(identity, who, **facts)
    return refused.value


@pytest.mark.parametrize(
    ("facts", "en", "zh"),
    [
        ({"roles": []}, "roles: Name roles, units or both", "roles: 请填写角色、组织单元或两者"),
        ({"roles": ["administrator"]}, "The administrator is never restricted", "管理员不受限制"),
        ({"roles": ["nobody_knows"]}, "There is no role nobody_knows", "没有角色 nobody_knows"),
        ({"unit_ids": [str(uuid4())]}, "unit_ids: There are no units", "unit_ids: 没有组织单元"),
        ({"filter": 'name = "' + "x" * 300 + '"'}, "filter: Use at most 300 bytes", "filter: 最多 300 字节"),
        ({"filter": 'nmae = "x"'}, "filter: There is no field nmae. Did you mean name?", "filter: 没有字段 nmae"),
        ({"filter": "name ="}, "filter: At character", "filter: 第"),
        ({"resource": "identity.role"}, "resource: Choose one of", "resource: 请选择"),
        ({"resource": "cars.car"}, "resource: There is no resource cars.car", "resource: 没有资源 cars.car"),
    ],
)
async def test_a_rule_that_could_not_bite_is_refused_with_what_to_do(
    identity: RunningService, facts: dict[str, Any], en: str, zh: str
) -> None:
    for language, said in (("en", en), ("zh-CN", zh)):
        refused = await refusal(identity, replace(somebody(), language=language), **facts)
        assert refused.status is grpc.StatusCode.INVALID_ARGUMENT
        assert said in str(refused)


async def test_a_rule_binds_nobody_before_it_is_switched_on(identity: RunningService) -> None:
    rule = await a_rule(identity)
    assert not rule.active
    assert [one.message.removed for one in await identity.announced(RestrictionRuleUpdated)] == [False]
    before = len(await identity.announced(AccessChanged))
    rule = await change(identity, rule, reason="Works council")
    assert len(await identity.announced(AccessChanged)) == before
    await change(identity, rule, active=True)
    assert len(await identity.announced(AccessChanged)) == before + 1
    await change(identity, rule, active=False)
    told = [one.message for one in await identity.announced(AccessChanged)]
    assert len(told) == before + 2
    assert told[-1].everybody


async def test_a_resource_has_at_most_twenty_rules_in_force(identity: RunningService) -> None:
    for number in range(MOST_ACTIVE):
        await a_rule(identity, name=f"Rule {number}", active=True)
    refused = await refusal(identity, active=True)
    assert refused.reason == "TOO_MANY_RESTRICTION_RULES"
    waiting = await a_rule(identity)
    with pytest.raises(RemoteError) as too_many:
        await change(identity, waiting, active=True)
    assert too_many.value.reason == "TOO_MANY_RESTRICTION_RULES"
    await a_rule(identity, resource="identity.position", filter='title : "secret"', active=True)


async def test_all_rules_in_force_together_fit_into_a_statement_about_a_caller(identity: RunningService) -> None:
    long = 'name : "' + "x" * 280 + '"'
    for number in range(13):
        await a_rule(identity, name=f"Long {number}", filter=long, active=True)
    assert (await refusal(identity, filter=long, active=True)).reason == "RESTRICTION_RULES_TOO_LONG"


async def test_rules_are_made_by_whoever_reaches_the_whole_enterprise_and_not_in_anothers_name(
    identity: RunningService,
) -> None:
    for scope in (Scope.OWN, Scope.UNIT, Scope.SUBTREE):
        refused = await refusal(identity, somebody(unit_path="/hq/", scope=scope))
        assert refused.status is grpc.StatusCode.PERMISSION_DENIED
    refused = await refusal(identity, replace(somebody(), on_behalf_of=str(uuid4())))
    assert refused.status is grpc.StatusCode.PERMISSION_DENIED


async def test_nobody_lifts_a_rule_that_binds_themselves(identity: RunningService) -> None:
    rule = await a_rule(identity, active=True)
    bound = replace(somebody(), restrictions=(Restriction(rule.id, rule.resource, rule.filter),))
    with pytest.raises(RemoteError) as refused:
        await change(identity, rule, bound, active=False)
    assert refused.value.reason == "BOUND_BY_RESTRICTION_RULE"
    with pytest.raises(RemoteError) as kept:
        await ask(identity, f"{SERVICE}/DeleteRestrictionRule", pb.DeleteRestrictionRuleRequest(id=rule.id), bound)
    assert kept.value.reason == "BOUND_BY_RESTRICTION_RULE"


async def test_rules_over_a_resource_are_told_as_of_a_moment(identity: RunningService) -> None:
    rule = await a_rule(identity, active=True)
    between = Timestamp()
    between.GetCurrentTime()
    await change(identity, rule, active=False, filter='name : "other"')
    path = "AccessService/ListRestrictions"
    asked = access_pb.ListRestrictionsRequest(resource="identity.team")
    now = await identity.call(f"crm.identity.v1.{path}", asked, somebody(), caller="leads")
    assert list(now.restrictions) == []
    asked.as_of.CopyFrom(between)
    then = await identity.call(f"crm.identity.v1.{path}", asked, somebody(), caller="leads")
    assert [(one.rule_id, one.filter) for one in then.restrictions] == [(rule.id, 'name : "secret"')]


def fact(id: str, *, roles: tuple[str, ...] = (), units: tuple[str, ...] = (), binds: bool = False) -> RestrictionFacts:
    return RestrictionFacts(id, f"Rule {id}", "identity.team", f'name : "{id}"', binds, roles, not units, units)


def person(*posts: tuple[str, str], **facts: Any) -> Person:
    return Person(uuid4(), tuple(Post(path, (role,)) for path, role in posts), **facts)


ROLES = {code: RoleFacts(code, (("*", Scope.ALL),)) for code in ("seller", "clerk")}


def house(*rules: RestrictionFacts) -> House:
    return House(ROLES, restrictions=rules)


@pytest.mark.parametrize(
    ("posts", "bound"),
    [
        ([("/hq/east/", "seller")], {"r", "u", "both"}),
        ([("/hq/east/shop/", "seller")], {"r", "u", "both"}),
        ([("/hq/west/", "seller")], {"r"}),
        ([("/hq/east/", "clerk")], {"u"}),
        ([("/hq/west/", "clerk"), ("/hq/east/", "seller")], {"r", "u", "both"}),
        ([("/hq/west/", "seller"), ("/hq/east/", "clerk")], {"r", "u"}),
        ([("/hq/east/", "seller"), ("/hq/", "administrator")], set()),
    ],
)
def test_a_rule_binds_by_role_by_unit_or_by_both_in_one_post_and_never_an_administrator(
    posts: list[tuple[str, str]], bound: set[str]
) -> None:
    rules = house(fact("r", roles=("seller",)), fact("u", units=("/hq/east/",)))
    rules = house(*rules.restrictions, fact("both", roles=("seller",), units=("/hq/east/",)))
    rights = assemble(person(*posts), rules, NOBODY)
    assert {one.rule_id for one in rights.restrictions} == bound


def test_what_is_lent_bends_to_the_rules_of_both_and_the_delegates_owner_is_not_spared() -> None:
    lender, delegate = person(("/hq/", "clerk")), person(("/hq/", "seller"))
    delegate = replace(delegate, lent=(Lent("d", lender.id),))
    rules = house(fact("c", roles=("clerk",)), fact("s", roles=("seller",)))
    acting = assemble(delegate, rules, NOBODY, lender)
    assert [(one.rule_id, one.binds_owner) for one in acting.restrictions] == [("c", False), ("s", True)]
    assert [(one.rule_id, one.binds_owner) for one in assemble(delegate, rules, NOBODY).restrictions] == [("s", False)]


def test_a_key_is_bound_as_its_person_and_a_partners_key_by_its_unit() -> None:
    rules = house(fact("r", roles=("seller",)), fact("u", units=("/hq/east/",)))
    key = assemble_key(person(("/hq/", "seller")), rules, NOBODY, (("*", Scope.ALL),))
    assert [one.rule_id for one in key.restrictions] == ["r"]
    assert [one.rule_id for one in assemble_partner("/hq/east/d1/", (), rules).restrictions] == ["u"]


def test_a_verdict_on_a_record_names_the_rule_that_hides_it_and_spares_its_owner() -> None:
    who, rules = person(("/hq/", "seller")), house(fact("r", roles=("seller",)))
    verdict = explain(who, {}, rules, TEAMS)
    assert verdict.allowed, "a rule hides some records and no permission"
    assert [reason.kind for reason in verdict.reasons] == ["restriction", "role"]
    for owner, hiding, allowed in ((None, ["r"], False), (who.id, ["r"], True), (None, [], True)):
        found = of_record(verdict, who, owner, "/hq/", Hiding(hiding, rules, {}))
        assert found.allowed is allowed
        assert [reason.source for reason in found.reasons if reason.kind == "restriction"] == ([] if allowed else ["r"])


def test_what_is_lent_is_explained_by_the_rules_of_both() -> None:
    lender = person(("/hq/", "clerk"), display_name="Li")
    rules = house(fact("c", roles=("clerk",)), fact("s", roles=("seller",), binds=True))
    delegate = replace(person(("/hq/", "nothing")), lent=(Lent("d", lender.id),))
    verdict = explain(delegate, {lender.id: lender}, rules, TEAMS)
    for owner, hiding, allowed in ((None, ["c"], False), (lender.id, ["c"], True), (None, ["s"], True)):
        found = of_record(verdict, delegate, owner, "/hq/", Hiding(hiding, rules, {lender.id: lender}))
        assert found.allowed is allowed, hiding
