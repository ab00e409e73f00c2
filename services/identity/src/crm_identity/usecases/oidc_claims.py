"""What an identity token must be for its claims to be believed."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from crm_identity.domain.sign_in_attempt import SignInRefused
from crm_identity.usecases.oidc_client import OidcClient, Party

log = logging.getLogger(__name__)

CLOCK_SKEW_SECONDS: Final = 60
SIGNATURES: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones only: with ``none`` or an HMAC anybody, or any client, could be the issuer."""


async def believed_claims(client: OidcClient, party: Party, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
    """The claims of the identity token among ``tokens``, completed from userinfo; raises SignInRefused.

    Checked: signature by a published key of the issuer, algorithm, ``iss``, ``aud``, ``azp``, ``exp``, ``iat``,
    ``nbf``, ``nonce``, ``at_hash``, and that userinfo speaks of the same person.
    """
    text = str(tokens.get("id_token") or "")
    metadata = await client.metadata(party.issuer)
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    allowed = [name for name in SIGNATURES if name in offered]
    try:
        decoded = await _decoded(client, party.issuer, text, allowed)
        token = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": party.issuer},
                "aud": {"essential": True, "value": party.client_id},
                "sub": {"essential": True},
            },
            {"nonce": nonce, "client_id": party.client_id, "access_token": tokens.get("access_token")},
        )
        token.validate(leeway=CLOCK_SKEW_SECONDS)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        # The text of a JOSE error names the claim, never its value.
        log.warning("an identity token was refused", extra={"issuer": party.issuer, "why": repr(error)[:200]})
        raise SignInRefused(
            "IDENTITY_TOKEN_REFUSED",
            "the identity provider's statement about you cannot be trusted. Tell your administrator.",
            "身份提供方的身份声明不可信，请联系管理员。",
        ) from error
    claims = dict(token)
    if "email" not in claims:
        more = await client.userinfo(party.issuer, str(tokens.get("access_token") or ""))
        if more.get("sub") == claims["sub"]:
            claims = {**more, **claims}
    return claims


async def _decoded(client: OidcClient, issuer: str, text: str, allowed: list[str]) -> jwt.Token:
    try:
        return jwt.decode(text, _chooser(await client.keys(issuer)), algorithms=allowed)
    except _KeyMissing:
        # The provider has changed its keys since they were last asked for.
        return jwt.decode(text, _chooser(await client.keys(issuer, missing=True)), algorithms=allowed)


class _KeyMissing(ValueError):
    """No published key has the id the token names."""


def _chooser(keys: KeySet) -> Any:
    def choose(guest: Any) -> Key:
        kid = guest.headers().get("kid")
        found = [key for key in keys.keys if key.kid == kid] if kid else list(keys.keys)
        if len(found) != 1:
            raise _KeyMissing(f"{len(found)} keys fit")
        return found[0]

    return choose
