"""Calls to the services: one channel each, made on first use in the worker that uses it."""

import json
import random
import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

import grpc

from crm_gateway.problems import Problem
from crm_kit import telemetry
from crm_kit.keys import Keys
from crm_kit.principal import Principal
from crm_kit.rpc.descriptors import Method

_MESSAGE_LIMIT = 64 * 1024 * 1024
_RETRY_SECONDS = 0.2
_SERVICE_CONFIG = json.dumps(
    {"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": "readiness"}}
)
_OPTIONS = [
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
    ("grpc.max_send_message_length", _MESSAGE_LIMIT),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
]


class Answer(NamedTuple):
    """Serialized response and the metadata around it."""

    body: bytes
    metadata: Mapping[str, str | bytes]


class RetryBudget:
    """gRFC A6 throttling: retries stop while more than a tenth of the calls fail."""

    TOKENS = 10.0
    RATIO = 0.1

    def __init__(self) -> None:
        self._tokens = self.TOKENS

    def succeeded(self) -> None:
        self._tokens = min(self.TOKENS, self._tokens + self.RATIO)

    def failed(self) -> bool:
        """Notes a failure and answers whether a retry may follow."""
        self._tokens = max(0.0, self._tokens - 1)
        return self._tokens > self.TOKENS / 2


class Backends:
    """The peers of this process. ``peers`` maps a service name to ``host:port``."""

    def __init__(self, peers: Mapping[str, str], keys: Keys) -> None:
        self.peers = peers
        self._keys = keys
        self._channels: dict[str, grpc.Channel] = {}
        self._calls: dict[tuple[str, str], grpc.UnaryUnaryMultiCallable] = {}
        self._budgets = {name: RetryBudget() for name in peers}
        self._lock = threading.Lock()

    def call(
        self,
        backend: str,
        method: Method,
        request: bytes,
        *,
        principal: Principal,
        timeout: float,
        metadata: Mapping[str, str],
        retry: bool,
    ) -> Answer:
        """Call a unary RPC as somebody; raises grpc.RpcError, or a 503 problem when the service is not installed.

        ``timeout`` in seconds covers the retry, which happens once, after UNAVAILABLE, when ``retry`` allows it.
        """
        callee = self._callee(backend, method.path)
        attributes = {"rpc.system.name": "grpc", "rpc.method": method.full_name}
        started, code = time.perf_counter(), grpc.StatusCode.OK
        deadline = time.monotonic() + timeout
        budget = self._budgets[backend]
        try:
            with telemetry.span(method.full_name, telemetry.SpanKind.CLIENT, attributes):
                sent = (
                    *metadata.items(),
                    *telemetry.inject().items(),
                    ("authorization", f"Bearer {self._keys.sign(principal, backend)}"),
                )
                try:
                    body, call = callee.with_call(request, timeout=timeout, metadata=sent)
                except grpc.RpcError as error:
                    pause = random.uniform(0, _RETRY_SECONDS)  # noqa: S311  # spreads load, keeps no secret
                    unavailable = error.code() is grpc.StatusCode.UNAVAILABLE
                    if not (unavailable and budget.failed() and retry and time.monotonic() + pause < deadline):
                        raise
                    time.sleep(pause)
                    body, call = callee.with_call(request, timeout=deadline - time.monotonic(), metadata=sent)
            budget.succeeded()
            return Answer(body, dict((*call.initial_metadata(), *call.trailing_metadata())))
        except grpc.RpcError as error:
            code = error.code()
            raise
        finally:
            telemetry.rpc_client_duration.record(
                time.perf_counter() - started, {**attributes, "rpc.response.status_code": code.name}
            )

    def outdated(self, principal: Principal) -> bool:
        """Whether rights of the caller have changed since this was said about them."""
        return self._keys.outdated(principal)

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()

    def _callee(self, backend: str, path: str) -> grpc.UnaryUnaryMultiCallable:
        callee = self._calls.get((backend, path))
        if callee is None:
            if backend not in self.peers:
                raise Problem(
                    503,
                    "SERVICE_NOT_INSTALLED",
                    f"The service {backend} is not part of this installation.",
                    f"此系统未安装服务 {backend}。",
                )
            with self._lock:
                channel = self._channels.get(backend)
                if channel is None:
                    # Never before a fork: a channel's threads do not survive one.
                    channel = self._channels[backend] = grpc.insecure_channel(self.peers[backend], options=_OPTIONS)
                callee = self._calls[backend, path] = channel.unary_unary(path)
        return callee
