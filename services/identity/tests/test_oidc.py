"""Signing in at a real provider."""

import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.sign_in_service_pb2 import ListSignInMethodsRequest
from crm.identity.v1.user_pb2 import User

sys.path.insert(0, str(Path(__file__).parent))

from oidc_world import (  # the folder of the tests is no package
    CLIENT_SECRET,
    GATEWAY,
    GROUPS,
    OTHER_BROWSER,
    PASSWORD,
    REDIRECT_URI,
    SEALED,
    SIGN_IN,
    Canaille,
    a_provider,
    a_user,
    browse,
    complete,
    provisioning,
    refused,
    start,
    who_is,
)
from sqlalchemy import select, update

from crm_identity.domain.identity_provider import identity_link
from crm_identity.domain.sign_in_attempt import LASTS, sign_in_attempt
from crm_identity.service import service
from crm_kit.access import unscoped
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_kit.tx import begin


@pytest.fixture(scope="module")
def canaille(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    provider = Canaille(tmp_path_factory.mktemp("canaille") / "log")
    yield provider
    provider.stop()


@pytest_asyncio.fixture
async def identity(
    database_factory: DatabaseFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningService]:
    monkeypatch.setenv("CRM_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD)
    monkeypatch.setenv("CRM_OIDC_ALLOW_PRIVATE", "1")
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield made


async def test_a_person_signs_in_at_a_real_provider_and_is_made_a_user(
    identity: RunningService, canaille: Canaille
) -> None:
    await provisioning(
        identity,
        canaille.issuer,
        scopes=["profile", "email", "groups"],
        group_claim="groups",
        group_roles=GROUPS,
    )
    done = await complete(identity, browse(await start(identity, return_to="/leads?phase=1"), "ada"))
    assert done.return_to == "/leads?phase=1"
    assert (done.session.method, done.session.address) == ("corp", "203.0.113.7")
    current = await who_is(identity, done.session.token)
    assert (current.user.email, current.user.display_name) == ("ada@example.com", "Ada Example")
    assert sorted(current.user.roles) == ["dealer", "sales_rep"], "groups give what the list says and nothing else"
    again = await complete(identity, browse(await start(identity), "ada"))
    assert again.session.user_id == done.session.user_id
    assert again.session.id != done.session.id


async def test_a_verified_address_of_exactly_one_user_is_linked_once_and_then_not_needed(
    identity: RunningService, canaille: Canaille
) -> None:
    user = await a_user(identity, "ada@example.com", roles=["sales_manager"])
    await provisioning(identity, canaille.issuer)
    done = await complete(identity, browse(await start(identity), "ada"))
    assert done.session.user_id == user.id
    async with identity.db.connect() as connection:
        [link] = (await connection.execute(select(identity_link))).all()
    assert (link.issuer, link.subject, str(link.user_id)) == (canaille.issuer, "ada", user.id)
    change = User(id=user.id, email="somebody.else@example.com")
    request = user_pb.UpdateUserRequest(user=change, update_mask={"paths": ["email"]})
    await identity.call("crm.identity.v1.UserService/UpdateUser", request, somebody())
    assert (await complete(identity, browse(await start(identity), "ada"))).session.user_id == user.id


async def test_an_unverified_address_links_nobody(identity: RunningService, canaille: Canaille) -> None:
    await a_user(identity, "bob@example.com")
    await provisioning(identity, canaille.issuer)
    assert await refused(identity, browse(await start(identity), "bob")) == "EMAIL_NOT_VERIFIED"


async def test_without_provisioning_only_linked_people_come_in(identity: RunningService, canaille: Canaille) -> None:
    await a_user(identity, "ada@example.com")
    await a_provider(identity, canaille.issuer)
    assert await refused(identity, browse(await start(identity), "ada")) == "NOT_PROVISIONED"


async def test_an_administrator_is_never_found_by_address(identity: RunningService, canaille: Canaille) -> None:
    await a_user(identity, "boss@example.com", roles=["administrator"])
    await provisioning(identity, canaille.issuer)
    assert await refused(identity, browse(await start(identity), "boss")) == "ADMINISTRATORS_NOT_LINKED"


async def test_an_address_of_several_users_links_none(identity: RunningService, canaille: Canaille) -> None:
    await a_user(identity, "ada@example.com")
    await a_user(identity, "Ada@Example.com", login="ada2")
    await provisioning(identity, canaille.issuer)
    assert await refused(identity, browse(await start(identity), "ada")) == "AMBIGUOUS"


async def test_a_disabled_person_does_not_come_in(identity: RunningService, canaille: Canaille) -> None:
    await a_user(identity, "ada@example.com", disabled=True)
    await provisioning(identity, canaille.issuer)
    assert await refused(identity, browse(await start(identity), "ada")) == "ACCOUNT_DISABLED"


async def test_the_break_glass_password_works_beside_a_provider(identity: RunningService, canaille: Canaille) -> None:
    await provisioning(identity, canaille.issuer)
    request = session_pb.CreateSessionRequest(login="admin", password=PASSWORD, address="203.0.113.7")
    opened = await identity.call("crm.identity.v1.SessionService/CreateSession", request, GATEWAY)
    assert (await who_is(identity, opened.token)).user.login == "admin"
    methods = await identity.call(f"{SIGN_IN}/ListSignInMethods", ListSignInMethodsRequest(), GATEWAY)
    assert methods.password
    assert [(one.code, one.name) for one in methods.providers] == [("corp", "Example Corp")]


async def test_a_state_counts_once(identity: RunningService, canaille: Canaille) -> None:
    await provisioning(identity, canaille.issuer)
    back = browse(await start(identity), "ada")
    await complete(identity, back)
    assert await refused(identity, back) == "SIGN_IN_UNKNOWN"


async def test_another_browser_cannot_end_what_this_one_began(identity: RunningService, canaille: Canaille) -> None:
    await provisioning(identity, canaille.issuer)
    back = browse(await start(identity), "ada")
    assert await refused(identity, back, browser=OTHER_BROWSER) == "SIGN_IN_UNKNOWN"
    assert await refused(identity, back) == "SIGN_IN_UNKNOWN", "a stolen answer is worth nothing afterwards either"


async def test_a_code_of_another_sign_in_is_refused(identity: RunningService, canaille: Canaille) -> None:
    await provisioning(identity, canaille.issuer)
    victims = browse(await start(identity), "ada")
    own = parse_qs(urlsplit(await start(identity)).query)["state"][0]
    assert await refused(identity, {**victims, "state": own}) == "CODE_REFUSED", "PKCE binds the code to its state"


async def test_an_answer_of_another_issuer_is_refused(identity: RunningService, canaille: Canaille) -> None:
    await provisioning(identity, canaille.issuer)
    back = browse(await start(identity), "ada")
    assert back["iss"] == canaille.issuer
    assert await refused(identity, {**back, "iss": "https://evil.example.com"}) == "WRONG_ISSUER"
    unsaid = browse(await start(identity), "ada")
    del unsaid["iss"]
    assert await refused(identity, unsaid) == "WRONG_ISSUER", "a provider that promises to name itself must"


async def test_ten_minutes_are_enough_to_sign_in(identity: RunningService, canaille: Canaille) -> None:
    await provisioning(identity, canaille.issuer)
    back = browse(await start(identity), "ada")
    async with begin(identity.work()) as tx:
        older = {"expire_time": sign_in_attempt.c.expire_time - LASTS - timedelta(seconds=1)}
        await tx.session.execute(update(sign_in_attempt).values(**older))
    assert await refused(identity, back) == "SIGN_IN_UNKNOWN"


async def test_what_is_kept_of_an_attempt_opens_nothing(identity: RunningService, canaille: Canaille) -> None:
    await provisioning(identity, canaille.issuer)
    query = parse_qs(urlsplit(await start(identity)).query)
    assert query["redirect_uri"] == [REDIRECT_URI]
    assert query["code_challenge_method"] == ["S256"]
    async with identity.db.connect() as connection:
        [kept] = (await connection.execute(select(sign_in_attempt))).all()
        [provider] = (await connection.execute(SEALED, execution_options=unscoped("a test"))).all()
    for secret in (query["state"][0], query["nonce"][0], query["code_challenge"][0], CLIENT_SECRET):
        assert secret not in str(tuple(kept)), "only digests are kept"
        assert secret.encode() not in bytes(provider.client_secret_sealed)
