"""One routed request from its principal to its answer."""

import re
from typing import Any

import grpc
from crm.identity.v1.session_service_pb2 import CreateSessionRequest
from flask import Request, Response

from crm_gateway.authentication import GATEWAY, Sessions
from crm_gateway.backends import Backends
from crm_gateway.composed import VIEWS, Composed
from crm_gateway.contract import ANY_BACKEND
from crm_gateway.key_rates import KeyRates
from crm_gateway.problems import Problem
from crm_gateway.remote_errors import problem_of
from crm_gateway.respond import respond
from crm_gateway.routes import Match
from crm_gateway.transcode import read_request
from crm_kit.errors import PrincipalOutdated
from crm_kit.principal import Principal
from crm_kit.rpc.wire_errors import reason_of

TIMEOUT_SECONDS = 10.0
FILE_TIMEOUT_SECONDS = 60.0
OUTDATED = PrincipalOutdated().reason
_IDEMPOTENCY_KEY = re.compile(
    r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,255})'
)


class Dispatcher:
    """Sends requests to the services of their routes."""

    def __init__(self, backends: Backends, sessions: Sessions, rates: KeyRates) -> None:
        self._backends = backends
        self._sessions = sessions
        self._rates = rates
        self._composed = Composed(backends)

    def answer(self, match: Match, http: Request, request_id: str, language: str) -> Response:
        """The service's answer; raises a problem for everything else.

        ``language`` is what the client asked for; the user's own language counts when that is empty.
        """
        anonymous = match.route.binding.method.anonymous
        try:
            principal = GATEWAY if anonymous else self._sessions.caller(http)
            counted = {} if anonymous else self._rates.admit(http, principal)
            message = read_request(match, http)
            address = self._sessions.address(http)
            if isinstance(message, CreateSessionRequest):
                message.address, message.user_agent = address, http.headers.get("User-Agent", "")
            metadata = {"x-request-id": request_id, "accept-language": language or principal.language}
            if address:
                metadata["x-client-address"] = address
            if key := _idempotency_key(http.headers.get("Idempotency-Key", "")):
                metadata["idempotency-key"] = key
            try:
                response = self._answer(match, http, message, principal, metadata)
            except grpc.RpcError as error:
                if anonymous or reason_of(error.trailing_metadata()) != OUTDATED:
                    raise
                # Refused before anything was done: once more, with the rights of now.
                self._sessions.forget(principal)
                response = self._answer(match, http, message, self._sessions.caller(http), metadata)
        except grpc.RpcError as error:
            raise problem_of(error) from error
        response.headers.extend(counted)
        return response

    def _answer(
        self, match: Match, http: Request, message: Any, principal: Principal, metadata: dict[str, str]
    ) -> Response:
        route = match.route
        method = route.binding.method
        if route.binding.backend == VIEWS:
            return respond(match, http.path, self._composed.answer(message, principal, metadata), {})
        answer = self._backends.call(
            self._backend(route.binding.backend, message),
            method,
            message.SerializeToString(),
            principal=principal,
            timeout=FILE_TIMEOUT_SECONDS if route.takes_bytes or route.answers_raw else TIMEOUT_SECONDS,
            metadata=metadata,
            retry=route.binding.verb == "GET" or "idempotency-key" in metadata,
        )
        return respond(match, http.path, method.response_type.FromString(answer.body), answer.metadata)

    def _backend(self, bound: str, message: Any) -> str:
        if bound != ANY_BACKEND:
            return bound
        named = _service_field(message).replace("_", "-")
        if named not in self._backends.peers:
            known = ", ".join(sorted(self._backends.peers))
            raise Problem(
                404,
                "SERVICE_UNKNOWN",
                f"There is no service of this name. There are: {known}.",
                f"没有此名称的服务。可用服务：{known}。",
            )
        return named


def _service_field(message: Any) -> str:
    """The ``service`` of the request, or of the one resource it carries; copies are asked of who keeps them."""
    if "kept_by" in message.DESCRIPTOR.fields_by_name and message.kept_by:
        return str(message.kept_by)
    if "service" in message.DESCRIPTOR.fields_by_name:
        return str(message.service)
    return next(
        str(value.service)
        for field, value in message.ListFields()
        if field.message_type is not None and "service" in field.message_type.fields_by_name
    )


def _idempotency_key(header: str) -> str:
    """The key without its RFC 8941 quotes; empty when there is none."""
    if not header:
        return ""
    match = _IDEMPOTENCY_KEY.fullmatch(header.strip())
    if match is None:
        raise Problem(
            400,
            "INVALID_IDEMPOTENCY_KEY",
            "Idempotency-Key must be 1 to 255 printable ASCII characters, best in double quotes.",
            "Idempotency-Key 必须为 1 到 255 个可打印 ASCII 字符，建议使用双引号。",
        )
    return match[1] or match[2]
