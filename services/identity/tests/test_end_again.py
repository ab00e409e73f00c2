"""After a restore the cut-off stay cut off: by the ledger, through the use cases that ended them the first time."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from crm.identity.v1 import api_key_service_pb2 as key_pb
from crm.identity.v1 import identity_events_pb2 as events
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.user_pb2 import User
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import func, select

from crm_identity.domain.session import session
from crm_identity.usecases.end_again import ENDINGS, end_all_sessions
from crm_kit.endings import Ended, Ledger, LedgerKeeper, replay
from crm_kit.principal import system
from crm_kit.testing.service import RunningService, somebody

from .conftest import PASSWORD
from .test_api_keys import is_refused, make, unit

USERS = "crm.identity.v1.UserService"
SIGN_IN = "crm.identity.v1.SessionService/CreateSession"


async def a_user(identity: RunningService, login: str) -> User:
    made = User(login=login, display_name=login, unit_id=(await unit(identity)).id, password=PASSWORD)
    return await identity.call(f"{USERS}/CreateUser", user_pb.CreateUserRequest(user=made), somebody())


async def switch(identity: RunningService, user: User, *, disabled: bool) -> None:
    changed = User(id=user.id, disabled=disabled)
    request = user_pb.UpdateUserRequest(user=changed, update_mask=FieldMask(paths=["disabled"]))
    await identity.call(f"{USERS}/UpdateUser", request, somebody())


async def disabled(identity: RunningService, user: User) -> bool:
    request = user_pb.GetUserRequest(id=user.id)
    return bool((await identity.call(f"{USERS}/GetUser", request, somebody())).disabled)


def ended(kind: str, id: str) -> Ended:
    return Ended(kind, UUID(id), datetime.now(UTC), True, {})


async def test_who_was_cut_off_is_noted_and_who_came_back_is_noted_too(
    identity: RunningService, tmp_path: Path
) -> None:
    leaver, returner = await a_user(identity, "leaver"), await a_user(identity, "returner")
    key = await make(identity)
    file = tmp_path / "identity.jsonl"
    keeper = LedgerKeeper(identity.db, ENDINGS, file)
    await keeper.note()
    for user in (leaver, returner):
        await switch(identity, user, disabled=True)
    await keeper.note()
    await switch(identity, returner, disabled=False)
    request = key_pb.RevokeApiKeyRequest(id=key.id, reason="leaked")
    await identity.call("crm.identity.v1.ApiKeyService/RevokeApiKey", request, somebody())
    await keeper.note()
    last = {(one.kind, str(one.id)): one.ended for one in Ledger(file).lines()}
    assert last == {("user", leaver.id): True, ("user", returner.id): False, ("api_key", key.id): True}


async def test_a_restored_database_that_was_not_told_yet_takes_nothing_back(
    identity: RunningService, tmp_path: Path
) -> None:
    leaver = await a_user(identity, "leaver")
    file = tmp_path / "identity.jsonl"
    Ledger(file).append([ended("user", leaver.id)])
    assert await LedgerKeeper(identity.db, ENDINGS, file).note() == 0
    assert (await replay(identity.db, ENDINGS, file)).counts["user"] == 1


async def test_a_restored_identity_ends_them_again_and_tells_the_others(
    identity: RunningService, tmp_path: Path
) -> None:
    leaver, stayer = await a_user(identity, "leaver"), await a_user(identity, "stayer")
    revoked, kept = await make(identity), await make(identity, name="kept")
    file = tmp_path / "identity.jsonl"
    Ledger(file).append([ended("user", leaver.id), ended("user", str(uuid4())), ended("api_key", revoked.id)])
    before = len(await identity.announced(events.UserUpdated))
    done = await replay(identity.db, ENDINGS, file)
    assert (done.counts, done.refused) == ({"subject_key": 0, "user": 1, "api_key": 1}, [])
    assert [await disabled(identity, one) for one in (leaver, stayer)] == [True, False]
    assert [await is_refused(identity, one.secret) for one in (revoked, kept)] == [True, False]
    assert len(await identity.announced(events.UserUpdated)) == before + 1
    again = await replay(identity.db, ENDINGS, file)
    assert set(again.counts.values()) == {0}


async def test_the_last_administrator_is_not_shut_out_and_that_is_told(
    identity: RunningService, tmp_path: Path
) -> None:
    page = await identity.call(f"{USERS}/ListUsers", user_pb.ListUsersRequest(filter='login = "admin"'), somebody())
    [administrator] = page.users
    leaver = await a_user(identity, "leaver")
    file = tmp_path / "identity.jsonl"
    Ledger(file).append([ended("user", administrator.id), ended("user", leaver.id)])
    done = await replay(identity.db, ENDINGS, file)
    assert [administrator.id in line for line in done.refused] == [True]
    assert [await disabled(identity, one) for one in (administrator, leaver)] == [False, True]


async def test_every_session_is_over_after_a_restore(identity: RunningService) -> None:
    request = session_pb.CreateSessionRequest(login="admin", password=PASSWORD)
    await identity.call(SIGN_IN, request, system("service", "gateway"))
    await end_all_sessions(identity.work())
    async with identity.db.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(session))).scalar_one() == 0
