"""How many requests an API key may make in a second, by its rate class.

The limit is one for all processes of the edge: each leases a few requests at a time from identity, for the present
second only, and asks for twice as many whenever those are used. While identity is away, a process that knows the limit
lets half of it through.
"""

import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

import grpc
from crm.identity.v1 import session_service_pb2 as pb
from flask import Request

from crm_gateway.api_keys import BEGINNING
from crm_gateway.authentication import GATEWAY, IDENTITY
from crm_gateway.backends import Backends
from crm_gateway.problems import Problem
from crm_gateway.remote_errors import problem_of
from crm_kit.principal import Principal
from crm_kit.rpc import descriptors

_KNOWN_KEYS = 20_000
_TIMEOUT_SECONDS = 1.0
_MOST_AT_ONCE = 64


@dataclass
class _Second:
    """What is known of one key in the present second."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rate_class: str = ""
    most: int = 0
    until: float = 0.0
    left: int = 0
    elsewhere: int = 0
    wanted: int = 1
    over: bool = False

    def fields(self) -> dict[str, str]:
        """``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers-10); the reset in whole seconds."""
        reset = max(1, math.ceil(self.until - time.monotonic()))
        return {
            "RateLimit-Policy": f'"{self.rate_class}";q={self.most};w=1',
            "RateLimit": f'"{self.rate_class}";r={self.left + self.elsewhere};t={reset}',
        }


class KeyRates:
    """Counts the requests of every key; those of people signed in are not counted."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        self._method = descriptors.method("crm.identity.v1.SessionService/LeaseRequests")
        self._seconds: OrderedDict[str, _Second] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, http: Request, principal: Principal) -> dict[str, str]:
        """One more request; answers the fields that tell how many are left. Raises a 429 or 503 problem."""
        if BEGINNING not in http.environ.get("HTTP_AUTHORIZATION", ""):
            return {}
        second = self._second(principal.session_id)
        with second.lock:
            if second.until <= time.monotonic():
                second.left, second.wanted, second.over = 0, 1, False
            if not second.left and not second.over:
                self._lease(principal.session_id, second)
            if not second.left:
                raise _too_many(second)
            second.left -= 1
            return second.fields()

    def _second(self, key_id: str) -> _Second:
        with self._lock:
            found = self._seconds.setdefault(key_id, _Second())
            self._seconds.move_to_end(key_id)
            if len(self._seconds) > _KNOWN_KEYS:
                self._seconds.popitem(last=False)
            return found

    def _lease(self, key_id: str, second: _Second) -> None:
        request = pb.LeaseRequestsRequest(api_key_id=key_id, wanted=second.wanted)
        try:
            answer = self._backends.call(
                IDENTITY,
                self._method,
                request.SerializeToString(),
                principal=GATEWAY,
                timeout=_TIMEOUT_SECONDS,
                metadata={},
                retry=False,
            )
        except grpc.RpcError as error:
            if not second.most or error.code() is grpc.StatusCode.UNAUTHENTICATED:
                raise problem_of(error) from error
            second.left, second.elsewhere, second.over = second.most // 2, 0, True
            second.until = time.monotonic() + 1
        else:
            lease = pb.RequestLease.FromString(answer.body)
            second.rate_class, second.most, second.elsewhere = lease.rate_class, lease.most, lease.remaining
            second.until = time.monotonic() + lease.left_ms / 1000
            second.left, second.over = lease.granted, lease.granted < second.wanted
            second.wanted = min(second.wanted * 2, _MOST_AT_ONCE)


def _too_many(second: _Second) -> Problem:
    named, most = second.rate_class, second.most
    return Problem(
        429,
        "RATE_EXCEEDED",
        f"A key of the rate class {named} may make {most} requests a second. Wait as long as Retry-After says.",
        f"速率等级为 {named} 的密钥每秒最多 {most} 次请求，请按 Retry-After 等待后重试。",
        facts={"rate_class": named, "most": most},
        headers={"Retry-After": "1", **second.fields()},
    )
