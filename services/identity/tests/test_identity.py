"""Units, users and who the gateway is told a caller is, through the RPCs."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.unit_pb2 import Unit
from crm.identity.v1.user_pb2 import User

from crm_identity.domain.session import digest
from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Position, Principal, Scope, system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

SESSIONS, UNITS, USERS = "crm.identity.v1.SessionService", "crm.identity.v1.UnitService", "crm.identity.v1.UserService"
PASSWORD = "correct horse battery"
GATEWAY = system("service", "gateway")


async def sign_in(identity: RunningService, login: str = "admin", password: str = PASSWORD) -> Any:
    request = session_pb.CreateSessionRequest(login=login, password=password)
    return await identity.call(f"{SESSIONS}/CreateSession", request, GATEWAY)


async def who_is(identity: RunningService, token: str, on_behalf_of: str = "") -> session_pb.CurrentUser:
    request = session_pb.AuthenticateRequest(token_digest=digest(token), on_behalf_of=on_behalf_of)
    return await identity.call(f"{SESSIONS}/Authenticate", request, GATEWAY)


async def acting_as(identity: RunningService, login: str, on_behalf_of: str = "") -> Principal:
    """The principal the gateway makes of the answer for a signed-in user."""
    found = await who_is(identity, (await sign_in(identity, login)).token, on_behalf_of)

    def grants(given: Any) -> tuple[tuple[str, Scope], ...]:
        return tuple((grant.permission, Scope[grant.scope.upper()]) for grant in given)

    return Principal(
        subject=found.user.id,
        unit_path=found.unit_path,
        grants=grants(found.grants),
        positions=tuple(Position(each.unit_path, grants(each.grants)) for each in found.positions),
        disabled=tuple(found.disabled_modules),
        on_behalf_of=found.on_behalf_of,
        session_id=found.session_id,
    )


async def headquarters(identity: RunningService) -> Unit:
    page = await identity.call(f"{UNITS}/ListUnits", unit_pb.ListUnitsRequest(), somebody())
    return page.units[0]


async def a_unit(identity: RunningService, code: str, **facts: object) -> Unit:
    parent = await headquarters(identity)
    unit = Unit(**{"name": code.upper(), "code": code, "kind": Unit.REGION, "parent_id": parent.id, **facts})
    return await identity.call(f"{UNITS}/CreateUnit", unit_pb.CreateUnitRequest(unit=unit), somebody())


async def a_user(
    identity: RunningService, login: str, unit: Unit, who: Principal | None = None, **facts: object
) -> User:
    user = User(
        **{
            "login": login,
            "display_name": login,
            "unit_id": unit.id,
            "roles": ["sales_rep"],
            "password": PASSWORD,
            **facts,
        }
    )
    return await identity.call(f"{USERS}/CreateUser", user_pb.CreateUserRequest(user=user), who or somebody())


async def update(identity: RunningService, user: User, who: Principal | None = None, **facts: Any) -> User:
    request = user_pb.UpdateUserRequest(user=User(id=user.id, **facts), update_mask={"paths": list(facts)})
    return await identity.call(f"{USERS}/UpdateUser", request, who or somebody())


async def refused(answer: Any) -> str:
    with pytest.raises(RemoteError) as found:
        await answer
    return found.value.reason


async def test_the_first_start_makes_headquarters_and_an_administrator_who_can_sign_in(
    identity: RunningService,
) -> None:
    caller = await who_is(identity, (await sign_in(identity)).token)
    assert caller.user.login == "admin"
    assert caller.unit_path == "/hq/"
    assert ("*", "all") in [(grant.permission, grant.scope) for grant in caller.grants]


async def test_a_unit_gets_its_path_from_its_parent(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    dealer = await a_unit(identity, "d1", parent_id=east.id, kind=Unit.DEALER)
    assert dealer.path == "/hq/east/d1/"
    assert [one.message.unit.path for one in await identity.announced(events.UnitCreated)] == [
        "/hq/",
        "/hq/east/",
        "/hq/east/d1/",
    ]


async def test_a_unit_with_people_cannot_be_removed(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    await a_user(identity, "li.na", east)
    removal = identity.call(f"{UNITS}/DeleteUnit", unit_pb.DeleteUnitRequest(id=east.id), somebody())
    assert await refused(removal) == "UNIT_IN_USE"


async def test_a_user_never_answers_with_a_password(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await a_unit(identity, "east"))
    assert user.password == ""
    assert user.unit_path == "/hq/east/"
    [created] = [one for one in await identity.announced(events.UserCreated) if one.message.user.login == "li.na"]
    assert created.message.user.password == ""
    assert created.message.user.roles == ["sales_rep"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"roles": ["king"]}, "roles"), ({"password": "short"}, "password"), ({"language": "fr"}, "language")],
)
async def test_bad_facts_of_a_user_are_refused_by_field(identity: RunningService, facts: dict, field: str) -> None:
    with pytest.raises(RemoteError) as found:
        await a_user(identity, "li.na", await headquarters(identity), **facts)
    assert field in str(found.value)


async def test_a_login_is_unique_whatever_its_case(identity: RunningService) -> None:
    unit = await headquarters(identity)
    await a_user(identity, "li.na", unit)
    assert await refused(a_user(identity, "Li.Na", unit)) == "ALREADY_EXISTS"


async def told_to_forget(identity: RunningService) -> list[str]:
    return [key for one in await identity.announced(events.AccessChanged) for key in one.message.ids]


@pytest.mark.parametrize("how", ["disabled", "removed"])
async def test_whoever_leaves_loses_every_session_and_all_who_remember_are_told(
    identity: RunningService, how: str
) -> None:
    user = await a_user(identity, "li.na", await headquarters(identity))
    session = await sign_in(identity, "li.na")
    if how == "disabled":
        await update(identity, user, disabled=True)
    else:
        await identity.call(f"{USERS}/DeleteUser", user_pb.DeleteUserRequest(id=user.id), somebody())
    assert await refused(who_is(identity, session.token)) == "UNAUTHENTICATED"
    assert user.id in await told_to_forget(identity)
    assert (await identity.announced(events.UserUpdated))[-1].message.user.disabled


async def test_every_change_of_rights_has_a_later_epoch_and_later_answers_know_it(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await headquarters(identity))
    token = (await sign_in(identity, "li.na")).token
    before = (await who_is(identity, token)).epoch
    await update(identity, user, roles=["sales_manager"])
    [*_, told] = await identity.announced(events.AccessChanged)
    assert told.message.epoch == before + 1
    caller = await who_is(identity, token)
    assert caller.epoch == told.message.epoch
    assert ("leads.*", "subtree") in [(grant.permission, grant.scope) for grant in caller.grants]


async def test_only_the_gateway_may_ask_whose_token_it_is(identity: RunningService) -> None:
    request = session_pb.AuthenticateRequest(token_digest=b"x")
    asking = identity.call(f"{SESSIONS}/Authenticate", request, GATEWAY, caller="leads")
    assert await refused(asking) == "PERMISSION_DENIED"


async def test_one_may_read_who_one_is_and_the_colleagues_of_the_unit_and_nobody_else(identity: RunningService) -> None:
    hq = await headquarters(identity)
    await a_user(identity, "li.na", hq)
    colleague = await a_user(identity, "wang", hq)
    stranger = await a_user(identity, "far.away", await a_unit(identity, "east"))
    me = await acting_as(identity, "li.na")
    answer = await identity.call(f"{SESSIONS}/GetCurrentUser", session_pb.GetCurrentUserRequest(), me)
    assert (answer.user.login, answer.session_id) == ("li.na", me.session_id)
    read = await identity.call(f"{USERS}/GetUser", user_pb.GetUserRequest(id=colleague.id), me)
    assert read.login == "wang"
    reading = identity.call(f"{USERS}/GetUser", user_pb.GetUserRequest(id=stranger.id), me)
    assert await refused(reading) == "NOT_FOUND"


async def the_admin(identity: RunningService) -> User:
    page = await identity.call(f"{USERS}/ListUsers", user_pb.ListUsersRequest(filter='login = "admin"'), somebody())
    return page.users[0]


async def test_the_last_administrator_stays_until_there_is_another(identity: RunningService) -> None:
    admin = await the_admin(identity)
    removal = user_pb.DeleteUserRequest(id=admin.id)
    assert await refused(update(identity, admin, disabled=True)) == "LAST_ADMINISTRATOR"
    assert await refused(update(identity, admin, roles=["analyst"])) == "LAST_ADMINISTRATOR"
    assert await refused(identity.call(f"{USERS}/DeleteUser", removal, somebody())) == "LAST_ADMINISTRATOR"
    other = await a_user(identity, "other", await headquarters(identity), roles=["administrator"])
    await update(identity, admin, disabled=True)
    assert await refused(update(identity, other, disabled=True)) == "LAST_ADMINISTRATOR"


async def test_two_administrators_cannot_switch_each_other_off_at_the_same_moment(identity: RunningService) -> None:
    admin = await the_admin(identity)
    other = await a_user(identity, "other", await headquarters(identity), roles=["administrator"])
    answers = await asyncio.gather(
        update(identity, admin, disabled=True), update(identity, other, disabled=True), return_exceptions=True
    )
    [fault] = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(fault, RemoteError)
    assert fault.reason == "LAST_ADMINISTRATOR"


def a_clerk(unit_path: str = "/hq/east/") -> Principal:
    """Somebody who manages users of a subtree and works with leads there."""
    return somebody(
        unit_path=unit_path, scope=Scope.SUBTREE, permissions=("identity.user.*", "identity.unit.get", "leads.*")
    )


async def test_nobody_gives_a_role_that_reaches_wider_than_their_own(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    assert await refused(a_user(identity, "eve", east, a_clerk(), roles=["administrator"])) == "WIDER_THAN_YOUR_OWN"
    user = await a_user(identity, "li.na", east, a_clerk(), roles=[])
    assert await refused(update(identity, user, a_clerk(), roles=["marketer"])) == "WIDER_THAN_YOUR_OWN"


async def test_nobody_takes_over_an_account_with_more_rights(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    boss = await a_user(identity, "boss", east, roles=["sales_manager"])
    for facts in ({"password": "another horse battery"}, {"email": "eve@x.cn"}, {"disabled": True}, {"roles": []}):
        assert await refused(update(identity, boss, a_clerk(), **facts)) == "WIDER_THAN_YOUR_OWN", facts
    await update(identity, boss, a_clerk(), display_name="Boss of the East")


async def test_somebody_who_sees_a_field_masked_gives_nobody_a_clear_view_of_it(identity: RunningService) -> None:
    east = await a_unit(identity, "east")
    everything = somebody(unit_path="/hq/", permissions=("*",))
    masked = replace(everything, field_rules=(FieldRule("leads.*.@personal", Read.MASKED),))
    assert await refused(a_user(identity, "eve", east, masked)) == "WIDER_THAN_YOUR_OWN"
    await a_user(identity, "eve", east, everything)
