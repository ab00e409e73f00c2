"""Signing in at a provider: authorization code with PKCE, begun here and ended here, once, by the same browser."""

import base64
import hmac
import logging
import secrets
from typing import NamedTuple

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import delete, insert, select

from crm_identity.domain.identity_provider import USUAL_SCOPES, IdentityProvider
from crm_identity.domain.sign_in_attempt import LASTS, SignInRefused, digest, safe_place, sign_in_attempt
from crm_identity.usecases.oidc_claims import believed_claims
from crm_identity.usecases.oidc_client import OidcClient, Party
from crm_identity.usecases.provision_person import person_of
from crm_identity.usecases.sessions import NewSession, open_session
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.secret_box import SecretBox
from crm_kit.tx import Tx, begin

log = logging.getLogger(__name__)

_SIGNING_IN = unscoped("nobody is signed in before signing in")


class Callback(NamedTuple):
    """What the browser brought back from the provider, and what it is."""

    state: str
    code: str
    error: str
    issuer: str
    browser_digest: bytes
    address: str
    user_agent: str


async def providers_offered(call: Call) -> list[tuple[str, str]]:
    """Code and name of the providers on the sign-in page."""
    provider = IdentityProvider.__table__.c
    statement = (
        select(provider.code, provider.name)
        .where(provider.disabled.is_(False), provider.delete_time.is_(None))
        .order_by(provider.name, provider.code)
    )
    async with call.db.connect() as connection:
        return [(row.code, row.name) for row in await connection.execute(statement, execution_options=_SIGNING_IN)]


class Oidc:
    """The two halves of signing in at a provider."""

    def __init__(self, client: OidcClient, box: SecretBox) -> None:
        self._client = client
        self._box = box

    async def start(self, call: Call, code: str, redirect_uri: str, browser_digest: bytes, return_to: str) -> str:
        """Where to send the browser; raises NotFound for an unknown or disabled provider."""
        async with begin(call) as tx:
            by_code = IdentityProvider.code == code, IdentityProvider.disabled.is_(False)
            statement = select(IdentityProvider).where(*by_code, IdentityProvider.delete_time.is_(None))
            found = await tx.session.execute(statement.execution_options(**_SIGNING_IN))
            provider = found.scalar_one_or_none()
        if provider is None:
            raise NotFound(resource="identity_provider", id=code)
        metadata = await self._client.metadata(provider.issuer)
        state = secrets.token_urlsafe(32)
        async with begin(call) as tx:
            await tx.session.execute(delete(sign_in_attempt).where(sign_in_attempt.c.expire_time <= tx.now))
            await tx.session.execute(
                insert(sign_in_attempt).values(
                    state_digest=digest(state),
                    browser_digest=browser_digest,
                    provider_id=provider.id,
                    redirect_uri=redirect_uri,
                    return_to=safe_place(return_to),
                    expire_time=tx.now + LASTS,
                )
            )
        uri: str = prepare_grant_uri(
            str(metadata["authorization_endpoint"]),
            provider.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=["openid", *(provider.scopes or USUAL_SCOPES)],
            state=state,
            nonce=self._derived(state, "nonce"),
            code_challenge=create_s256_code_challenge(self._derived(state, "verifier")),
            code_challenge_method="S256",
        )
        return uri

    async def complete(self, call: Call, callback: Callback) -> tuple[NewSession, str]:
        """The opened session and where to go; raises SignInRefused, or ProviderUnavailable."""
        async with begin(call) as tx:
            # Committed before anything is asked of the provider: a state counts once, whatever comes of it.
            taken = await _taken(tx, callback)
        if taken is None:
            raise SignInRefused(
                "SIGN_IN_UNKNOWN",
                "it was begun in another browser, more than ten minutes ago, or has ended already. Begin anew.",
                "该登录是在其他浏览器中发起的、已超过十分钟或已经结束，请重新开始。",
            )
        attempt, provider = taken
        metadata = await self._client.metadata(provider.issuer)
        _check_issuer(
            callback.issuer,
            provider.issuer,
            promised=bool(metadata.get("authorization_response_iss_parameter_supported")),
        )
        if callback.error or not callback.code:
            log.info(
                "sign-in refused by the provider", extra={"provider": provider.code, "error": callback.error[:100]}
            )
            raise SignInRefused(
                "PROVIDER_REFUSED", "the identity provider did not let you in.", "身份提供方未允许您登录。"
            )
        party = Party(provider.issuer, provider.client_id, self._client_secret(provider))
        verifier = self._derived(callback.state, "verifier")
        tokens = await self._client.exchange(party, callback.code, verifier, attempt.redirect_uri)
        if tokens is None:
            raise SignInRefused(
                "CODE_REFUSED", "it took too long or was repeated. Begin anew.", "登录超时或重复，请重新开始。"
            )
        claims = await believed_claims(self._client, party, tokens, self._derived(callback.state, "nonce"))
        async with begin(call) as tx:
            user = await person_of(tx, provider, claims)
            session = await open_session(tx, user, provider.code, callback.address, callback.user_agent)
        return session, attempt.return_to

    def _client_secret(self, provider: IdentityProvider) -> str:
        sealed = provider.client_secret_sealed
        return self._box.open(sealed, provider.place_of_secret).decode() if sealed else ""

    def _derived(self, state: str, purpose: str) -> str:
        mark = self._box.mark(state.encode(), f"sign-in {purpose}")
        return base64.urlsafe_b64encode(mark).rstrip(b"=").decode()


class _Attempt(NamedTuple):
    redirect_uri: str
    return_to: str


async def _taken(tx: Tx, callback: Callback) -> tuple[_Attempt, IdentityProvider] | None:
    """The attempt this state belongs to, which is none any more; None for one that is over or of another browser."""
    gone = delete(sign_in_attempt).where(sign_in_attempt.c.state_digest == digest(callback.state))
    row = (await tx.session.execute(gone.returning(*sign_in_attempt.c))).one_or_none()
    if row is None or row.expire_time <= tx.now or not hmac.compare_digest(row.browser_digest, callback.browser_digest):
        return None
    statement = select(IdentityProvider).where(
        IdentityProvider.id == row.provider_id,
        IdentityProvider.disabled.is_(False),
        IdentityProvider.delete_time.is_(None),
    )
    provider = (await tx.session.execute(statement.execution_options(**_SIGNING_IN))).scalar_one_or_none()
    return None if provider is None else (_Attempt(row.redirect_uri, row.return_to), provider)


def _check_issuer(sent: str, expected: str, *, promised: bool) -> None:
    """RFC 9207: an answer that names its issuer must name the one that was asked, and one that promises to must."""
    if (sent or promised) and sent != expected:
        raise SignInRefused(
            "WRONG_ISSUER",
            "the answer comes from another identity provider. Begin anew.",
            "应答来自其他身份提供方，请重新登录。",
        )
