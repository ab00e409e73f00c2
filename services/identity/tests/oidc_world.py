"""What stands around identity when people sign in at a provider: the provider's process, a browser, and a forger."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest
from crm.identity.v1 import identity_provider_service_pb2 as provider_pb
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import sign_in_service_pb2 as pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.identity_provider_pb2 import GroupRole, IdentityProvider
from crm.identity.v1.user_pb2 import User
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from werkzeug import Request, Response
from werkzeug.serving import make_server

from crm_identity.domain import identity_provider
from crm_identity.domain.session import digest
from crm_kit.principal import system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.processes import free_port
from crm_kit.testing.service import RunningService, somebody

CLIENT_ID, CLIENT_SECRET, PASSWORD = "tributary", "client secret of tributary", "correct horse battery"
REDIRECT_URI = "https://crm.example.com/sign-in/corp/callback"
SIGN_IN = "crm.identity.v1.SignInService"
GATEWAY = system("service", "gateway")
BROWSER = hashlib.sha256(b"this browser").digest()
OTHER_BROWSER = hashlib.sha256(b"another browser").digest()
GROUPS = [GroupRole(group="crm-sellers", role="sales_rep"), GroupRole(group="crm-managers", role="sales_manager")]
SEALED = select(identity_provider.IdentityProvider.__table__.c.client_secret_sealed)


class Canaille:
    """The provider's process."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        program = Path(__file__).with_name("canaille_provider.py")
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(program), str(self.port), REDIRECT_URI], stdout=out, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx.get(f"{self.issuer}/.well-known/openid-configuration", trust_env=False)
            except httpx.TransportError:
                time.sleep(0.2)
            else:
                return
        self.stop()
        raise RuntimeError(f"the provider did not start:\n{log.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def browse(authorization_uri: str, login: str) -> dict[str, str]:
    """A person at the provider: signs in there, and comes back with what the provider sends along."""
    url, given = authorization_uri, {"login": login, "password": PASSWORD}
    with httpx.Client(trust_env=False, timeout=20) as browser:
        answer = browser.get(url)
        for _ in range(12):
            if answer.is_redirect:
                url = urljoin(url, answer.headers["Location"])
                if url.startswith(REDIRECT_URI):
                    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
                answer = browser.get(url)
                continue
            fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', answer.text))
            fields |= {name: value for name, value in given.items() if f'name="{name}"' in answer.text}
            answer = browser.post(url, data=fields)
    raise AssertionError(f"stuck at {url}: {answer.status_code}\n{answer.text[:2000]}")


async def a_provider(identity: RunningService, issuer: str, **facts: Any) -> IdentityProvider:
    made = IdentityProvider(
        **{
            "code": "corp",
            "name": "Example Corp",
            "issuer": issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            **facts,
        }
    )
    request = provider_pb.CreateIdentityProviderRequest(identity_provider=made)
    path = "crm.identity.v1.IdentityProviderService/CreateIdentityProvider"
    answer: IdentityProvider = await identity.call(path, request, somebody())
    return answer


async def start(identity: RunningService, *, return_to: str = "/", code: str = "corp") -> str:
    request = pb.StartSignInRequest(
        provider=code, redirect_uri=REDIRECT_URI, browser_digest=BROWSER, return_to=return_to
    )
    return str((await identity.call(f"{SIGN_IN}/StartSignIn", request, GATEWAY)).authorization_uri)


async def complete(
    identity: RunningService, back: dict[str, str], *, browser: bytes = BROWSER
) -> pb.CompleteSignInResponse:
    request = pb.CompleteSignInRequest(
        state=back.get("state", ""),
        code=back.get("code", ""),
        error=back.get("error", ""),
        issuer=back.get("iss", ""),
        browser_digest=browser,
        address="203.0.113.7",
        user_agent="pytest",
    )
    answer: pb.CompleteSignInResponse = await identity.call(f"{SIGN_IN}/CompleteSignIn", request, GATEWAY)
    return answer


class Forger:
    """A provider that answers whatever a test wants: claims, header, key."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.key = RSAKey.generate_key(2048, {"kid": "published", "use": "sig"})
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        self.id_token = ""
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self._server = make_server("127.0.0.1", self.port, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def claims(self, given_nonce: str, /, **other: Any) -> dict[str, Any]:
        now = int(time.time())
        stated = {
            "iss": self.issuer,
            "sub": "ada",
            "aud": CLIENT_ID,
            "nonce": given_nonce,
            "iat": now,
            "exp": now + 300,
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada",
        }
        return {name: value for name, value in {**stated, **other}.items() if value is not None}

    def signed(self, claims: dict[str, Any], *, key: RSAKey | None = None, kid: str = "published") -> str:
        return jwt.encode({"alg": "RS256", "kid": kid}, claims, key or self.key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        parts = ({"alg": "none", "kid": "published"}, claims)
        return (
            ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."
        )

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        body: Any = {"error": "not found"}
        if request.path.endswith("openid-configuration"):
            body = self.metadata
        elif request.path == "/keys":
            body = {"keys": [self.key.as_dict(private=False)]}
        elif request.path == "/token":
            self.asked.append(dict(request.form))
            body = {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token}
            return Response(json.dumps(body), self.status, content_type="application/json")(environ, start_response)
        return Response(json.dumps(body), content_type="application/json")(environ, start_response)


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
