"""Logs: one JSON object a line on standard output, tied to the trace and the request, without personal data.

Fields: timestamp, severity, message, event, logger, service.name, service.version, trace_id, span_id, request_id, then
what the caller adds. ``CRM_LOG_FORMAT=console`` prints lines for people instead.
"""

import logging
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any, Final, TextIO, cast

import orjson
import structlog
from crm.type.v1 import options_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet
from structlog.typing import FilteringBoundLogger, Processor

from crm_kit.telemetry import span_id_hex, trace_id_hex

EventDict = MutableMapping[str, Any]

REDACTED: Final = "[redacted]"
_SEVERITIES: Final = {"warning": "WARN", "critical": "FATAL", "fatal": "FATAL", "exception": "ERROR"}
_SECRETS: Final = ("password", "secret", "token", "access_token", "refresh_token", "authorization", "cookie", "api_key")
_PERSONAL: Final = ("email", "phone", "mobile", "address", "id_number", "full_name", "open_id", "content", "body")
_WORDS: Final = ("event", "message", "logger_name", "exc_info")
# What the standard library puts on every record; the rest was added by the caller.
_RECORD_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

_request: ContextVar[Mapping[str, Any] | None] = ContextVar("crm_log_request", default=None)
_hidden: set[str] = {*_SECRETS, *_PERSONAL}


def setup(
    service_name: str,
    *,
    service_version: str = "",
    log_format: str = "json",
    level: int = logging.INFO,
    stream: TextIO | None = None,
) -> None:
    """Sends the logs of this process, those of libraries included, to ``stream`` (standard output when None).

    Values of fields that the contract classes as personal or sensitive are hidden from then on.
    """
    hide_fields(personal_fields())
    out = stream or sys.stdout
    service = {"service.name": service_name} | ({"service.version": service_version} if service_version else {})

    def add_service(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {**service, **event}

    processors: list[Processor] = [_redact, _message, add_service, _trace, _exception, _severity]
    if log_format == "console":
        processors += [_for_people, structlog.dev.ConsoleRenderer(colors=out.isatty(), event_key="message")]
    else:
        processors.append(_json)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Foreign(processors, structlog.PrintLogger(out))], level=level, force=True)


def get_logger(name: str) -> FilteringBoundLogger:
    """The logger of a module: ``log.info("file.read", message="…", rows=…)``; the first argument names the event."""
    return cast("FilteringBoundLogger", structlog.get_logger(logger_name=name))


class bind_request:  # noqa: N801  called like the function it stands for
    """Puts the request id, and facts such as the RPC, on every line from here on: to the end of the task, or of the
    ``with`` block when it opens one, for threads that serve one request after the other.
    """

    __slots__ = ("_token",)

    def __init__(self, request_id: str, **facts: Any) -> None:
        self._token = _request.set({"request_id": request_id, **facts})

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        _request.reset(self._token)


def hide_fields(names: Iterable[str]) -> None:
    """Values under these field names never reach a log line, however deep they lie."""
    _hidden.update(name.lower() for name in names)


@cache
def personal_fields() -> frozenset[str]:
    """Names of the fields that the contract classes as personal or sensitive, in any of its messages."""
    described = FileDescriptorSet.FromString((resources.files("crm") / "descriptors.binpb").read_bytes())
    own = (file for file in described.file if file.name.startswith("crm/"))
    return frozenset(name for file in own for message in file.message_type for name in _personal_in(message))


def _personal_in(message: DescriptorProto) -> Iterator[str]:
    personal = (options_pb2.DATA_CLASS_PERSONAL, options_pb2.DATA_CLASS_SENSITIVE)
    for field in message.field:
        if field.options.Extensions[options_pb2.data_class] in personal:
            yield field.name
    for nested in message.nested_type:
        yield from _personal_in(nested)


def _message(_logger: object, _method: str, event: EventDict) -> EventDict:
    event.setdefault("message", event.get("event", ""))
    # structlog keeps the keyword `logger` for itself.
    if "logger_name" in event:
        event["logger"] = event.pop("logger_name")
    return event


def _trace(_logger: object, _method: str, event: EventDict) -> EventDict:
    trace_id = trace_id_hex()
    if trace_id:
        event["trace_id"], event["span_id"] = trace_id, span_id_hex()
    for key, value in (_request.get() or {}).items():
        event.setdefault(key, value)
    return event


def _severity(_logger: object, method: str, event: EventDict) -> EventDict:
    timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    severity = _SEVERITIES.get(method, method.upper())
    return {"timestamp": timestamp, "severity": severity, "message": event.pop("message"), **event}


def _exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception.type"] = type(error).__qualname__
        event["exception.stacktrace"] = _stack(error)
    return event


def _stack(error: BaseException) -> str:
    """The chain of errors, oldest first, as Python prints it, but database errors without the row they quote."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\n".join(
        "".join(traceback.format_tb(each.__traceback__)) + f"{type(each).__qualname__}: {_text(each)}"
        for each in reversed(chain)
    )


def _text(error: BaseException) -> str:
    # "Key (phone)=(+86 138 …) already exists" and "[parameters: …]" repeat what a person typed.
    sqlstate = getattr(getattr(error, "orig", error), "sqlstate", None)
    if sqlstate is None:
        return str(error)
    constraint = getattr(error, "constraint_name", None)
    return f"SQLSTATE {sqlstate}" + (f", constraint {constraint}" if constraint else "")


def _redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    # The words of the line itself are the programmer's; whatever else is a value.
    return {key: value if key in _WORDS else _redacted(key, value) for key, value in event.items()}


def _redacted(key: object, value: Any) -> Any:
    return REDACTED if str(key).lower() in _hidden else _without_personal(value)


def _without_personal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _redacted(key, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without_personal(inner) for inner in value]
    return value


def _json(_logger: object, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def _for_people(_logger: object, _method: str, event: EventDict) -> EventDict:
    """What a person at a terminal reads: time of day, level, message, the rest behind; the stack below."""
    event["timestamp"] = str(event["timestamp"])[11:23]
    event["level"] = str(event.pop("severity")).lower()
    for noise in ("service.version", "span_id"):
        event.pop(noise, None)
    if event.get("event") == event.get("message"):
        event.pop("event", None)
    stack = event.pop("exception.stacktrace", None)
    if stack:
        event["exception"] = stack
    return event


class _Foreign(logging.Handler):
    """Takes the standard library's records through the same chain."""

    def __init__(self, processors: list[Processor], printer: structlog.PrintLogger) -> None:
        super().__init__()
        self._processors, self._printer = processors, printer

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event: Any = {"event": record.name, "message": record.getMessage(), "logger_name": record.name}
            event |= {key: value for key, value in vars(record).items() if key not in _RECORD_FIELDS}
            if record.exc_info:
                event["exc_info"] = record.exc_info
            for processor in self._processors:
                event = processor(None, record.levelname.lower(), event)
            self._printer.msg(str(event))
        except Exception:  # noqa: BLE001  a faulty record must not fail the work it tells of
            self.handleError(record)
