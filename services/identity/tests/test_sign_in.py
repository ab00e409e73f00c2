"""Signing in with login and password, and what keeps strangers from it."""

import re
import statistics
import time
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from crm.identity.v1 import session_service_pb2 as pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.user_pb2 import User as UserMessage
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import select, update

from crm_identity.domain import password as passwords
from crm_identity.domain.session import IDLE, LASTS, digest, session
from crm_identity.domain.throttle import ACCOUNT, ADDRESS, network, throttle
from crm_identity.domain.user import User
from crm_kit.access import unscoped
from crm_kit.outbox import outbox
from crm_kit.principal import Principal, Scope, system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

SESSIONS = "crm.identity.v1.SessionService"
GATEWAY = system("service", "gateway")
PASSWORD = "correct horse battery"
HOME, STRANGE = "203.0.113.7", "198.51.100.9"


async def sign_in(identity: RunningService, password: str = PASSWORD, *, login: str = "admin", address: str = HOME):
    request = pb.CreateSessionRequest(login=login, password=password, address=address, user_agent="pytest")
    return await identity.call(f"{SESSIONS}/CreateSession", request, GATEWAY)


async def who_is(identity: RunningService, token: str) -> pb.CurrentUser:
    request = pb.AuthenticateRequest(token_digest=digest(token))
    return await identity.call(f"{SESSIONS}/Authenticate", request, GATEWAY)


async def refusal(identity: RunningService, password: str = "quite another thing", **facts: str) -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await sign_in(identity, password, **facts)
    return refused.value


async def aged(identity: RunningService, by: timedelta, *columns: str) -> None:
    """All sessions as if these instants lay further back."""
    async with begin(identity.work()) as tx:
        older = {name: session.c[name] - by for name in columns}
        await tx.session.execute(update(session).values(**older))


def as_user(current: pb.CurrentUser, *, scope: Scope = Scope.OWN) -> Principal:
    return Principal(
        subject=current.user.id,
        session_id=current.session_id,
        unit_path=current.unit_path,
        grants=(("identity.session.*", scope),),
    )


async def test_a_session_tells_its_user_and_how_it_was_opened(identity: RunningService) -> None:
    opened = await sign_in(identity)
    current = await who_is(identity, opened.token)
    assert current.user.login == "admin"
    assert current.session_id == opened.id
    assert (opened.method, opened.address, opened.user_agent) == ("password", HOME, "pytest")
    assert len(opened.token) == 43
    async with identity.db.connect() as connection:
        [kept] = (await connection.execute(select(session))).all()
    assert opened.token.encode() not in bytes(str(tuple(kept)), "utf-8")


async def test_every_sign_in_is_another_session(identity: RunningService) -> None:
    first, second = await sign_in(identity), await sign_in(identity)
    assert first.id != second.id
    assert first.token != second.token


async def test_a_session_ends_after_half_an_hour_without_use(identity: RunningService) -> None:
    opened = await sign_in(identity)
    await aged(identity, IDLE - timedelta(minutes=1), "last_used_time")
    await who_is(identity, opened.token)
    await aged(identity, IDLE - timedelta(minutes=1), "last_used_time")
    await who_is(identity, opened.token)
    await aged(identity, IDLE, "last_used_time")
    with pytest.raises(RemoteError):
        await who_is(identity, opened.token)


async def test_a_session_ends_after_twelve_hours_however_busy(identity: RunningService) -> None:
    opened = await sign_in(identity)
    await aged(identity, LASTS, "expire_time")
    with pytest.raises(RemoteError):
        await who_is(identity, opened.token)


async def test_a_busy_session_is_written_once_a_minute(identity: RunningService) -> None:
    opened = await sign_in(identity)
    await aged(identity, timedelta(minutes=2), "last_used_time")

    async def last_use() -> datetime:
        async with identity.db.connect() as connection:
            return (await connection.execute(select(session.c.last_used_time))).scalar_one()

    before = await last_use()
    await who_is(identity, opened.token)
    touched = await last_use()
    await who_is(identity, opened.token)
    assert before < touched == await last_use()


async def test_one_sees_and_ends_ones_own_sessions(identity: RunningService) -> None:
    here, there = await sign_in(identity), await sign_in(identity, address=STRANGE)
    me = as_user(await who_is(identity, here.token))
    listed = await identity.call(f"{SESSIONS}/ListSessions", pb.ListSessionsRequest(), me)
    assert [(one.id, one.current, one.token) for one in listed.sessions] == [(there.id, False, ""), (here.id, True, "")]
    await identity.call(f"{SESSIONS}/DeleteSession", pb.DeleteSessionRequest(id=there.id), me)
    with pytest.raises(RemoteError):
        await who_is(identity, there.token)
    await who_is(identity, here.token)
    async with identity.db.connect() as connection:
        told = (await connection.execute(select(outbox.c.item_ids).where(outbox.c.item_ids.is_not(None)))).scalars()
        assert [[UUID(there.id)]] == list(told), "whoever remembers it is told to forget it"


async def test_sessions_of_others_are_an_administrators_business(identity: RunningService) -> None:
    opened = await sign_in(identity)
    owner = (await who_is(identity, opened.token)).user.id
    stranger = somebody(permissions=["identity.session.*"], scope=Scope.OWN)
    for path, request in (
        ("ListSessions", pb.ListSessionsRequest(user_id=owner)),
        ("DeleteSession", pb.DeleteSessionRequest(id=opened.id)),
    ):
        with pytest.raises(RemoteError) as refused:
            await identity.call(f"{SESSIONS}/{path}", request, stranger)
        assert refused.value.reason == "NOT_FOUND"
    boss = somebody(permissions=["identity.session.*"])
    assert (
        len((await identity.call(f"{SESSIONS}/ListSessions", pb.ListSessionsRequest(user_id=owner), boss)).sessions)
        == 1
    )
    assert await identity.call(f"{SESSIONS}/DeleteSession", pb.DeleteSessionRequest(id=opened.id), boss) == Empty()


async def test_wrong_login_and_wrong_password_look_alike(identity: RunningService) -> None:
    answers = {str(await refusal(identity)), str(await refusal(identity, login="nobody.here"))}
    assert len(answers) == 1


async def test_wrong_login_and_wrong_password_take_alike_long(identity: RunningService) -> None:
    taken: dict[str, list[float]] = {"admin": [], "nobody": []}
    for round_ in range(12):
        for login, times in taken.items():
            await forgotten(identity)
            started = time.perf_counter()
            await refusal(identity, login=login)
            if round_ > 1:
                times.append(time.perf_counter() - started)
    known, unknown = (statistics.median(times) for times in taken.values())
    assert abs(known - unknown) < 0.35 * max(known, unknown), (known, unknown)


async def forgotten(identity: RunningService) -> None:
    async with begin(identity.work()) as tx:
        await tx.session.execute(throttle.delete())


async def test_wrong_passwords_make_the_next_try_wait_longer_and_longer(identity: RunningService) -> None:
    for _ in range(ACCOUNT.free):
        assert (await refusal(identity)).reason == "WRONG_CREDENTIALS"
    waits = []
    for _ in range(3):
        await refusal(identity)
        refused = await refusal(identity, PASSWORD)
        assert refused.reason == "TOO_MANY_TRIES", "even the right password waits"
        waits.append(int(re.findall(r"\d+", str(refused))[0]))
        async with begin(identity.work()) as tx:
            await tx.session.execute(update(throttle).values(open_time=tx.now))
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


async def test_an_unknown_login_waits_as_a_known_one_does(identity: RunningService) -> None:
    for _ in range(ACCOUNT.free + 1):
        await refusal(identity, login="nobody.here")
    assert (await refusal(identity, login="nobody.here")).reason == "TOO_MANY_TRIES"


async def test_a_stranger_who_guesses_cannot_lock_out_who_signed_in_from_home_before(identity: RunningService) -> None:
    await sign_in(identity, address=HOME)
    for _ in range(ACCOUNT.free + 1):
        await refusal(identity, address=STRANGE)
    assert (await refusal(identity, PASSWORD, address=STRANGE)).reason == "TOO_MANY_TRIES"
    await sign_in(identity, address=HOME)


async def test_one_address_cannot_try_many_accounts(identity: RunningService) -> None:
    async with begin(identity.work()) as tx:
        await tx.session.execute(throttle.delete())
    for number in range(ADDRESS.free + 1):
        await refusal(identity, login=f"guess{number}")
    assert (await refusal(identity, login="another.guess")).reason == "TOO_MANY_TRIES"
    await sign_in(identity, address=STRANGE)


def test_addresses_of_one_ipv6_network_share_a_fate() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9")
    assert network("2001:db8:1:2::1") != network("2001:db8:1:3::1")
    assert network("::ffff:203.0.113.7") == "203.0.113.7"


async def test_a_hash_of_former_parameters_is_renewed_at_the_next_sign_in(identity: RunningService) -> None:
    async with begin(identity.work()) as tx:
        weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
        statement = select(User).where(User.login == "admin").execution_options(**unscoped("a test"))
        (await tx.session.execute(statement)).scalar_one().password_hash = weak
    await sign_in(identity)
    async with begin(identity.work()) as tx:
        user = (await tx.session.execute(statement)).scalar_one()
        assert not passwords.outdated(user.password_hash)
        assert passwords.proves(user.password_hash, PASSWORD)
        assert user.last_sign_in_time is not None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "TOO_SHORT"),
        ("password1234", "TOO_COMMON"),
        ("123456789012", "TOO_COMMON"),
        ("qwertyuiopas", "TOO_COMMON"),
        ("xiaoming.wang.1", "TOO_COMMON"),
        ("x" * 300, "TOO_LONG"),
    ],
)
def test_what_is_easily_guessed_is_no_password(password: str, reason: str) -> None:
    assert [one.reason for one in passwords.weaknesses(password, ["xiaoming.wang"])] == [reason]


def test_several_words_that_do_not_belong_together_are_a_password() -> None:
    assert passwords.weaknesses("correct horse battery", ["admin"]) == []


def test_passwords_are_hashed_as_owasp_recommends() -> None:
    assert passwords.hashed(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_disabled_user_is_out_and_stays_out(identity: RunningService) -> None:
    boss = await who_is(identity, (await sign_in(identity)).token)
    made = UserMessage(
        login="li.na", display_name="Li Na", unit_id=boss.user.unit_id, roles=["sales_rep"], password=PASSWORD
    )
    users = "crm.identity.v1.UserService"
    user = await identity.call(f"{users}/CreateUser", user_pb.CreateUserRequest(user=made), somebody())
    opened = await sign_in(identity, login="li.na")
    change = UserMessage(id=user.id, disabled=True)
    request = user_pb.UpdateUserRequest(user=change, update_mask={"paths": ["disabled"]})
    await identity.call(f"{users}/UpdateUser", request, somebody())
    with pytest.raises(RemoteError):
        await who_is(identity, opened.token)
    assert (await refusal(identity, PASSWORD, login="li.na")).reason == "WRONG_CREDENTIALS"
