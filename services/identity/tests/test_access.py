"""Modules, and the reasons for every verdict, through the RPCs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from crm.identity.v1 import access_service_pb2 as access_pb
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import module_service_pb2 as module_pb
from crm.identity.v1.module_pb2 import Module
from crm.identity.v1.role_pb2 import Grant

from crm_kit.testing.service import RunningService, somebody

from .rights_world import a_position, a_role, ask, change_role
from .test_identity import a_unit, a_user, acting_as, headquarters, refused, sign_in, update, who_is


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


async def test_work_that_goes_on_is_told_the_rights_of_now_and_of_nobody_who_left(identity: RunningService) -> None:
    user = await a_user(identity, "rep", await a_unit(identity, "east"), roles=["sales_rep"])
    request = access_pb.GetRightsRequest(user_id=user.id)
    rights = await ask(identity, "AccessService/GetRights", request, caller="leads")
    assert (rights.user.id, rights.unit_path, rights.kind) == (user.id, "/hq/east/", "user")
    assert "ops.bulk_change.*" in {grant.permission for grant in rights.grants}
    await update(identity, user, disabled=True)
    assert await refused(ask(identity, "AccessService/GetRights", request, caller="leads")) == "UNAUTHENTICATED"
    request.user_id = str(uuid4())
    assert await refused(ask(identity, "AccessService/GetRights", request, caller="leads")) == "UNAUTHENTICATED"
