"""Signing in at a provider: with a real one, and with one that lies."""

import base64
import hashlib
import hmac
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.identity_provider_pb2 import GroupRole
from crm.identity.v1.identity_provider_service_pb2 import (
    ListIdentityProvidersRequest,
    UpdateIdentityProviderRequest,
)
from crm.identity.v1.sign_in_service_pb2 import ListSignInMethodsRequest
from crm.identity.v1.user_pb2 import User
from joserfc.jwk import RSAKey

sys.path.insert(0, str(Path(__file__).parent))

from oidc_world import (  # the folder of the tests is no package
    BROWSER,
    CLIENT_ID,
    CLIENT_SECRET,
    GATEWAY,
    OTHER_BROWSER,
    PASSWORD,
    REDIRECT_URI,
    SIGN_IN,
    Canaille,
    Forger,
    a_provider,
    browse,
    complete,
    start,
)
from sqlalchemy import select, update

from crm_identity.domain.identity_provider import IdentityProvider, identity_link
from crm_identity.domain.session import digest
from crm_identity.domain.sign_in_attempt import LASTS, safe_place, sign_in_attempt
from crm_identity.service import service
from crm_identity.usecases.oidc_client import OidcClient, ProviderUnavailable
from crm_kit.access import unscoped
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_kit.tx import begin

GROUPS = [GroupRole(group="crm-sellers", role="sales_rep"), GroupRole(group="crm-managers", role="sales_manager")]
SEALED = select(IdentityProvider.__table__.c.client_secret_sealed)


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


@pytest.fixture
def forger() -> Iterator[Forger]:
    with Forger() as made:
        yield made


async def unit_id(identity: RunningService) -> str:
    page = await identity.call("crm.identity.v1.UnitService/ListUnits", unit_pb.ListUnitsRequest(), somebody())
    return str(page.units[0].id)


async def a_user(identity: RunningService, email: str, **facts: Any) -> User:
    user = User(
        **{
            "login": email.partition("@")[0],
            "display_name": email,
            "email": email,
            "unit_id": await unit_id(identity),
            **facts,
        }
    )
    path = "crm.identity.v1.UserService/CreateUser"
    made: User = await identity.call(path, user_pb.CreateUserRequest(user=user), somebody())
    return made


async def who_is(identity: RunningService, token: str) -> session_pb.CurrentUser:
    request = session_pb.AuthenticateRequest(token_digest=digest(token))
    answer: session_pb.CurrentUser = await identity.call(
        "crm.identity.v1.SessionService/Authenticate", request, GATEWAY
    )
    return answer


async def refused(identity: RunningService, back: dict[str, str], **how: Any) -> str:
    with pytest.raises(RemoteError) as error:
        await complete(identity, back, **how)
    return error.value.reason


async def provisioning(identity: RunningService, issuer: str, **facts: Any) -> None:
    await a_provider(
        identity,
        issuer,
        **{"provision": True, "default_unit_id": await unit_id(identity), "default_roles": ["dealer"], **facts},
    )


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


async def forged(identity: RunningService, forger: Forger, make: Any) -> dict[str, str]:
    """Back from the forger with an identity token made by ``make`` of the nonce that was given."""
    query = parse_qs(urlsplit(await start(identity)).query)
    forger.id_token = make(query["nonce"][0])
    return {"state": query["state"][0], "code": "a code"}


def by_hmac(forger: Forger, claims: dict[str, Any]) -> str:
    """Signed with the public key as if it were a shared secret."""
    parts = ({"alg": "HS256", "kid": "published"}, claims)
    body = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    mark = hmac.digest(forger.key.as_pem(private=False), body, hashlib.sha256)
    return (body + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")).decode()


FORGERIES = {
    "signed with another key": lambda f, n: f.signed(f.claims(n), key=RSAKey.generate_key(2048)),
    "signed with a key nobody published": lambda f, n: f.signed(f.claims(n), key=RSAKey.generate_key(2048), kid="own"),
    "not signed": lambda f, n: f.unsigned(f.claims(n)),
    "signed with the public key as secret": lambda f, n: by_hmac(f, f.claims(n)),
    "for another client": lambda f, n: f.signed(f.claims(n, aud="another")),
    "for several, authorized for another": lambda f, n: f.signed(f.claims(n, aud=[CLIENT_ID, "x"], azp="x")),
    "for several, authorized for nobody": lambda f, n: f.signed(f.claims(n, aud=[CLIENT_ID, "x"])),
    "of another issuer": lambda f, n: f.signed(f.claims(n, iss="https://evil.example.com")),
    "with another nonce": lambda f, n: f.signed(f.claims("another")),
    "without a nonce": lambda f, n: f.signed(f.claims(n, nonce=None)),
    "expired": lambda f, n: f.signed(f.claims(n, exp=int(time.time()) - 61)),
    "that never expires": lambda f, n: f.signed(f.claims(n, exp=None)),
    "from the future": lambda f, n: f.signed(f.claims(n, iat=int(time.time()) + 600)),
    "of nobody": lambda f, n: f.signed(f.claims(n, sub=None)),
    "for another access token": lambda f, n: f.signed(f.claims(n, at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
    "that is none": lambda f, n: "not.a.token",
}


@pytest.mark.parametrize("what", FORGERIES)
async def test_a_forged_identity_token_opens_nothing(identity: RunningService, forger: Forger, what: str) -> None:
    await provisioning(identity, forger.issuer)
    back = await forged(identity, forger, lambda nonce: FORGERIES[what](forger, nonce))
    assert await refused(identity, back) == "IDENTITY_TOKEN_REFUSED"


async def test_a_clock_that_is_a_little_late_is_forgiven(identity: RunningService, forger: Forger) -> None:
    await provisioning(identity, forger.issuer)
    late = {"exp": int(time.time()) - 30, "iat": int(time.time()) + 30}
    back = await forged(identity, forger, lambda nonce: forger.signed(forger.claims(nonce, **late)))
    assert (await complete(identity, back)).session.token


async def test_a_new_key_of_the_provider_is_asked_for(identity: RunningService, forger: Forger) -> None:
    await provisioning(identity, forger.issuer)
    for kid in ("published", "next"):
        forger.key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
        if kid == "next":
            # Keys are asked for again at most every thirty seconds.
            back = await forged(identity, forger, lambda nonce: forger.signed(forger.claims(nonce), kid="next"))
            assert await refused(identity, back) == "IDENTITY_TOKEN_REFUSED"
        else:
            back = await forged(identity, forger, lambda nonce: forger.signed(forger.claims(nonce)))
            await complete(identity, back)


async def test_the_client_proves_itself_and_sends_the_verifier(identity: RunningService, forger: Forger) -> None:
    forger.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    await provisioning(identity, forger.issuer)
    back = await forged(identity, forger, lambda nonce: forger.signed(forger.claims(nonce)))
    await complete(identity, back)
    [asked] = forger.asked
    assert asked["client_secret"] == CLIENT_SECRET
    assert len(asked["code_verifier"]) >= 43
    assert asked["redirect_uri"] == REDIRECT_URI


async def test_groups_never_make_an_administrator(identity: RunningService, forger: Forger) -> None:
    with pytest.raises(RemoteError) as refusal:
        await provisioning(
            identity, forger.issuer, group_claim="groups", group_roles=[GroupRole(group="it", role="administrator")]
        )
    assert "group_roles" in str(refusal.value)
    await provisioning(identity, forger.issuer, group_claim="groups", group_roles=GROUPS)
    # Even if it got into the table by another way.
    async with begin(identity.work()) as tx:
        wrong = update(IdentityProvider.__table__).values(group_roles=[{"group": "it", "role": "administrator"}])
        await tx.session.execute(wrong, execution_options=unscoped("a test"))
    back = await forged(identity, forger, lambda nonce: forger.signed(forger.claims(nonce, groups=["it"])))
    current = await who_is(identity, (await complete(identity, back)).session.token)
    assert "administrator" not in current.user.roles


async def test_leaving_a_group_takes_the_role_and_leaves_the_others(identity: RunningService, forger: Forger) -> None:
    await provisioning(identity, forger.issuer, group_claim="groups", group_roles=GROUPS)
    for groups, roles in (
        (["crm-sellers"], {"dealer", "sales_rep"}),
        (["crm-managers"], {"dealer", "sales_manager"}),
        ([], {"dealer"}),
    ):
        back = await forged(
            identity, forger, lambda nonce, given=groups: forger.signed(forger.claims(nonce, groups=given))
        )
        current = await who_is(identity, (await complete(identity, back)).session.token)
        assert set(current.user.roles) == roles


@pytest.mark.parametrize(
    "place",
    ["https://evil.example.com", "//evil.example.com", "/\\evil.example.com", "javascript:alert(1)", "/a\nb", ""],
)
def test_nobody_is_sent_to_another_site_afterwards(place: str) -> None:
    assert safe_place(place) == "/"


async def test_a_client_secret_is_kept_and_never_answered(identity: RunningService, forger: Forger) -> None:
    made = await a_provider(identity, forger.issuer)
    assert made.client_secret == ""
    service_name = "crm.identity.v1.IdentityProviderService"
    change = UpdateIdentityProviderRequest(
        identity_provider={"id": made.id, "name": "Corp"}, update_mask={"paths": ["name"]}
    )
    await identity.call(f"{service_name}/UpdateIdentityProvider", change, somebody())
    listed = await identity.call(f"{service_name}/ListIdentityProviders", ListIdentityProvidersRequest(), somebody())
    assert [(one.name, one.client_secret) for one in listed.identity_providers] == [("Corp", "")]
    async with identity.db.connect() as connection:
        assert (await connection.execute(SEALED, execution_options=unscoped("a test"))).scalar_one()


@pytest.mark.parametrize(
    "issuer",
    [
        "http://169.254.169.254",
        "https://10.0.0.1",
        "https://127.0.0.1",
        "https://[::1]",
        "https://[::ffff:10.0.0.1]",
        "http://idp.example.com",
    ],
)
async def test_the_inside_of_the_house_cannot_be_asked_unless_allowed(issuer: str) -> None:
    with pytest.raises(ProviderUnavailable):
        await OidcClient(allow_private=False).metadata(issuer)


async def test_cloud_metadata_cannot_be_asked_even_when_private_providers_are_allowed() -> None:
    with pytest.raises(ProviderUnavailable):
        await OidcClient(allow_private=True).metadata("https://169.254.169.254")


async def test_a_discovery_document_of_another_issuer_is_refused(forger: Forger) -> None:
    forger.metadata["issuer"] = "https://accounts.example.com"
    with pytest.raises(ProviderUnavailable):
        await OidcClient(allow_private=True).metadata(forger.issuer)


async def test_an_endpoint_without_tls_is_refused(forger: Forger) -> None:
    forger.metadata["token_endpoint"] = "http://192.168.1.9/token"
    with pytest.raises(ProviderUnavailable):
        await OidcClient(allow_private=True).metadata(forger.issuer)


async def test_a_browser_must_have_a_secret(identity: RunningService) -> None:
    assert await refused(identity, {"state": "x", "code": "y"}, browser=b"") == "INVALID_ARGUMENT"
    assert await refused(identity, {"state": "x", "code": "y"}, browser=BROWSER) == "SIGN_IN_UNKNOWN"
