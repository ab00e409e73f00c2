"""Roles: what is shipped, what may be made of them, and by whom."""

from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import role_service_pb2 as role_pb
from crm.identity.v1.role_pb2 import FieldRule, Grant, Role

from crm_identity.usecases import seed as seeding
from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from .rights_world import a_role, ask, change_role, role_named
from .test_identity import a_user, headquarters, refused, sign_in, update, who_is


async def test_the_shipped_roles_are_there_and_only_the_administrators_is_fixed(identity: RunningService) -> None:
    page = await ask(identity, "RoleService/ListRoles", role_pb.ListRolesRequest())
    assert {role.code for role in page.roles if role.built_in} == {
        "administrator",
        "sales_manager",
        "sales_operations",
        "sales_rep",
        "service_agent",
        "marketer",
        "analyst",
        "dealer",
        "privacy_officer",
    }
    administrator = await role_named(identity, "administrator")
    assert await refused(change_role(identity, administrator, title_en="King")) == "ROLE_FIXED"
    removal = role_pb.DeleteRoleRequest(id=administrator.id)
    assert await refused(ask(identity, "RoleService/DeleteRole", removal)) == "ROLE_FIXED"
    assert (await change_role(identity, await role_named(identity, "dealer"), title_en="Partner")).title_en == "Partner"


async def test_what_persons_ask_about_their_data_is_read_by_privacy_officers_and_administrators_alone(
    identity: RunningService,
) -> None:
    page = await ask(identity, "RoleService/ListRoles", role_pb.ListRolesRequest())
    reading = "customers.subject_request.list", "customers.legal_hold.list"
    everywhere = [(role.code, grant.permission) for role in page.roles for grant in role.grants if grant.scope == "all"]
    assert {code for code, pattern in everywhere for one in reading if fnmatchcase(one, pattern)} == {
        "administrator",
        "privacy_officer",
    }


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
