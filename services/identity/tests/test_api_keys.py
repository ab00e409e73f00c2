"""API keys: what they are made of, what they may, and how they end."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from crm.identity.v1 import api_key_service_pb2 as pb
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.api_key_pb2 import ApiKey
from crm.identity.v1.unit_pb2 import Unit
from crm.identity.v1.user_pb2 import User
from sqlalchemy import select, update

from crm_identity.domain import api_key as keys
from crm_identity.domain.api_key import api_key_use, taken_apart, written
from crm_kit.access import unscoped
from crm_kit.principal import Principal, Scope, system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

KEYS = "crm.identity.v1.ApiKeyService"
GATEWAY = system("service", "gateway")
READING_LEADS = [{"permission": "leads.lead.get", "scope": "subtree"}]
TABLE = keys.ApiKey.__table__


async def unit(identity: RunningService, code: str = "hq") -> Unit:
    page = await identity.call("crm.identity.v1.UnitService/ListUnits", unit_pb.ListUnitsRequest(), somebody())
    found = {one.code: one for one in page.units}
    if code in found:
        return found[code]
    made = Unit(name=code, code=code, kind=Unit.REGION, parent_id=found["hq"].id)
    return await identity.call(
        "crm.identity.v1.UnitService/CreateUnit", unit_pb.CreateUnitRequest(unit=made), somebody()
    )


async def make(identity: RunningService, maker: Principal | None = None, **facts: Any) -> ApiKey:
    key = {"name": "Website form", "grants": READING_LEADS, **facts}
    if "user_id" not in key and "unit_id" not in key:
        key["unit_id"] = (await unit(identity)).id
    request = pb.CreateApiKeyRequest(api_key=ApiKey(**key))
    return await identity.call(f"{KEYS}/CreateApiKey", request, maker or somebody())


async def do(identity: RunningService, verb: str, request: Any, who: Principal | None = None) -> ApiKey:
    return await identity.call(f"{KEYS}/{verb}ApiKey", request, who or somebody())


async def who_is(identity: RunningService, key: str, address: str = "203.0.113.7") -> session_pb.CurrentUser:
    request = session_pb.AuthenticateRequest(api_key=key, address=address)
    return await identity.call("crm.identity.v1.SessionService/Authenticate", request, GATEWAY)


async def is_refused(identity: RunningService, key: str, address: str = "203.0.113.7") -> bool:
    refused = ""
    try:
        await who_is(identity, key, address)
    except RemoteError as error:
        refused = error.reason
    return refused == "UNAUTHENTICATED"


async def reason(identity: RunningService, **facts: Any) -> str:
    with pytest.raises(RemoteError) as refused:
        await make(identity, **facts)
    return f"{refused.value.reason} {refused.value}"


async def a_person(identity: RunningService, *roles: str) -> tuple[User, Principal]:
    facts = User(login="li.na", display_name="Li Na", unit_id=(await unit(identity)).id, roles=roles)
    user = await identity.call(
        "crm.identity.v1.UserService/CreateUser", user_pb.CreateUserRequest(user=facts), somebody()
    )
    grants = (("identity.api_key.*", Scope.OWN),)
    return user, Principal(subject=user.id, unit_path=user.unit_path, grants=grants)


def test_a_key_has_the_form_scanners_look_for() -> None:
    key = written(keys.new_kid(), keys.new_secret())
    assert re.fullmatch(r"trb_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", key)
    assert taken_apart(key) is not None


def test_a_mistyped_key_is_refused_before_anybody_is_asked() -> None:
    key = written(keys.new_kid(), keys.new_secret())
    for place in (10, 30, len(key) - 1):
        other = "a" if key[place] != "a" else "b"
        assert taken_apart(key[:place] + other + key[place + 1 :]) is None


async def test_a_key_acts_for_its_unit_within_its_grants(identity: RunningService) -> None:
    east = await unit(identity, "east")
    made = await make(identity, unit_id=east.id)
    current = await who_is(identity, made.secret)
    assert (current.kind, current.api_key_id, current.unit_path) == ("key", made.id, "/hq/east/")
    assert ("leads.lead.get", "subtree") in [(one.permission, one.scope) for one in current.grants]
    assert not current.user.id, "a partner's key is nobody but itself"


async def test_the_secret_is_answered_once_and_kept_nowhere(identity: RunningService) -> None:
    made = await make(identity)
    read = await do(identity, "Get", pb.GetApiKeyRequest(id=made.id))
    assert read.secret == ""
    assert made.secret.startswith(read.prefix + "_")
    secret = made.secret.split("_")[3]
    async with identity.db.connect() as connection:
        for table in ("api_key", "audit_entry", "outbox", "idempotency"):
            rows = (await connection.exec_driver_sql(f"SELECT t::text FROM {table} t")).scalars()
            assert not [row for row in rows if secret in row], table


async def test_a_forged_secret_of_a_real_key_is_refused(identity: RunningService) -> None:
    made = await make(identity)
    kid = made.prefix.rpartition("_")[2]
    assert await is_refused(identity, written(kid, keys.new_secret()))
    assert await is_refused(identity, "trb_live_nonsense")


async def test_two_secrets_work_while_both_ends_change(identity: RunningService) -> None:
    first = await make(identity)
    second = await do(identity, "Rotate", pb.RotateApiKeyRequest(id=first.id, overlap_days=3))
    assert second.secret != first.secret
    assert (await who_is(identity, first.secret)).api_key_id == (await who_is(identity, second.secret)).api_key_id
    async with begin(identity.work()) as tx:
        past = update(TABLE).values(former_secret_expire_time=tx.now)
        await tx.session.execute(past, execution_options=unscoped("a test"))
    assert await is_refused(identity, first.secret)
    await who_is(identity, second.secret)
    third = await do(identity, "Rotate", pb.RotateApiKeyRequest(id=first.id))
    assert await is_refused(identity, second.secret), "without overlap the former secret ends at once"
    await who_is(identity, third.secret)


async def test_a_revoked_key_ends_for_good(identity: RunningService) -> None:
    made = await make(identity)
    with pytest.raises(RemoteError):
        await do(identity, "Revoke", pb.RevokeApiKeyRequest(id=made.id))
    ended = await do(identity, "Revoke", pb.RevokeApiKeyRequest(id=made.id, reason="It was in a mail."))
    assert (ended.state, ended.revoke_reason) == (ApiKey.REVOKED, "It was in a mail.")
    assert await is_refused(identity, made.secret)
    with pytest.raises(RemoteError) as refused:
        await do(identity, "Rotate", pb.RotateApiKeyRequest(id=made.id))
    assert refused.value.reason == "API_KEY_ENDED"


async def test_a_key_ends_within_a_year(identity: RunningService) -> None:
    assert "expire_time" in await reason(identity, expire_time=datetime.now(UTC) + timedelta(days=400))
    assert "expire_time" in await reason(identity, expire_time=datetime.now(UTC) - timedelta(days=1))
    made = await make(identity)
    async with begin(identity.work()) as tx:
        await tx.session.execute(update(TABLE).values(expire_time=tx.now), execution_options=unscoped("a test"))
    assert await is_refused(identity, made.secret)
    assert (await do(identity, "Get", pb.GetApiKeyRequest(id=made.id))).state == ApiKey.EXPIRED


async def test_a_key_is_used_from_its_networks_only(identity: RunningService) -> None:
    made = await make(identity, allowed_networks=["203.0.113.0/24", "2001:db8::/32"])
    for address in ("203.0.113.200", "2001:db8::5", "::ffff:203.0.113.9"):
        await who_is(identity, made.secret, address)
    for address in ("198.51.100.1", "2001:db9::5", "", "nonsense"):
        assert await is_refused(identity, made.secret, address)


async def test_the_last_use_is_known_to_the_minute_and_is_no_change_of_the_key(identity: RunningService) -> None:
    made = await make(identity)
    await who_is(identity, made.secret)
    read = await do(identity, "Get", pb.GetApiKeyRequest(id=made.id))
    assert (read.last_used_address, read.etag) == ("203.0.113.7", made.etag)
    await who_is(identity, made.secret, "198.51.100.1")
    again = await do(identity, "Get", pb.GetApiKeyRequest(id=made.id))
    assert again.last_used_time == read.last_used_time
    async with identity.db.connect() as connection:
        assert len((await connection.execute(select(api_key_use))).all()) == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"grants": []}, "grants"),
        ({"grants": [{"permission": "no.such.thing", "scope": "unit"}]}, "grants"),
        ({"grants": [{"permission": "leads.*", "scope": "all"}]}, "grants"),
        ({"allowed_networks": ["everywhere"]}, "allowed_networks"),
        ({"rate_class": "unlimited"}, "rate_class"),
        ({"name": " "}, "name"),
    ],
)
async def test_bad_facts_of_a_key_are_refused_by_field(identity: RunningService, facts: dict, field: str) -> None:
    assert field in await reason(identity, **facts)


async def test_nobody_makes_a_key_that_may_more_than_they_themselves(identity: RunningService) -> None:
    east = await unit(identity, "east")
    permissions = ["identity.api_key.*", "identity.unit.*", "leads.*"]
    manager = somebody(unit_path="/hq/east/", scope=Scope.SUBTREE, permissions=permissions)
    await make(identity, manager, unit_id=east.id)
    everything = [{"permission": "*", "scope": "subtree"}]
    for facts in ({"unit_id": east.id, "grants": everything}, {"unit_id": (await unit(identity)).id}):
        with pytest.raises(RemoteError) as refused:
            await make(identity, manager, **facts)
        assert refused.value.status.name == "PERMISSION_DENIED"


async def test_a_key_cannot_make_keys(identity: RunningService) -> None:
    partner = Principal(
        subject=str(UUID(int=7)),
        kind="key",
        unit_path="/hq/",
        grants=(("identity.*", Scope.ALL), ("leads.*", Scope.ALL)),
    )
    with pytest.raises(RemoteError) as refused:
        await make(identity, partner)
    assert refused.value.reason == "KEYS_MAKE_NO_KEYS"


async def test_everybody_makes_keys_for_themselves_and_nobody_for_another(identity: RunningService) -> None:
    user, me = await a_person(identity, "sales_rep")
    made = await make(identity, me, user_id=user.id, grants=[{"permission": "*", "scope": "subtree"}])
    current = await who_is(identity, made.secret)
    assert (current.user.id, current.kind) == (user.id, "key")
    granted = {one.permission: one.scope for one in current.grants}
    assert "*" not in granted, "a personal key has at most its person's rights"
    assert granted["leads.lead.update"] == "own"
    with pytest.raises(RemoteError) as refused:
        await make(identity, somebody(), user_id=user.id)
    assert "user_id" in str(refused.value)
    with pytest.raises(RemoteError) as refused:
        await make(identity, me)
    assert refused.value.status.name == "PERMISSION_DENIED", "a key of a unit needs more than one's own scope"


async def test_a_leavers_keys_end_with_the_account(identity: RunningService) -> None:
    user, me = await a_person(identity, "sales_rep")
    made = await make(identity, me, user_id=user.id)
    change = User(id=user.id, disabled=True)
    request = user_pb.UpdateUserRequest(user=change, update_mask={"paths": ["disabled"]})
    await identity.call("crm.identity.v1.UserService/UpdateUser", request, somebody())
    assert await is_refused(identity, made.secret)
    back = User(id=user.id, disabled=False)
    request = user_pb.UpdateUserRequest(user=back, update_mask={"paths": ["disabled"]})
    await identity.call("crm.identity.v1.UserService/UpdateUser", request, somebody())
    assert await is_refused(identity, made.secret), "a key does not come back with its person"
