"""A rule made in identity takes records out of sight in the services that keep them, whatever else opens them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from crm.customers.v1 import customer_service_pb2 as customer_pb
from crm.customers.v1.customer_pb2 import Customer
from crm.identity.v1 import delegation_service_pb2 as delegation_pb
from crm.identity.v1 import restriction_rule_service_pb2 as pb
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1.delegation_pb2 import Delegation
from crm.identity.v1.identity_events_pb2 import AccessChanged
from crm.identity.v1.restriction_rule_pb2 import RestrictionRule
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1.lead_pb2 import Lead
from crm.ops.v1 import record_access_service_pb2 as access_pb
from crm.ops.v1 import share_service_pb2 as share_pb
from google.protobuf.timestamp_pb2 import Timestamp

from crm_customers.service import service as customers_service
from crm_identity.domain.session import digest
from crm_kit.present_rights import principal_from
from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import somebody
from crm_leads.service import service as leads_service

from .moving import GATEWAY, ID, LEADS, Enterprise, enterprise

EAST = "/hq/east/"
RULES = f"{ID}.RestrictionRuleService"
CUSTOMERS = "crm.customers.v1.CustomerService"


@pytest_asyncio.fixture
async def house(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Enterprise]:
    async with enterprise(database_factory, tmp_path / "keys", leads_service, customers_service) as made:
        yield made


async def a_rule(house: Enterprise, who: Principal | None = None, **facts: Any) -> RestrictionRule:
    plain = {
        "name": "Confidential",
        "resource": "leads.lead",
        "filter": "tags : confidential",
        "roles": ["sales_manager"],
    }
    rule = RestrictionRule(**{**plain, "active": True, **facts})
    request = pb.CreateRestrictionRuleRequest(restriction_rule=rule)
    return await house.identity.call(f"{RULES}/CreateRestrictionRule", request, who or somebody())


async def change(
    house: Enterprise, rule: RestrictionRule, who: Principal | None = None, **facts: Any
) -> RestrictionRule:
    request = pb.UpdateRestrictionRuleRequest(
        restriction_rule=RestrictionRule(id=rule.id, **facts), update_mask={"paths": list(facts)}
    )
    return await house.identity.call(f"{RULES}/UpdateRestrictionRule", request, who or somebody())


async def seen(house: Enterprise, who: Principal) -> set[str]:
    return {lead.name for lead in await house.leads_of(who)}


async def secret_and_plain(house: Enterprise) -> tuple[Lead, Lead]:
    at = somebody(unit_path=EAST)
    secret = await house.lead(at, name="Secret", phone="13811110001", tags=["confidential"])
    return secret, await house.lead(at, name="Plain", phone="13811110002")


async def explained(house: Enterprise, lead: Lead, user_id: str, asker: Principal | None = None) -> Any:
    request = access_pb.ExplainRecordAccessRequest(service="leads", resource="lead", record_id=lead.id, user_id=user_id)
    path = "crm.ops.v1.RecordAccessService/ExplainRecordAccess"
    return await house.keepers["leads"].call(path, request, asker or somebody())


async def test_a_rule_hides_a_lead_from_the_seller_until_it_is_switched_off(house: Enterprise) -> None:
    await house.user("wang", EAST)
    token = await house.sign_in("wang")
    secret, _ = await secret_and_plain(house)
    before = await house.who(token)
    assert await seen(house, before) == {"Secret", "Plain"}

    rule = await a_rule(house)
    [told] = [one.message for one in await house.identity.announced(AccessChanged)][-1:]
    after = await house.who(token)
    assert told.everybody
    assert before.epoch < told.epoch <= after.epoch, "who is remembered from before is refused and asked about again"
    assert await seen(house, after) == {"Plain"}
    with pytest.raises(RemoteError) as absent:
        await house.keepers["leads"].call(f"{LEADS}/GetLead", lead_pb.GetLeadRequest(id=secret.id), after)
    assert absent.value.status is grpc.StatusCode.NOT_FOUND
    counted = lead_pb.ListLeadsRequest(page_size=1, count="COUNT_MODE_EXACT", filter='name : "e"')
    assert (await house.keepers["leads"].call(f"{LEADS}/ListLeads", counted, after)).total_size == 0
    assert await seen(house, somebody()) == {"Secret", "Plain"}, "the administrator sees all"

    await change(house, rule, active=False)
    assert await seen(house, await house.who(token)) == {"Secret", "Plain"}
    await change(house, rule, active=True)
    assert await seen(house, await house.who(token)) == {"Plain"}
    await house.identity.call(f"{RULES}/DeleteRestrictionRule", pb.DeleteRestrictionRuleRequest(id=rule.id), somebody())
    assert await seen(house, await house.who(token)) == {"Secret", "Plain"}


async def test_neither_a_share_nor_a_delegation_opens_what_a_rule_hides(house: Enterprise) -> None:
    wang = await house.user("wang", "/hq/west/")
    boss = await house.user("boss", EAST, roles=["administrator"])
    token = await house.sign_in("wang")
    secret, plain = await secret_and_plain(house)
    for lead in (secret, plain):
        facts = {"service": "leads", "resource": "lead", "record_id": lead.id}
        share = share_pb.Share(**facts, grantee_kind=share_pb.Share.USER, grantee=wang.id, access=share_pb.Share.WRITE)
        request = share_pb.CreateShareRequest(share=share)
        await house.keepers["leads"].call("crm.ops.v1.ShareService/CreateShare", request, somebody())
    lent = Delegation(delegator_id=boss.id, delegate_id=wang.id, permissions=["leads.*"], reason="Leave")
    lent.end_time.GetCurrentTime()
    lent.end_time.seconds += 86_400
    by_boss = await house.who(await house.sign_in("boss"))
    request = delegation_pb.CreateDelegationRequest(delegation=lent)
    await house.identity.call(f"{ID}.DelegationService/CreateDelegation", request, by_boss)
    assert await seen(house, await house.who(token)) == {"Secret", "Plain"}

    await a_rule(house)
    assert await seen(house, await house.who(token)) == {"Plain"}
    as_boss = session_pb.AuthenticateRequest(token_digest=digest(token), on_behalf_of=boss.id)
    acting = principal_from(await house.identity.call(f"{ID}.SessionService/Authenticate", as_boss, GATEWAY))
    assert acting.on_behalf_of == boss.id
    assert await seen(house, acting) == {"Plain"}
    assert await seen(house, by_boss) == {"Secret", "Plain"}


async def test_an_owner_keeps_sight_of_their_own_unless_the_rule_binds_owners(house: Enterprise) -> None:
    wang = await house.user("wang", EAST)
    token = await house.sign_in("wang")
    secret, _ = await secret_and_plain(house)
    claimed = lead_pb.ClaimLeadRequest(id=secret.id)
    assert (
        await house.keepers["leads"].call(f"{LEADS}/ClaimLead", claimed, await house.who(token))
    ).owner_id == wang.id
    rule = await a_rule(house)
    assert await seen(house, await house.who(token)) == {"Secret", "Plain"}
    await change(house, rule, binds_owner=True)
    assert await seen(house, await house.who(token)) == {"Plain"}


async def test_a_rule_of_units_binds_whoever_is_placed_there_or_below(house: Enterprise) -> None:
    for login, path in (("east", EAST), ("shop", f"{EAST}shop/"), ("west", "/hq/west/")):
        await house.user(login, path)
    await a_rule(house, roles=[], unit_ids=[(await house.unit(EAST)).id])
    bound = {
        login: bool((await house.who(await house.sign_in(login))).restrictions) for login in ("east", "shop", "west")
    }
    assert bound == {"east": True, "shop": True, "west": False}


async def test_a_rule_over_customers_hides_them_from_lists_and_from_changes(house: Enterprise) -> None:
    await house.user("wang", EAST)
    token = await house.sign_in("wang")
    made = Customer(name="Hidden Ltd", type=Customer.ORGANIZATION, tags=["confidential"])
    request = customer_pb.CreateCustomerRequest(customer=made)
    customers = house.keepers["customers"]
    hidden = await customers.call(f"{CUSTOMERS}/CreateCustomer", request, somebody(unit_path=EAST))
    await a_rule(house, resource="customers.customer", filter="tags : confidential")
    who = await house.who(token)
    page = await customers.call(f"{CUSTOMERS}/ListCustomers", customer_pb.ListCustomersRequest(), who)
    assert hidden.id not in {customer.id for customer in page.customers}
    changed = customer_pb.UpdateCustomerRequest(customer=Customer(id=hidden.id, name="Seen Ltd"))
    with pytest.raises(RemoteError) as absent:
        await customers.call(f"{CUSTOMERS}/UpdateCustomer", changed, who)
    assert absent.value.status is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("facts", "en", "zh"),
    [
        ({"resource": "leads.car"}, "resource: There is no resource leads.car", "resource: 没有资源 leads.car"),
        ({"filter": "tags :"}, "filter: At character", "filter: 第"),
        ({"filter": "colour = red"}, "filter: There is no field colour", "filter: 没有字段 colour"),
        ({"filter": 'phone = "13811110001"'}, "filter: There is no field phone", "filter: 没有字段 phone"),
        ({"filter": "create_time > days_ago(3)"}, "filter: Compare times with an instant", "filter: 请用带时区的时间"),
    ],
)
async def test_the_service_that_keeps_the_records_refuses_what_it_could_not_follow(
    house: Enterprise, facts: dict[str, str], en: str, zh: str
) -> None:
    for language, said in (("en", en), ("zh-CN", zh)):
        with pytest.raises(RemoteError) as refused:
            await a_rule(house, replace(somebody(), language=language), **facts)
        assert refused.value.status is grpc.StatusCode.INVALID_ARGUMENT
        assert said in str(refused.value)


async def test_who_may_make_rules_needs_no_right_in_the_services_that_check_them(house: Enterprise) -> None:
    made = await a_rule(house, somebody(permissions=("identity.restriction_rule.*",)))
    assert made.filter == "tags : confidential"


async def test_the_rule_that_hides_a_lead_is_named_to_those_who_may_explain(house: Enterprise) -> None:
    wang = await house.user("wang", EAST)
    token = await house.sign_in("wang")
    secret, plain = await secret_and_plain(house)
    rule = await a_rule(house, name="Works council")
    [user] = (await explained(house, secret, wang.id)).users
    assert [(one.kind, one.grants, one.source) for one in user.reasons] == [("restriction", False, rule.id)]
    assert "Works council" in user.reasons[0].text
    chinese = replace(somebody(), language="zh-CN")
    assert "限制规则 Works council" in (await explained(house, secret, wang.id, chinese)).users[0].reasons[0].text
    [same] = (await explained(house, plain, wang.id)).users
    assert all(one.grants for one in same.reasons)
    everybody = access_pb.ExplainRecordAccessRequest(service="leads", resource="lead", record_id=secret.id)
    path = "crm.ops.v1.RecordAccessService/ExplainRecordAccess"
    who = (await house.keepers["leads"].call(path, everybody, somebody())).users
    assert wang.id not in {one.user_id for one in who}
    me = await house.identity.call(
        f"{ID}.SessionService/GetCurrentUser", session_pb.GetCurrentUserRequest(), await house.who(token)
    )
    assert not me.restrictions, "whoever is restricted is not told of what is hidden"


async def test_why_a_record_was_hidden_is_told_as_of_the_moment(house: Enterprise) -> None:
    wang = await house.user("wang", EAST)
    secret, _ = await secret_and_plain(house)
    rule = await a_rule(house)
    then = Timestamp()
    then.GetCurrentTime()
    request = lead_pb.UpdateLeadRequest(lead=Lead(id=secret.id, name="Open"), update_mask={"paths": ["name", "tags"]})
    await house.keepers["leads"].call(f"{LEADS}/UpdateLead", request, somebody())
    await change(house, rule, active=False)
    path = "crm.ops.v1.RecordAccessService/ExplainRecordAccess"
    asked = {"service": "leads", "resource": "lead", "record_id": secret.id, "user_id": wang.id}
    for as_of, kinds in ((None, {"role"}), (then, {"restriction"})):
        request = access_pb.ExplainRecordAccessRequest(**asked, as_of=as_of)
        [user] = (await house.keepers["leads"].call(path, request, somebody())).users
        assert {reason.kind for reason in user.reasons} == kinds
