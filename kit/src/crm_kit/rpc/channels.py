"""The client side: one channel per peer, the caller's principal re-signed for the callee, the deadline passed on."""

import json
import time
from collections.abc import Mapping
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from crm_kit import telemetry
from crm_kit.call import Call
from crm_kit.errors import DeadlineExceeded, Unavailable
from crm_kit.keys import Keys
from crm_kit.principal import Principal
from crm_kit.rpc import descriptors
from crm_kit.rpc.wire_errors import reason_of

M = TypeVar("M", bound=Message)

DEFAULT_SECONDS = 10.0
IDENTITIES = ("operation_id", "request_id")
"""Fields of a request by which its callee knows a repeat."""
ONCE = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "healthCheckConfig": {"serviceName": "readiness"},
}
AGAIN = ONCE | {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
}


class RemoteError(Exception):
    """A callee refused: its status, its reason code and its words."""

    def __init__(self, status: grpc.StatusCode, reason: str, message: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(message)

    @property
    def final(self) -> bool:
        """Whether trying again is pointless: the callee understood and said no."""
        return self.status in {
            grpc.StatusCode.INVALID_ARGUMENT,
            grpc.StatusCode.NOT_FOUND,
            grpc.StatusCode.ALREADY_EXISTS,
            grpc.StatusCode.PERMISSION_DENIED,
            grpc.StatusCode.FAILED_PRECONDITION,
            grpc.StatusCode.ABORTED,
            grpc.StatusCode.UNAUTHENTICATED,
        }


class Channels:
    """Calls to other services. ``peers`` maps a service name to ``host:port``."""

    def __init__(self, peers: Mapping[str, str], keys: Keys) -> None:
        self._peers = peers
        self._keys = keys
        self._channels: dict[tuple[str, bool], grpc.aio.Channel] = {}

    async def call(
        self,
        peer: str,
        path: str,
        request: Message,
        answer: type[M],
        *,
        principal: Principal,
        request_id: str = "",
        deadline: float | None = None,
        language: str = "en",
        metadata: Mapping[str, str] | None = None,
    ) -> M:
        """Call ``crm.customers.v1.ConversionService/CreateForConversion`` of a peer as somebody.

        An answer of UNAVAILABLE does not tell whether the work was done, so only what may be done twice is tried again.
        Raises RemoteError when the callee refuses, Unavailable or DeadlineExceeded when nobody answers in time.
        """
        timeout = DEFAULT_SECONDS if deadline is None else deadline - time.monotonic() - 0.02
        if timeout <= 0:
            raise DeadlineExceeded
        headers = {
            **{name.replace("_", "-"): value for name, value in (metadata or {}).items()},
            "authorization": "Bearer " + self._keys.sign(principal, peer),
            "x-request-id": request_id,
            "accept-language": language,
        }
        started, code = time.perf_counter(), grpc.StatusCode.OK
        attributes = {"rpc.system.name": "grpc", "rpc.method": path}
        try:
            with telemetry.span(path, telemetry.SpanKind.CLIENT, attributes):
                headers.update(telemetry.inject())
                rpc = self._channel(peer, repeatable(path, request, headers)).unary_unary(
                    "/" + path,
                    request_serializer=type(request).SerializeToString,
                    response_deserializer=answer.FromString,
                )
                return await rpc(request, timeout=timeout, metadata=tuple(headers.items()))  # type: ignore[no-any-return]
        except grpc.aio.AioRpcError as error:
            code = error.code()
            raise _meaning(error) from error
        finally:
            telemetry.rpc_client_duration.record(
                time.perf_counter() - started, {**attributes, "rpc.response.status_code": code.name}
            )

    async def forward(self, call: Call, peer: str, path: str, request: Message, answer: type[M]) -> M:
        """The same, on behalf of the caller of ``call`` and within its deadline."""
        return await self.call(
            peer,
            path,
            request,
            answer,
            principal=call.principal,
            request_id=call.request_id,
            deadline=call.deadline,
            language=call.language,
            metadata={"x-client-address": call.address} if call.address else None,
        )

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close(grace=1)
        self._channels.clear()

    def _channel(self, peer: str, again: bool) -> grpc.aio.Channel:  # noqa: FBT001 - internal
        # Made on first use: a channel must belong to the loop and the process that uses it. The two of a peer differ in
        # their policy of retries alone and share one connection.
        if (peer, again) not in self._channels:
            if peer not in self._peers:
                raise LookupError(f"CRM_PEERS names no {peer}")
            self._channels[peer, again] = grpc.aio.insecure_channel(
                self._peers[peer],
                options=[
                    ("grpc.service_config", json.dumps(AGAIN if again else ONCE)),
                    ("grpc.service_config_disable_resolution", 1),
                    ("grpc.keepalive_time_ms", 60_000),
                    ("grpc.keepalive_timeout_ms", 20_000),
                    ("grpc.max_reconnect_backoff_ms", 2_000),
                    ("grpc.initial_reconnect_backoff_ms", 100),
                ],
            )
        return self._channels[peer, again]


def repeatable(path: str, request: Message, headers: Mapping[str, str]) -> bool:
    """Whether a call may reach its callee twice: it only reads, or carries an id by which a repeat is recognised."""
    if descriptors.method(path).reads or "idempotency-key" in headers:
        return True
    known = request.DESCRIPTOR.fields_by_name
    return any(name in known and bool(getattr(request, name)) for name in IDENTITIES)


def _meaning(error: grpc.aio.AioRpcError) -> Exception:
    code = error.code()
    if code is grpc.StatusCode.UNAVAILABLE or code is grpc.StatusCode.CANCELLED:
        return Unavailable()
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded()
    return RemoteError(code, reason_of(error.trailing_metadata()), error.details() or code.name)
