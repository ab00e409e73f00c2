"""Roles, positions, teams, delegations, modules and the reasons for every verdict, through the RPCs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from crm.identity.v1 import access_service_pb2 as access_pb
from crm.identity.v1 import delegation_service_pb2 as delegation_pb
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import module_service_pb2 as module_pb
from crm.identity.v1 import position_service_pb2 as position_pb
from crm.identity.v1 import role_service_pb2 as role_pb
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import team_service_pb2 as team_pb
from crm.identity.v1.delegation_pb2 import Delegation
from crm.identity.v1.module_pb2 import Module
from crm.identity.v1.position_pb2 import Position
from crm.identity.v1.role_pb2 import FieldRule, Grant, Role
from crm.identity.v1.team_pb2 import Team

from crm_identity.usecases import seed as seeding
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from .test_identity import a_unit, a_user, acting_as, headquarters, refused, sign_in, update, who_is

V1 = "crm.identity.v1"


async def ask(identity: RunningService, path: str, request: Any, who: Principal | None = None, **more: Any) -> Any:
    return await identity.call(f"{V1}.{path}", request, who or somebody(), **more)


async def role_named(identity: RunningService, code: str) -> Role:
    page = await ask(identity, "RoleService/ListRoles", role_pb.ListRolesRequest(filter=f'code = "{code}"'))
    return page.roles[0]


async def a_role(identity: RunningService, code: str, *grants: tuple[str, str], who: Any = None, **facts: Any) -> Role:
    given = [Grant(permission=pattern, scope=scope) for pattern, scope in grants]
    return await ask(
        identity, "RoleService/CreateRole", role_pb.CreateRoleRequest(role=Role(code=code, grants=given, **facts)), who
    )


async def change_role(identity: RunningService, role: Role, who: Any = None, **facts: Any) -> Role:
    request = role_pb.UpdateRoleRequest(role=Role(id=role.id, **facts), update_mask={"paths": list(facts)})
    return await ask(identity, "RoleService/UpdateRole", request, who)


async def test_the_shipped_roles_are_there_and_only_the_administrators_is_fixed(identity: RunningService) -> None:
    page = await ask(identity, "RoleService/ListRoles", role_pb.ListRolesRequest())
    assert {role.code for role in page.roles if role.built_in} == {
        "administrator",
        "sales_manager",
        "sales_rep",
        "service_agent",
        "marketer",
        "analyst",
        "dealer",
    }
    administrator = await role_named(identity, "administrator")
    assert await refused(change_role(identity, administrator, title_en="King")) == "ROLE_FIXED"
    removal = role_pb.DeleteRoleRequest(id=administrator.id)
    assert await refused(ask(identity, "RoleService/DeleteRole", removal)) == "ROLE_FIXED"
    assert (await change_role(identity, await role_named(identity, "dealer"), title_en="Partner")).title_en == "Partner"


async def test_an_upgrade_changes_shipped_roles_nobody_changed_and_no_others(
    identity: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = await change_role(identity, await role_named(identity, "dealer"), title_en="Partner")
    removed = await role_named(identity, "marketer")
    await ask(identity, "RoleService/DeleteRole", role_pb.DeleteRoleRequest(id=removed.id))
    newer = tuple(
        replace(role, grants=(("leads.*", Scope.OWN),)) for role in seeding.BUILT_IN if role.code != "administrator"
    )
    monkeypatch.setattr(seeding, "BUILT_IN", newer)
    await seeding.seed(identity.work())
    assert [grant.permission for grant in (await role_named(identity, "analyst")).grants] == ["leads.*"]
    assert (await role_named(identity, "dealer")).grants == changed.grants
    page = await ask(identity, "RoleService/ListRoles", role_pb.ListRolesRequest(filter='code = "marketer"'))
    assert not page.roles


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"grants": [Grant(permission="leads.led.*", scope="own")]}, "grants[0].permission"),
        ({"grants": [Grant(permission="[a-z]*", scope="own")]}, "grants[0].permission"),
        ({"grants": [Grant(permission="leads.*", scope="galaxy")]}, "grants[0].scope"),
        ({"field_rules": [FieldRule(field="leads.lead.fone", read=FieldRule.HIDDEN)]}, "field_rules[0].field"),
        ({"field_rules": [FieldRule(field="leads.@personal", read=FieldRule.HIDDEN)]}, "field_rules[0].field"),
        ({"code": "Not A Code"}, "code"),
    ],
)
async def test_what_means_nothing_in_the_contract_is_refused_by_field(
    identity: RunningService, facts: dict, field: str
) -> None:
    with pytest.raises(RemoteError) as found:
        await ask(identity, "RoleService/CreateRole", role_pb.CreateRoleRequest(role=Role(**{"code": "mine", **facts})))
    assert field in str(found.value)


async def test_a_role_somebody_holds_cannot_be_removed(identity: RunningService) -> None:
    role = await a_role(identity, "caller", ("leads.*", "own"))
    user = await a_user(identity, "li.na", await headquarters(identity), roles=["caller"])
    removal = role_pb.DeleteRoleRequest(id=role.id)
    assert await refused(ask(identity, "RoleService/DeleteRole", removal)) == "ROLE_IN_USE"
    await update(identity, user, roles=[])
    await ask(identity, "RoleService/DeleteRole", removal)


async def test_nobody_makes_a_role_wider_than_their_own_rights(identity: RunningService) -> None:
    editor = somebody(permissions=("identity.role.*",))
    assert await refused(a_role(identity, "mine", ("leads.*", "own"), who=editor)) == "WIDER_THAN_YOUR_OWN"
    half = somebody(scope=Scope.SUBTREE, permissions=("*",))
    assert await refused(a_role(identity, "mine", ("leads.*", "own"), who=half)) == "PERMISSION_DENIED"
    role = await a_role(identity, "mine", ("leads.*", "own"))
    assert (await change_role(identity, role, editor, title_en="Mine")).title_en == "Mine"
    wider = [*role.grants, Grant(permission="sales.*", scope="own")]
    assert await refused(change_role(identity, role, editor, grants=wider)) == "WIDER_THAN_YOUR_OWN"


async def test_a_changed_role_counts_at_once_and_everybody_is_told(identity: RunningService) -> None:
    role = await a_role(identity, "caller", ("leads.*", "own"))
    await a_user(identity, "li.na", await headquarters(identity), roles=["caller"])
    token = (await sign_in(identity, "li.na")).token
    rule = FieldRule(field="leads.*.@personal", read=FieldRule.MASKED)
    await change_role(identity, role, grants=[Grant(permission="leads.*", scope="unit")], field_rules=[rule])
    caller = await who_is(identity, token)
    assert ("leads.*", "unit") in [(grant.permission, grant.scope) for grant in caller.grants]
    assert list(caller.field_rules) == [FieldRule(field="*.*.@personal", read=FieldRule.MASKED)]
    assert (await identity.announced(events.AccessChanged))[-1].message.everybody


async def test_permissions_come_from_the_contract(identity: RunningService) -> None:
    answer = await ask(identity, "RoleService/ListPermissions", role_pb.ListPermissionsRequest(service="leads"))
    found = {permission.name: list(permission.rpcs) for permission in answer.permissions}
    assert "crm.leads.v1.LeadService/ClaimLead" in found["leads.lead.claim"]
    assert all(name.startswith("leads.") for name in found)


async def a_position(identity: RunningService, user: Any, unit: Any, who: Any = None, **facts: Any) -> Position:
    position = Position(**{"user_id": user.id, "unit_id": unit.id, "roles": ["sales_manager"], **facts})
    return await ask(
        identity, "PositionService/CreatePosition", position_pb.CreatePositionRequest(position=position), who
    )


async def test_a_further_position_counts_between_its_times_and_no_longer(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await a_unit(identity, "east"))
    west = await a_unit(identity, "west")
    token = (await sign_in(identity, "li.na")).token
    later = datetime.now(UTC) + timedelta(hours=1)
    coming = await a_position(identity, user, west, start_time=later)
    assert not (await who_is(identity, token)).positions
    now = await a_position(identity, user, west, end_time=later)
    [held] = (await who_is(identity, token)).positions
    assert held.unit_path == "/hq/west/"
    for position in (coming, now):
        await ask(identity, "PositionService/DeletePosition", position_pb.DeletePositionRequest(id=position.id))
    assert not (await who_is(identity, token)).positions
    with pytest.raises(RemoteError) as found:
        await a_position(identity, user, west, end_time=datetime.now(UTC) - timedelta(days=1))
    assert "end_time" in str(found.value)


async def test_a_manager_gives_positions_in_the_own_subtree_and_not_beside_it(identity: RunningService) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    user = await a_user(identity, "li.na", east)
    await a_user(identity, "boss", east, roles=["sales_manager"])
    boss = await acting_as(identity, "boss")
    await a_position(identity, user, east, boss)
    assert await refused(a_position(identity, user, west, boss)) == "WIDER_THAN_YOUR_OWN"
    assert await refused(a_position(identity, user, east, boss, roles=["administrator"])) == "WIDER_THAN_YOUR_OWN"


async def test_team_members_are_told_who_they_are_with(identity: RunningService) -> None:
    unit = await headquarters(identity)
    user = await a_user(identity, "li.na", unit)
    token = (await sign_in(identity, "li.na")).token
    made = Team(name="Bid for Acme", unit_id=unit.id, member_ids=[user.id, user.id])
    team = await ask(identity, "TeamService/CreateTeam", team_pb.CreateTeamRequest(team=made))
    assert list(team.member_ids) == [user.id]
    assert list((await who_is(identity, token)).team_ids) == [team.id]
    stranger = Team(name="Other", unit_id=unit.id, member_ids=[unit.id])
    refusal = ask(identity, "TeamService/CreateTeam", team_pb.CreateTeamRequest(team=stranger))
    assert await refused(refusal) == "INVALID_ARGUMENT"


async def delegate(identity: RunningService, delegate_id: str, who: Principal, **facts: Any) -> Delegation:
    end = datetime.now(UTC) + timedelta(days=10)
    made = Delegation(**{"delegate_id": delegate_id, "end_time": end, **facts})
    return await ask(
        identity, "DelegationService/CreateDelegation", delegation_pb.CreateDelegationRequest(delegation=made), who
    )


async def test_a_delegate_acts_with_what_was_lent_until_it_is_taken_back(identity: RunningService) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    boss = await a_user(identity, "boss", east, roles=["sales_manager"])
    deputy = await a_user(identity, "deputy", west, roles=[])
    lent = await delegate(identity, deputy.id, await acting_as(identity, "boss"), permissions=["leads.*"])
    token = (await sign_in(identity, "deputy")).token
    assert list((await who_is(identity, token)).delegator_ids) == [boss.id]
    caller = await who_is(identity, token, boss.id)
    assert (caller.user.login, caller.on_behalf_of, caller.unit_path) == ("deputy", boss.id, "/hq/east/")
    granted = {grant.permission: grant.scope for grant in caller.grants}
    assert granted["leads.*"] == "subtree"
    assert not [name for name in granted if name.startswith(("sales", "customers"))]
    lent_rights = await acting_as(identity, "deputy", boss.id)
    me = await ask(identity, "SessionService/GetCurrentUser", session_pb.GetCurrentUserRequest(), lent_rights)
    assert (me.user.login, me.on_behalf_of) == ("deputy", boss.id)
    sessions = ask(identity, "SessionService/ListSessions", session_pb.ListSessionsRequest(), lent_rights)
    assert await refused(sessions) == "NOT_IN_ANOTHERS_NAME"
    boss_again = await acting_as(identity, "boss")
    await ask(
        identity, "DelegationService/DeleteDelegation", delegation_pb.DeleteDelegationRequest(id=lent.id), boss_again
    )
    assert await refused(who_is(identity, token, boss.id)) == "DELEGATION_MISSING"
    assert await refused(who_is(identity, token, east.id)) == "DELEGATION_MISSING"


async def test_in_anothers_name_nothing_is_given_on(identity: RunningService) -> None:
    unit = await headquarters(identity)
    boss = await a_user(identity, "boss", unit, roles=["administrator"])
    deputy = await a_user(identity, "deputy", unit, roles=[])
    await delegate(identity, deputy.id, await acting_as(identity, "boss"))
    lent = await acting_as(identity, "deputy", boss.id)
    for attempt in (
        delegate(identity, deputy.id, lent),
        a_user(identity, "eve", unit, lent, roles=["administrator"]),
        update(identity, deputy, lent, roles=["administrator"]),
        a_role(identity, "mine", ("leads.*", "own"), who=lent),
        a_position(identity, deputy, unit, lent),
    ):
        assert await refused(attempt) == "NOT_IN_ANOTHERS_NAME"


async def test_nobody_lends_what_they_have_not_for_longer_than_allowed_or_to_themselves(
    identity: RunningService,
) -> None:
    unit = await headquarters(identity)
    rep = await a_user(identity, "rep", unit)
    other = await a_user(identity, "other", unit)
    me = await acting_as(identity, "rep")
    for facts, field in (
        ({"permissions": ["marketing.campaign.create"]}, "permissions"),
        ({"permissions": ["nothing.*"]}, "permissions"),
        ({"end_time": datetime.now(UTC) + timedelta(days=200)}, "end_time"),
        ({"end_time": datetime.now(UTC) - timedelta(days=1)}, "end_time"),
    ):
        with pytest.raises(RemoteError) as found:
            await delegate(identity, other.id, me, **facts)
        assert field in str(found.value)
    with pytest.raises(RemoteError) as found:
        await delegate(identity, rep.id, me)
    assert "delegate_id" in str(found.value)
    assert await refused(delegate(identity, rep.id, me, delegator_id=other.id)) in (
        "INVALID_ARGUMENT",
        "PERMISSION_DENIED",
    )


async def test_a_module_is_switched_off_for_everybody_and_its_users_are_counted(identity: RunningService) -> None:
    await a_user(identity, "rep", await headquarters(identity))
    answer = await ask(identity, "ModuleService/ListModules", module_pb.ListModulesRequest())
    counts = {module.code: module.user_count for module in answer.modules}
    assert (counts["leads"], answer.user_count) == (2, 2)
    request = module_pb.UpdateModuleRequest(
        module=Module(code="leads", enabled=False), update_mask={"paths": ["enabled"]}
    )
    module = await ask(identity, "ModuleService/UpdateModule", request)
    assert (module.enabled, module.title_zh) == (False, "线索")
    caller = await who_is(identity, (await sign_in(identity, "rep")).token)
    assert list(caller.disabled_modules) == ["leads"]
    assert (await identity.announced(events.AccessChanged))[-1].message.everybody
    request.module.code = "identity"
    assert await refused(ask(identity, "ModuleService/UpdateModule", request)) == "NOT_FOUND"


async def explained(identity: RunningService, user: Any, permission: str, at: datetime | None = None) -> Any:
    request = access_pb.ExplainPermissionRequest(user_id=user.id, permission=permission, as_of=at)
    return await ask(identity, "AccessService/ExplainPermission", request)


async def test_why_somebody_could_do_something_on_a_day_in_the_past(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    role = await a_role(identity, "caller", ("leads.lead.*", "own"))
    user = await a_user(identity, "li.na", east, roles=["caller"])
    then = datetime.now(UTC)
    await change_role(identity, role, grants=[Grant(permission="leads.lead.get", scope="unit")])
    between = datetime.now(UTC)
    position = await a_position(identity, user, await a_unit(identity, "west"))
    await update(identity, user, roles=[])
    wide = await explained(identity, user, "leads.lead.get")
    assert (wide.scope, [reason.source for reason in wide.reasons]) == ("subtree", [position.id])
    assert (await explained(identity, user, "leads.lead.get", between)).scope == "unit"
    before = await explained(identity, user, "leads.lead.claim", then)
    assert (before.allowed, before.reasons[0].kind, before.reasons[0].pattern) == (True, "role", "leads.lead.*")
    assert (await explained(identity, user, "leads.lead.claim", between)).reasons[0].kind == "no_grant"
    never = explained(identity, user, "leads.lead.get", then - timedelta(days=1))
    assert await refused(never) == "NOT_FOUND"


async def test_who_reached_a_record_on_a_day_when_a_module_or_person_was_not_off_yet(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    rep = await a_user(identity, "rep", east)
    boss = await a_user(identity, "boss", east, roles=["sales_manager"])
    then = datetime.now(UTC)
    await update(identity, boss, disabled=True)

    async def reaching(at: datetime | None = None, **facts: Any) -> dict[str, list[str]]:
        request = access_pb.ListUsersWithAccessRequest(
            **{"permission": "leads.lead.update", "owner_id": rep.id, "unit_path": "/hq/east/", "as_of": at, **facts}
        )
        answer = await ask(identity, "AccessService/ListUsersWithAccess", request, caller="leads")
        return {user.display_name: [reason.kind for reason in user.reasons] for user in answer.users}

    assert await reaching() == {"Administrator": ["role"], "rep": ["owner"]}
    assert await reaching(then) == {"Administrator": ["role"], "boss": ["role"], "rep": ["owner"]}
    assert await reaching(user_id=boss.id) == {"boss": ["user_disabled", "role"]}
    assert list(await reaching(page_size=1)) == ["Administrator"]


async def test_people_are_told_about_those_in_their_own_scope_only(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    admin_like = await a_user(identity, "root", await headquarters(identity), roles=["administrator"])
    me = await a_user(identity, "rep", east)
    rep = await acting_as(identity, "rep")
    request = access_pb.ListUserPermissionsRequest(user_id=me.id)
    mine = (await ask(identity, "AccessService/ListUserPermissions", request, rep)).permissions
    assert {"leads.lead.claim", "identity.session.list"} <= {each.permission for each in mine}
    request.user_id = admin_like.id
    assert await refused(ask(identity, "AccessService/ListUserPermissions", request, rep)) == "NOT_FOUND"


async def test_the_directory_cuts_off_whom_it_manages_and_no_administrator(identity: RunningService) -> None:
    directory, hq = replace(somebody(permissions=["identity.user.*"]), kind="key"), await headquarters(identity)
    managed = await a_user(identity, "managed", hq, roles=["sales_manager"], external_id="e-17")
    assert (await update(identity, managed, directory, disabled=True)).disabled
    for login, facts in {
        "unmanaged": {"roles": ["sales_manager"]},
        "boss": {"roles": ["administrator"], "external_id": "e-18"},
    }.items():
        other = await a_user(identity, login, hq, **facts)
        assert await refused(update(identity, other, directory, disabled=True)) == "WIDER_THAN_YOUR_OWN"
