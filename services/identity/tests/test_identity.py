"""Units, users and sessions, through the RPCs."""

import pytest
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.unit_pb2 import Unit
from crm.identity.v1.user_pb2 import User

from crm_identity.domain.roles import grants_of
from crm_identity.domain.user import ATTEMPTS, digest
from crm_kit.principal import Principal, Scope, system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

SESSIONS, UNITS, USERS = "crm.identity.v1.SessionService", "crm.identity.v1.UnitService", "crm.identity.v1.UserService"
PASSWORD = "correct horse battery"
GATEWAY = system("service", "gateway")


async def sign_in(identity: RunningService, login: str = "admin", password: str = PASSWORD) -> session_pb.Session:
    request = session_pb.CreateSessionRequest(login=login, password=password)
    return await identity.call(f"{SESSIONS}/CreateSession", request, GATEWAY)


async def who_is(identity: RunningService, token: str) -> session_pb.CurrentUser:
    request = session_pb.AuthenticateRequest(token_digest=digest(token))
    return await identity.call(f"{SESSIONS}/Authenticate", request, GATEWAY)


async def headquarters(identity: RunningService) -> Unit:
    page = await identity.call(f"{UNITS}/ListUnits", unit_pb.ListUnitsRequest(), somebody())
    return page.units[0]


async def a_unit(identity: RunningService, code: str, **facts: object) -> Unit:
    parent = await headquarters(identity)
    unit = Unit(**{"name": code.upper(), "code": code, "kind": Unit.REGION, "parent_id": parent.id, **facts})
    return await identity.call(f"{UNITS}/CreateUnit", unit_pb.CreateUnitRequest(unit=unit), somebody())


async def a_user(identity: RunningService, login: str, unit: Unit, **facts: object) -> User:
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
    return await identity.call(f"{USERS}/CreateUser", user_pb.CreateUserRequest(user=user), somebody())


async def test_the_first_start_makes_headquarters_and_an_administrator_who_can_sign_in(
    identity: RunningService,
) -> None:
    session = await sign_in(identity)
    caller = await who_is(identity, session.token)
    assert caller.user.login == "admin"
    assert caller.user.unit_path == "/hq/"
    assert ("*", "all") in [(grant.permission, grant.scope) for grant in caller.grants]


async def test_a_wrong_login_and_a_wrong_password_look_alike(identity: RunningService) -> None:
    answers = []
    for login, password in (("nobody", PASSWORD), ("admin", "wrong password!!")):
        with pytest.raises(RemoteError) as refused:
            await sign_in(identity, login, password)
        answers.append((refused.value.reason, str(refused.value)))
    assert answers[0] == answers[1]


async def test_too_many_wrong_passwords_lock_the_account(identity: RunningService) -> None:
    for _ in range(ATTEMPTS):
        with pytest.raises(RemoteError):
            await sign_in(identity, password="wrong password!!")
    with pytest.raises(RemoteError):
        await sign_in(identity)


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
    with pytest.raises(RemoteError) as refused:
        await identity.call(f"{UNITS}/DeleteUnit", unit_pb.DeleteUnitRequest(id=east.id), somebody())
    assert refused.value.reason == "UNIT_IN_USE"


async def test_a_user_never_answers_with_a_password(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await a_unit(identity, "east"))
    assert user.password == ""
    assert user.unit_path == "/hq/east/"
    [created] = [one for one in await identity.announced(events.UserCreated) if one.message.user.login == "li.na"]
    assert created.message.user.password == ""


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"roles": ["king"]}, "roles"), ({"password": "short"}, "password"), ({"language": "fr"}, "language")],
)
async def test_bad_facts_of_a_user_are_refused_by_field(identity: RunningService, facts: dict, field: str) -> None:
    with pytest.raises(RemoteError) as refused:
        await a_user(identity, "li.na", await headquarters(identity), **facts)
    assert field in str(refused.value)


async def test_a_login_is_unique_whatever_its_case(identity: RunningService) -> None:
    unit = await headquarters(identity)
    await a_user(identity, "li.na", unit)
    with pytest.raises(RemoteError) as refused:
        await a_user(identity, "Li.Na", unit)
    assert refused.value.reason == "ALREADY_EXISTS"


async def test_a_disabled_user_loses_every_session(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await headquarters(identity))
    session = await sign_in(identity, "li.na")
    change = User(id=user.id, etag=session.user.etag, disabled=True)
    request = user_pb.UpdateUserRequest(user=change, update_mask={"paths": ["disabled"]})
    await identity.call(f"{USERS}/UpdateUser", request, somebody())
    with pytest.raises(RemoteError) as refused:
        await who_is(identity, session.token)
    assert refused.value.reason == "UNAUTHENTICATED"


async def test_signing_out_ends_the_session(identity: RunningService) -> None:
    session = await sign_in(identity)
    caller = await who_is(identity, session.token)
    me = Principal(subject=caller.user.id, session_id=caller.session_id, grants=grants_of(["administrator"]))
    await identity.call(f"{SESSIONS}/DeleteSession", session_pb.DeleteSessionRequest(), me)
    with pytest.raises(RemoteError):
        await who_is(identity, session.token)


async def test_only_the_gateway_may_ask_whose_token_it_is(identity: RunningService) -> None:
    request = session_pb.AuthenticateRequest(token_digest=b"x")
    with pytest.raises(RemoteError) as refused:
        await identity.call(f"{SESSIONS}/Authenticate", request, GATEWAY, caller="leads")
    assert refused.value.reason == "PERMISSION_DENIED"


async def test_one_may_read_who_one_is_and_nobody_else(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await headquarters(identity))
    me = Principal(subject=user.id, grants=grants_of(["sales_rep"]), unit_path="/hq/")
    answer = await identity.call(f"{SESSIONS}/GetCurrentUser", session_pb.GetCurrentUserRequest(), me)
    assert answer.user.login == "li.na"
    with pytest.raises(RemoteError):
        await identity.call(f"{USERS}/GetUser", user_pb.GetUserRequest(id=user.id), me)


def test_of_several_grants_the_widest_wins() -> None:
    assert dict(grants_of(["sales_rep", "sales_manager"]))["reporting.*"] is Scope.SUBTREE
