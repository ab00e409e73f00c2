"""The same client over gRPC: the services' own RPCs, called with the signed principal the gateway would send."""

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict

from crm_client import Client
from crm_client.catalog import Operation
from crm_client.client import Record
from crm_gateway.authentication import GATEWAY, Sessions
from crm_gateway.backends import Backends
from crm_gateway.browser_sessions import Site
from crm_kit import telemetry
from crm_kit.principal import Principal
from crm_kit.rpc import descriptors

SECONDS = 60.0


class GrpcClient(Client):
    """``headers`` may name the trace that the calls are part of; nothing else is taken from them."""

    def __init__(self, url: str, backends: Backends, token: str = "") -> None:
        super().__init__(url)
        self.headers: dict[str, str] = {}
        self._backends, self._token = backends, token

    @cached_property
    def _sessions(self) -> Sessions:
        return Sessions(self._backends, Site("http://127.0.0.1"))

    @property
    def _principal(self) -> Principal:
        return self._sessions.principal(self._token, "127.0.0.1") if self._token else GATEWAY

    def call(self, operation: Operation | str, request: Mapping[str, Any], *, etag: str = "", key: str = "") -> Record:
        if isinstance(operation, str):
            operation = self.catalog.operation(operation)
        method = descriptors.method(operation.full_name)
        metadata: dict[str, str] = {}
        if operation.verb != "GET":
            metadata["idempotency-key"] = key or str(uuid.uuid4())
        # Said as a context and not as metadata: a process that records traces sends its own beside it.
        with telemetry.span("test", telemetry.SpanKind.CLIENT, {}, telemetry.extract(self.headers)):
            answer = self._backends.call(
                str(request["service"]) if operation.service == "ops" else operation.service,
                method,
                ParseDict(_at_version(operation, request, etag), method.request_type()).SerializeToString(),
                principal=self._principal,
                timeout=SECONDS,
                metadata=metadata,
                retry=operation.verb == "GET",
            )
        said: Record = MessageToDict(
            method.response_type.FromString(answer.body),
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        return said

    def upload(self, operation: str, content: bytes, **request: str) -> Record:
        route = self.catalog.operation(operation)
        message = descriptors.method(route.full_name).request_type(**request, **{_file_field(route): content})
        return self.call(route, MessageToDict(message, preserving_proto_field_name=True))


def _at_version(operation: Operation, request: Mapping[str, Any], etag: str) -> dict[str, Any]:
    """The request with the etag where gRPC carries it: in the record to change, else beside its id."""
    asked = {name: value for name, value in request.items() if value not in (None, "")}
    if etag and operation.body and operation.body != "*":
        asked[operation.body] = {**asked[operation.body], "etag": etag}
    elif etag:
        asked["etag"] = etag
    return asked


def _file_field(operation: Operation) -> str:
    return next(field.name for field in operation.request.fields if field.type == field.TYPE_BYTES)
