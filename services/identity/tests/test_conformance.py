"""The standard methods of identity's resources."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.identity.v1 import territory_model_service_pb2 as model_pb
from crm.identity.v1 import unit_service_pb2 as pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.api_key_pb2 import ApiKey
from crm.identity.v1.delegation_pb2 import Delegation
from crm.identity.v1.identity_provider_pb2 import IdentityProvider
from crm.identity.v1.position_pb2 import Position
from crm.identity.v1.restriction_rule_pb2 import RestrictionRule
from crm.identity.v1.role_pb2 import FieldRule, Grant, Role
from crm.identity.v1.saved_view_pb2 import SavedView
from crm.identity.v1.team_pb2 import Team
from crm.identity.v1.territory_pb2 import Territory, TerritoryModel
from crm.identity.v1.transfer_pb2 import Transfer
from crm.identity.v1.unit_pb2 import Unit
from crm.identity.v1.user_pb2 import User

from crm_identity.service import service
from crm_kit.testing.attack_matrix import wrongly_admitted
from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody


async def headquarters(identity: RunningService) -> Unit:
    request = pb.ListUnitsRequest(filter='path = "/hq/"')
    [unit] = (await identity.call("crm.identity.v1.UnitService/ListUnits", request, somebody())).units
    return unit


async def somebody_here(identity: RunningService) -> User:
    unit = await headquarters(identity)
    request = user_pb.CreateUserRequest(user=a_user(unit_id=unit.id, roles=["administrator"]))
    return await identity.call("crm.identity.v1.UserService/CreateUser", request, somebody())


async def below(identity: RunningService) -> dict[str, Any]:
    return {"parent_id": (await headquarters(identity)).id}


async def inside(identity: RunningService) -> dict[str, Any]:
    return {"unit_id": (await headquarters(identity)).id}


async def held(identity: RunningService) -> dict[str, Any]:
    return {**await inside(identity), "user_id": (await somebody_here(identity)).id}


async def lent(identity: RunningService) -> dict[str, Any]:
    people = [await somebody_here(identity) for _ in range(2)]
    return {"delegator_id": people[0].id, "delegate_id": people[1].id}


async def handed_over(identity: RunningService) -> dict[str, Any]:
    people = [await somebody_here(identity) for _ in range(2)]
    return {"from_user_id": people[0].id, "to_user_id": people[1].id}


async def drawn(identity: RunningService) -> dict[str, Any]:
    request = model_pb.CreateTerritoryModelRequest(territory_model=a_model())
    model = await identity.call("crm.identity.v1.TerritoryModelService/CreateTerritoryModel", request, somebody())
    return {"model_id": model.id}


def a_unit(**facts: Any) -> Unit:
    return Unit(**{"name": f"Unit {uuid4()}", "code": uuid4().hex[:16], "kind": Unit.DEALER, **facts})


def placed(unit: Any) -> None:
    unit.path = f"/hq/{unit.code}/"


def a_user(**facts: Any) -> User:
    return User(**{"login": uuid4().hex, "display_name": "Ada", **facts})


def a_role(**facts: Any) -> Role:
    grants = [Grant(permission="leads.*", scope="subtree"), Grant(permission="*.list", scope="unit")]
    rules = [FieldRule(field="*.*.@personal", read=FieldRule.MASKED, read_only=True)]
    return Role(
        **{"code": f"r{uuid4().hex}", "title_en": "Lead qualifier", "grants": grants, "field_rules": rules, **facts}
    )


def a_position(**facts: Any) -> Position:
    return Position(**{"title": "Acting manager", "roles": ["sales_manager"], **facts})


def a_team(**facts: Any) -> Team:
    return Team(**{"name": f"Team {uuid4()}", **facts})


def a_delegation(**facts: Any) -> Delegation:
    made = Delegation(**{"permissions": ["leads.*"], "reason": "Holidays", **facts})
    made.end_time.FromDatetime(datetime.now(UTC) + timedelta(days=10))
    return made


def a_key(**facts: Any) -> ApiKey:
    return ApiKey(**{"name": f"Web form {uuid4()}", "grants": [Grant(permission="leads.*", scope="subtree")], **facts})


def a_provider(**facts: Any) -> IdentityProvider:
    plain = {"code": f"p{uuid4().hex[:20]}", "name": "Acme", "issuer": f"https://{uuid4().hex}.example.com"}
    return IdentityProvider(**{**plain, "client_id": "tributary", **facts})


def a_transfer(**facts: Any) -> Transfer:
    made = Transfer(**{"kinds": ["leads.lead"], "reason": f"Leaves {uuid4()}", **facts})
    made.effective_time.FromDatetime(datetime.now(UTC) + timedelta(days=10))
    return made


def a_model(**facts: Any) -> TerritoryModel:
    return TerritoryModel(**{"name": f"Plan {uuid4()}", **facts})


def a_territory(**facts: Any) -> Territory:
    plain = {"code": uuid4().hex, "name": "East", "rule": "province = (SH OR ZJ)", "priority": 5}
    return Territory(**{**plain, **facts})


def a_rule(**facts: Any) -> RestrictionRule:
    plain = {"name": f"Secret teams {uuid4()}", "resource": "identity.team", "filter": 'name : "secret"'}
    return RestrictionRule(**{**plain, "roles": ["sales_rep"], "reason": "Works council", **facts})


def a_view(**facts: Any) -> SavedView:
    plain = {"resource": "leads.lead", "name": f"Shanghai {uuid4()}", "filter": 'city = "上海"'}
    return SavedView(**{**plain, "audience": SavedView.EVERYONE, **facts})


def a_name() -> str:
    return f"华东分公司 {uuid4()}"


def lent_by(delegation: Any) -> None:
    delegation.delegator_id = delegation.delegator_id or UUID(int=1)


def ending(key: Any) -> None:
    key.kid, key.expire_time = uuid4().hex[:12], datetime.now(UTC) + timedelta(days=30)


V1 = "crm.identity.v1"
CASES = (
    ResourceCase("crm.identity.v1.UnitService", a_unit, ("name", a_name), search="name", prepare=placed, given=below),
    ResourceCase(
        "crm.identity.v1.UserService", a_user, ("display_name", "王小明"), search="display_name", given=inside
    ),
    ResourceCase("crm.identity.v1.RoleService", a_role, ("title_en", "Closer"), search="title_en"),
    ResourceCase("crm.identity.v1.PositionService", a_position, ("title", "代理经理"), given=held),
    ResourceCase("crm.identity.v1.TeamService", a_team, ("name", a_name), search="name", given=inside),
    ResourceCase("crm.identity.v1.DelegationService", a_delegation, ("reason", "休假"), prepare=lent_by, given=lent),
    ResourceCase(
        f"{V1}.ApiKeyService",
        a_key,
        ("name", "官网表单"),
        prepare=ending,
        given=inside,
        shown_once="secret",
        # A key's last use is kept apart from it, so that a use is no change of the key.
        list_statements=2,
    ),
    ResourceCase(f"{V1}.IdentityProviderService", a_provider, ("name", "企业微信")),
    ResourceCase(f"{V1}.TerritoryModelService", a_model, ("name", a_name)),
    ResourceCase(f"{V1}.TerritoryService", a_territory, ("name", "华东"), given=drawn),
    ResourceCase(f"{V1}.RestrictionRuleService", a_rule, ("name", a_name)),
    ResourceCase(f"{V1}.SavedViewService", a_view, ("name", a_name)),
    ResourceCase(f"{V1}.TransferService", a_transfer, ("reason", "转岗"), given=handed_over),
)


@pytest.fixture(scope="module")
async def identity_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CRM_BOOTSTRAP_ADMIN_PASSWORD", "correct horse battery")
        async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
            yield made


@pytest.mark.parametrize(("case", "rule"), checks(*CASES))
async def test_standard_methods(identity_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(identity_at_work, case))


async def test_every_rpc_refuses_every_wrong_principal(identity_at_work: RunningService) -> None:
    assert await wrongly_admitted(identity_at_work) == []
