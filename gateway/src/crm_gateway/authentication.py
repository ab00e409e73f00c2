"""Who a bearer token belongs to, asked of identity and remembered for seconds."""

import hashlib
import threading
import time
from collections import OrderedDict
from typing import NamedTuple

import grpc
from crm.identity.v1 import session_service_pb2 as pb

from crm_gateway.backends import Backends
from crm_gateway.problems import Problem
from crm_kit.principal import Principal, Scope, system
from crm_kit.rpc import descriptors

IDENTITY = "identity"
KNOWN_SECONDS = 5.0
UNKNOWN_SECONDS = 1.0
_CACHE_SIZE = 20_000
_TIMEOUT_SECONDS = 5.0
_LONGEST_TOKEN = 512

GATEWAY = system("service", "gateway")


class _Remembered(NamedTuple):
    until: float
    principal: Principal | None


class Sessions:
    """Turns session tokens into principals; a token ended in identity stops working here within ``KNOWN_SECONDS``."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        self._method = descriptors.method("crm.identity.v1.SessionService/Authenticate")
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._lock = threading.Lock()

    def principal(self, authorization: str) -> Principal:
        """The principal behind an ``Authorization`` header; raises a 401 problem, or grpc.RpcError from identity."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if not authorization:
            raise _unauthenticated("UNAUTHENTICATED", "Sign in and send the token.", "请先登录并携带令牌。")
        if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
            raise _unauthenticated(
                "MALFORMED_TOKEN",
                "Send the session token as `Authorization: Bearer <token>`.",
                "请以 `Authorization: Bearer <token>` 的形式携带令牌。",
            )
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._remembered.get(digest)
        if known is None or known.until <= time.monotonic():
            known = self._ask(digest)
        if known.principal is None:
            raise _unauthenticated(
                "SESSION_ENDED",
                "This session is unknown or has ended. Sign in again.",
                "会话不存在或已结束，请重新登录。",
            )
        return known.principal

    def _ask(self, digest: bytes) -> _Remembered:
        try:
            answer = self._backends.call(
                IDENTITY,
                self._method,
                pb.AuthenticateRequest(token_digest=digest).SerializeToString(),
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
            principal = _principal(pb.CurrentUser.FromString(answer.body))
            found = _Remembered(time.monotonic() + KNOWN_SECONDS, principal)
        with self._lock:
            self._remembered[digest] = found
            self._remembered.move_to_end(digest)
            if len(self._remembered) > _CACHE_SIZE:
                self._remembered.popitem(last=False)
        return found


def _principal(current: pb.CurrentUser) -> Principal:
    user = current.user
    return Principal(
        subject=user.id,
        name=user.display_name,
        unit_path=user.unit_path,
        grants=tuple((grant.permission, Scope[grant.scope.upper()]) for grant in current.grants),
        roles=tuple(user.roles),
        language=user.language or "en",
        session_id=current.session_id,
    )


def _unauthenticated(reason: str, en: str, zh: str) -> Problem:
    return Problem(401, reason, en, zh, headers={"WWW-Authenticate": "Bearer"})
