"""The server side of every RPC, as one pipeline: trace, turn, principal, permission, deadline, handler, refusal.

Handlers are ``async def Method(self, request, call)`` of plain classes; the contract says which must exist.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import grpc
from google.protobuf.message import Message

from crm_kit import audit, revealing, telemetry
from crm_kit.audit_reads import sensitive_in
from crm_kit.call import Call, refusal_of
from crm_kit.database import Database
from crm_kit.errors import Error, Internal, PermissionDenied, PrincipalOutdated, Unavailable
from crm_kit.field_rules import redact
from crm_kit.keys import Keys
from crm_kit.logging import bind_request
from crm_kit.principal import Scope
from crm_kit.quarantine import refuse_changes
from crm_kit.rpc import descriptors
from crm_kit.rpc.arrival import PERSONAL, Metadata, call_of, language_of
from crm_kit.rpc.descriptors import Method
from crm_kit.rpc.repeats import KEY, obeying_keys
from crm_kit.rpc.turns import Turns
from crm_kit.rpc.wire_errors import trailers
from crm_kit.tx import refusal

log = logging.getLogger(__name__)

MESSAGE_LIMIT = 64 * 1024 * 1024
MESSAGE_TEXT = 200
"""Characters of the status text: every Chinese one costs nine bytes of the trailers, which hold the whole text once."""
MOST_AT_WORK = 1_000
Obeying = Callable[[Any, Call, str | None], Awaitable[Message]]
OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.so_reuseport", 0),
]


class IncompleteServicer(TypeError):
    """A servicer lacks an RPC of its contract; the service must not start."""


@runtime_checkable
class ActingServicer(Protocol):
    """A servicer that acts in its callers' names, through the RPCs they could call themselves."""

    def act_through(self, endpoints: "Endpoints") -> None: ...


class Endpoints:
    """The RPCs of one service process.

    ``servicers`` maps a full proto service name to the object that serves it; ``callers`` maps an internal RPC
    (``crm.customers.v1.ConversionService``) to the processes that may call it. ``at_once``: calls at work side by side;
    what exceeds them waits or is refused as Overloaded.
    """

    def __init__(
        self,
        *,
        db: Database,
        keys: Keys,
        servicers: Mapping[str, object],
        callers: Mapping[str, Sequence[str]] | None = None,
        ready: Callable[[], bool] = lambda: True,
        quarantined: bool = False,
        at_once: int = MOST_AT_WORK,
    ) -> None:
        self.db = db
        self.keys = keys
        self.callers = {name: frozenset(allowed) for name, allowed in (callers or {}).items()}
        self.methods: list[Method] = []
        self.in_flight = 0
        self._ready, self._quarantined = ready, quarantined
        self._turns = Turns(at_once)
        # Parts of what another service has begun: to refuse them would waste what was done there, whose turns bound them.
        self._inner_turns = Turns(MOST_AT_WORK)
        self._handlers: list[grpc.GenericRpcHandler] = []
        self._obeying: dict[str, tuple[Method, Obeying]] = {}
        for name, servicer in servicers.items():
            self._handlers.append(self._service(name, servicer))
        for servicer in servicers.values():
            if isinstance(servicer, ActingServicer):
                servicer.act_through(self)

    def register(self, server: grpc.aio.Server) -> None:
        server.add_generic_rpc_handlers(tuple(self._handlers))

    def _service(self, name: str, servicer: object) -> grpc.GenericRpcHandler:
        handlers = {}
        for method in descriptors.methods(descriptors.service(name)):
            handler = getattr(servicer, method.name, None)
            if handler is None:
                raise IncompleteServicer(f"{type(servicer).__name__} has no {method.name}, which {name} promises")
            self.methods.append(method)
            self._obeying[method.full_name] = method, obeying_keys(method, handler)
            handlers[method.name] = grpc.unary_unary_rpc_method_handler(
                self._endpoint(*self._obeying[method.full_name]),
                request_deserializer=method.request_type.FromString,
                response_serializer=method.response_type.SerializeToString,
            )
        return grpc.method_handlers_generic_handler(name, handlers)

    async def act(self, path: str, request: Message, call: Call, key: str | None = None) -> Message:
        """Work of this process in somebody's name meets all that a request of theirs would meet, refusals included; its
        answer goes to nobody, so it is neither opened nor masked.

        PrincipalOutdated when rights of the person have changed since they were asked for.
        """
        method, obeying = self._obeying[path]
        if self.keys.outdated(call.principal):
            raise PrincipalOutdated
        call.permission = method.permission
        self._admit(call, method)
        try:
            return await self._obeyed(method, obeying, request, call, key)
        except Exception as fault:
            known = refusal(fault)
            if known is fault:
                raise
            raise known from fault

    def _endpoint(self, method: Method, obeying: Obeying) -> Callable[[Message, Any], Awaitable[Message]]:
        turns = self._inner_turns if method.internal else self._turns
        span_name = method.full_name
        attributes = {"rpc.system.name": "grpc", "rpc.method": method.full_name}

        async def endpoint(request: Message, context: grpc.aio.ServicerContext) -> Message:
            metadata: dict[str, Any] = dict(context.invocation_metadata())
            language = language_of(metadata)
            bind_request(str(metadata.get("x-request-id", "")))
            self.in_flight += 1
            started = time.perf_counter()
            with telemetry.span(
                span_name, telemetry.SpanKind.SERVER, attributes, parent=telemetry.extract(metadata)
            ) as span:
                try:
                    answer: Any = await in_turn(request, metadata, context)
                except Exception as fault:  # noqa: BLE001 - told apart, and logged when it is a bug
                    answer = _understood(fault, method, span)
                finally:
                    self.in_flight -= 1
                code = answer.status if isinstance(answer, Error) else grpc.StatusCode.OK
                telemetry.rpc_server_duration.record(
                    time.perf_counter() - started, {**attributes, "rpc.response.status_code": code.name}
                )
            if isinstance(answer, Error):
                await context.abort(code, answer.text(language)[:MESSAGE_TEXT], trailers(answer, language))
            return answer  # type: ignore[no-any-return]

        async def in_turn(request: Message, metadata: Metadata, context: Any) -> Message:
            await turns.take()
            try:
                return await answered(request, metadata, context)
            finally:
                turns.leave()

        async def answered(request: Message, metadata: Metadata, context: Any) -> Message:
            if not self._ready():
                raise Unavailable
            call = call_of(self.db, self.keys, method, metadata, context.time_remaining())
            self._admit(call, method)
            answer = await self._obeyed(method, obeying, request, call, metadata.get(KEY))
            if call.idempotency is not None and call.idempotency.replayed:
                context.set_trailing_metadata((("idempotent-replayed", "true"),))
            await revealing.answer(answer, call.principal.field_rules, self.db.subjects, self.db.fetch)
            if not method.internal:
                redact(answer, call.principal.field_rules)
            if call.principal.kind in PERSONAL:
                _note_reading(answer, call, method)
            return answer

        return endpoint

    async def _obeyed(self, method: Method, obeying: Obeying, request: Message, call: Call, key: str | None) -> Message:
        if call.principal.kind in PERSONAL:
            call.shared = await self.db.shares.reach(call.principal)
        try:
            return await obeying(request, call, key)
        except PermissionDenied as refused:
            self._note_refusal(call, method, refused)
            raise

    def _admit(self, call: Call, method: Method) -> None:
        principal = call.principal
        if method.internal:
            service_name = method.descriptor.containing_service.full_name
            if principal.issuer not in self.callers.get(service_name, ()):
                refused = PermissionDenied(permission=f"call {service_name} as {principal.issuer or 'nobody'}")
                self._note_refusal(call, method, refused)
                raise refused
        elif not method.anonymous and principal.scope(method.permission) is Scope.NONE:
            missing = refusal_of(principal, method.permission)
            self._note_refusal(call, method, missing)
            raise missing
        if self._quarantined and principal.kind in PERSONAL:
            refuse_changes(method)

    def _note_refusal(self, call: Call, method: Method, refused: Error) -> None:
        self.db.notes.denied(call, method.permission, method.full_name, refused.reason)


def _note_reading(answer: Message, call: Call, method: Method) -> None:
    """Who was shown sensitive values in clear leaves one entry, however many records the answer holds."""
    seen = sensitive_in(answer, call.principal.field_rules)
    if seen is not None:
        ids, fields = list(seen.ids), list(seen.fields)
        details = {"method": method.full_name, "fields": fields, **audit.note_ids(ids)}
        audit.note(call, "read", fields[0].split(".")[1], audit.one_id(ids), details=details)


def _understood(fault: Exception, method: Method, span: telemetry.Span) -> Error:
    """What the caller is told: the refusal it was, or that something is broken, which is then a bug and in the log."""
    known = refusal(fault)
    telemetry.record_error(span, known)
    if isinstance(known, Error):
        return known
    log.error("rpc failed", exc_info=fault, extra={"rpc.method": method.full_name})
    return Internal()
