"""What identity asks of an OpenID Connect provider: discovery, the exchange of a code, its keys, a person's claims.

Outgoing requests go to public addresses only, to the address that was checked, over TLS, without redirects and without
a proxy; a private provider of the house needs ``CRM_OIDC_ALLOW_PRIVATE=1``. No request is made inside a transaction.
"""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncClient

from crm_kit.errors import Unavailable

log = logging.getLogger(__name__)

SECONDS: Final = 8.0
ANSWER_LIMIT: Final = 256_000
KNOWN_SECONDS: Final = 600.0
KEYS_AGAIN_SECONDS: Final = 30.0
_PRIVATE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128")
_PORTS: Final = frozenset({443, 8443})
_ANY_PORT: Final = frozenset(range(1, 65536))
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class ProviderUnavailable(Unavailable):
    """The identity provider does not answer, or not as OpenID Connect demands; the log says what was wrong."""

    en = "The identity provider cannot be used right now. Try again, or tell your administrator."
    zh = "身份提供方暂时无法使用，请重试或联系管理员。"


@dataclass(frozen=True, slots=True)
class Party:
    """This platform as the provider knows it."""

    issuer: str
    client_id: str
    client_secret: str


class OidcClient:
    """One per process; remembers what providers publish for ten minutes."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._policy = Policy(
            allowed_schemes=frozenset({"https", "http"} if allow_private else {"https"}),
            allowed_networks=_PRIVATE if allow_private else (),  # type: ignore[arg-type]
            allowed_ports=_ANY_PORT if allow_private else _PORTS,
            max_redirects=0,
        )
        self._metadata: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._keys: dict[str, tuple[float, KeySet]] = {}

    async def metadata(self, issuer: str) -> Mapping[str, Any]:
        """The provider's discovery document, which must be of exactly this issuer; raises ProviderUnavailable."""
        until, known = self._metadata.get(issuer, (0.0, {}))
        if until > time.monotonic():
            return known
        found = await self._json("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise _unusable(issuer, f"its discovery document is of {str(found.get('issuer'))[:200]!r}")
        try:
            OpenIDProviderMetadata({name: found.get(name) for name in _ENDPOINTS}).validate_jwks_uri()
            for name in (*_ENDPOINTS, *(["userinfo_endpoint"] if found.get("userinfo_endpoint") else [])):
                self._require_safe(str(found.get(name) or ""))
        except ValueError as error:
            raise _unusable(issuer, str(error)) from error
        self._metadata[issuer] = (time.monotonic() + KNOWN_SECONDS, found)
        return found

    async def keys(self, issuer: str, *, missing: bool = False) -> KeySet:
        """The provider's public keys; asked for again when one is ``missing``, but not more often than all 30 s."""
        uri = str((await self.metadata(issuer))["jwks_uri"])
        fetched, known = self._keys.get(uri, (float("-inf"), None))
        age = time.monotonic() - fetched
        if known is not None and age < (KEYS_AGAIN_SECONDS if missing else KNOWN_SECONDS):
            return known
        published = (await self._json("GET", uri)).get("keys")
        try:
            usable = [key for key in published or [] if key.get("kty") != "oct" and key.get("use", "sig") == "sig"]
            found = KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise _unusable(issuer, "its key set cannot be read") from error
        self._keys[uri] = (time.monotonic(), found)
        return found

    async def exchange(self, party: Party, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any] | None:
        """The tokens for an authorization code; None when the provider refuses the code."""
        metadata = await self.metadata(party.issuer)
        body = prepare_token_request("authorization_code", redirect_uri=redirect_uri, code=code, code_verifier=verifier)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        auth = ClientAuth(party.client_id, party.client_secret, _auth_method(party, metadata))
        uri, headers, body = auth.prepare("POST", str(metadata["token_endpoint"]), headers, body)
        return await self._json("POST", uri, headers=headers, body=body, refusable=True) or None

    async def userinfo(self, issuer: str, access_token: str) -> Mapping[str, Any]:
        """What the provider tells about the person; nothing when it has no such endpoint."""
        uri = (await self.metadata(issuer)).get("userinfo_endpoint")
        if not uri or not access_token:
            return {}
        return await self._json("GET", str(uri), headers={"Authorization": f"Bearer {access_token}"})

    def _require_safe(self, url: str) -> None:
        """ValueError unless the URL is https, or http of this machine where private providers are allowed."""
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK and self._allow_private
        if parts.scheme != "https" and not local:
            raise ValueError(f"{url[:200]!r} is not https")

    async def _json(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        refusable: bool = False,
    ) -> dict[str, Any]:
        """The JSON object of an answer; empty when ``refusable`` and the provider answers with a 4xx."""
        try:
            self._require_safe(url)
            async with (
                asyncio.timeout(SECONDS),
                self._client() as client,
                client.stream(method, url, headers=headers, content=body.encode() or None) as answer,
            ):
                content = b""
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > ANSWER_LIMIT:
                        raise _unusable(url, "its answer is too long")
            if refusable and 400 <= answer.status_code < 500:
                log.warning("a provider refused", extra={"url": url, "status": answer.status_code})
                return {}
            if answer.status_code != 200:
                raise _unusable(url, f"it answered {answer.status_code}")
            found = json.loads(content)
        except (httpx.HTTPError, SSRFGuardError, ValueError, TimeoutError, OSError) as error:
            raise _unusable(url, repr(error)[:500]) from error
        if not isinstance(found, dict):
            raise _unusable(url, "its answer is no JSON object")
        return found

    def _client(self) -> AsyncClient:
        return AsyncClient(policy=self._policy, timeout=SECONDS, follow_redirects=False, trust_env=False)


def _auth_method(party: Party, metadata: Mapping[str, Any]) -> str:
    """How this platform proves itself there: the specification's default unless only the other way is offered."""
    if not party.client_secret:
        return "none"
    offered = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    posted = "client_secret_post" in offered and "client_secret_basic" not in offered
    return "client_secret_post" if posted else "client_secret_basic"


def _unusable(where: str, why: str) -> ProviderUnavailable:
    log.warning("an identity provider cannot be used", extra={"provider": where, "why": why})
    return ProviderUnavailable()
