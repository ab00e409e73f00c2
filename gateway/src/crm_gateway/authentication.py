"""Who a credential belongs to, asked of identity and remembered for seconds."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import grpc
from crm.identity.v1 import session_service_pb2 as pb
from flask import Request

from crm_gateway.api_keys import is_key
from crm_gateway.backends import Backends
from crm_gateway.browser_sessions import LONGEST_TOKEN, Site, require_csrf_token, session_token
from crm_gateway.caller_address import Network, caller_address
from crm_gateway.problems import Problem
from crm_gateway.remote_errors import problem_of
from crm_kit.present_rights import principal_from
from crm_kit.principal import Principal, system
from crm_kit.rpc import descriptors

IDENTITY = "identity"
KNOWN_SECONDS = 5.0
UNKNOWN_SECONDS = 1.0
ON_BEHALF_OF = "X-On-Behalf-Of"
_CACHE_SIZE = 20_000
_TIMEOUT_SECONDS = 5.0
_LONGEST_ID = 100

GATEWAY = system("service", "gateway")

Known = tuple[bytes, str, str]
"""Digest of the credential, address it may only be used from, user acted for."""


class _Remembered(NamedTuple):
    until: float
    principal: Principal | None


class Sessions:
    """Turns session tokens and API keys into principals; what ended in identity stops working here within
    ``KNOWN_SECONDS``.
    """

    def __init__(self, backends: Backends, site: Site, proxies: Sequence[Network] = ()) -> None:
        self.site = site
        self._backends = backends
        self._proxies = proxies
        self._method = descriptors.method("crm.identity.v1.SessionService/Authenticate")
        self._remembered: OrderedDict[Known, _Remembered] = OrderedDict()
        self._lock = threading.Lock()

    def caller(self, http: Request) -> Principal:
        """The principal of a request, by header or by cookie; raises a 401 or 403 problem, or grpc.RpcError."""
        header = http.environ.get("HTTP_AUTHORIZATION", "")
        token = bearer(header) if header else session_token(http, self.site)
        if not token:
            raise _unauthenticated("UNAUTHENTICATED", "Sign in and send the token.", "请先登录并携带令牌。")
        if not header:
            require_csrf_token(http, self.site, token)
        behalf = http.environ.get("HTTP_X_ON_BEHALF_OF", "").strip()
        if len(behalf) > _LONGEST_ID:
            raise Problem(400, "INVALID_ARGUMENT", f"{ON_BEHALF_OF} is no user id.", f"{ON_BEHALF_OF} 不是用户编号。")
        return self.principal(token, self.address(http), behalf)

    def address(self, http: Request) -> str:
        """Where the request comes from."""
        return caller_address(http, self._proxies)

    def asker(self, http: Request) -> Principal:
        """The caller, with every refusal as a problem."""
        try:
            return self.caller(http)
        except grpc.RpcError as error:
            raise problem_of(error) from error

    def whose(self, token: str, address: str) -> Principal:
        """The same for a token alone, with every refusal as a problem."""
        try:
            return self.principal(token, address)
        except grpc.RpcError as error:
            raise problem_of(error) from error

    def principal(self, token: str, address: str, on_behalf_of: str = "") -> Principal:
        """The principal behind a session's token or an API key."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        # A session is the same from everywhere; a key may be bound to networks, so where it comes from counts.
        known: Known = (digest, address if is_key(token) else "", on_behalf_of)
        found = self._remembered.get(known)
        if found is None or found.until <= time.monotonic() or self._outdated(found):
            found = self._ask(known, token, address)
        if found.principal is None:
            raise _unauthenticated(
                "SESSION_ENDED",
                "This session or key is unknown, has ended or may not be used from here. Sign in again.",
                "会话或密钥不存在、已结束或不允许从此处使用，请重新登录。",
            )
        return found.principal

    def forget(self, principal: Principal) -> None:
        """A service knows of a change of this caller's rights that has not been heard of here yet."""
        with self._lock:
            for known in [each for each, found in self._remembered.items() if found.principal is principal]:
                del self._remembered[known]

    def _outdated(self, found: _Remembered) -> bool:
        return found.principal is not None and self._backends.outdated(found.principal)

    def forget_token(self, token: str) -> None:
        """The session has just been ended through here: it need not live on for seconds."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        with self._lock:
            self._remembered.pop((digest, "", ""), None)

    def _ask(self, known: Known, token: str, address: str) -> _Remembered:
        digest, _, on_behalf_of = known
        credential = {"api_key": token} if is_key(token) else {"token_digest": digest}
        request = pb.AuthenticateRequest(address=address, on_behalf_of=on_behalf_of, **credential)
        try:
            answer = self._backends.call(
                IDENTITY,
                self._method,
                request.SerializeToString(),
                principal=GATEWAY,
                timeout=_TIMEOUT_SECONDS,
                metadata={},
                retry=True,
            )
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.NOT_FOUND):
                raise
            found = _Remembered(time.monotonic() + UNKNOWN_SECONDS, None)
        else:
            principal = principal_from(pb.CurrentUser.FromString(answer.body))
            found = _Remembered(time.monotonic() + KNOWN_SECONDS, principal)
        with self._lock:
            self._remembered[known] = found
            self._remembered.move_to_end(known)
            if len(self._remembered) > _CACHE_SIZE:
                self._remembered.popitem(last=False)
        return found


def bearer(header: str) -> str:
    """The token of an ``Authorization`` header; raises a 401 problem."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
        raise _unauthenticated(
            "MALFORMED_TOKEN",
            "Send the session token or API key as `Authorization: Bearer <token>`.",
            "请以 `Authorization: Bearer <token>` 的形式携带令牌或 API 密钥。",
        )
    return token


def _unauthenticated(reason: str, en: str, zh: str) -> Problem:
    return Problem(401, reason, en, zh, headers={"WWW-Authenticate": "Bearer"})
