"""Signing in at a provider that lies, and what is never asked of one."""

import base64
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from crm.identity.v1.identity_provider_pb2 import GroupRole
from crm.identity.v1.identity_provider_service_pb2 import (
    ListIdentityProvidersRequest,
    UpdateIdentityProviderRequest,
)
from joserfc.jwk import RSAKey

sys.path.insert(0, str(Path(__file__).parent))

from oidc_world import (  # the folder of the tests is no package
    BROWSER,
    CLIENT_ID,
    CLIENT_SECRET,
    GROUPS,
    REDIRECT_URI,
    SEALED,
    Forger,
    a_provider,
    complete,
    provisioning,
    refused,
    start,
    who_is,
)
from sqlalchemy import update

from crm_identity.domain.identity_provider import IdentityProvider
from crm_identity.domain.sign_in_attempt import safe_place
from crm_identity.usecases.oidc_client import OidcClient, ProviderUnavailable
from crm_kit.access import unscoped
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin


@pytest.fixture(autouse=True)
def private_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_OIDC_ALLOW_PRIVATE", "1")


@pytest.fixture
def forger() -> Iterator[Forger]:
    with Forger() as made:
        yield made


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
