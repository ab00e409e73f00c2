"""What the database does for a request: a span per statement while the trace is recorded, a duration always."""

import re
import weakref
from collections.abc import Iterable
from functools import lru_cache
from time import perf_counter
from typing import Any, Final, Self

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.pool import QueuePool

from crm_kit.telemetry.metrics import Attributes, db_connections, db_duration
from crm_kit.telemetry.spans import record_error, start_span

_VERBS: Final = re.compile(
    "SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|COPY|CALL|DO|SET|SHOW|LOCK|LISTEN|NOTIFY|SAVEPOINT|RELEASE|CREATE|ALTER|DROP"
    "|TRUNCATE|COMMENT|REFRESH|ANALYZE|VACUUM|EXPLAIN"
)
_NAME: Final = r'(?:ONLY\s+)?(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"?(?P<{}>[a-z_][\w.]*+)'
# A FROM inside EXTRACT, or before the parenthesis of a function, names no table.
_TABLE: Final = re.compile(
    rf"\b(?:INTO|UPDATE|COPY|TABLE)\s+{_NAME.format('changed')}"
    rf"|(?<!DISTINCT )\b(?:FROM|JOIN)\s+{_NAME.format('read')}(?!\"?\s*\()",
    re.IGNORECASE,
)
_EXTRACT: Final = re.compile(r"\bEXTRACT\s*\(\s*\w+\s+FROM\b", re.IGNORECASE)

_BEGUN: Final = "_crm_telemetry"


def instrument_engine(engine: Engine) -> None:
    """Observes every statement of the engine (``AsyncEngine.sync_engine``) and its pool.

    Spans carry verb, table and the text with placeholders, never a value.
    """
    event.listen(engine, "before_cursor_execute", _before)
    event.listen(engine, "after_cursor_execute", _after)
    event.listen(engine, "handle_error", _failed)
    observed = weakref.ref(engine)
    stop = db_connections.watch(lambda: _pool_levels(observed()))
    weakref.finalize(engine, stop)


@lru_cache(maxsize=2048)
def describe(statement: str) -> tuple[str, Attributes]:
    """Summary (``SELECT lead``) and metric attributes of a statement."""
    words = statement.split(None, 1)
    verb = words[0].upper() if words else ""
    if not _VERBS.fullmatch(verb):
        verb = "OTHER"
    found = _TABLE.search(_EXTRACT.sub("", statement))
    table = (found["changed"] or found["read"]).lower() if found else ""
    attributes = {"db.system.name": "postgresql", "db.operation.name": verb}
    if table:
        attributes["db.collection.name"] = table
    return f"{verb} {table}".rstrip(), attributes


def _before(
    _connection: object,
    _cursor: object,
    statement: str,
    parameters: Any,
    context: ExecutionContext | None,
    executemany: bool,  # noqa: FBT001  the signature is SQLAlchemy's
) -> None:
    if context is None:
        return
    begun = observe_statement(statement).__enter__()
    if executemany and begun.span is not None:
        begun.span.set_attribute("db.operation.batch.size", len(parameters))
    vars(context)[_BEGUN] = begun


def _after(
    _connection: object,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _executemany: bool,  # noqa: FBT001  the signature is SQLAlchemy's
) -> None:
    _end(context, None)


def _failed(failure: ExceptionContext) -> None:
    _end(failure.execution_context, failure.original_exception)


def _end(context: ExecutionContext | None, error: BaseException | None) -> None:
    begun: observe_statement | None = vars(context).pop(_BEGUN, None) if context is not None else None
    if begun is not None:
        begun.end(error)


class observe_statement:  # noqa: N801  called like the function it stands for
    """Around one statement that goes to the driver: its span while the trace is recorded, its duration always."""

    __slots__ = ("_started", "_statement", "span")

    def __init__(self, statement: str) -> None:
        self._statement = statement

    def __enter__(self) -> Self:
        self.span: Span | None = None
        if trace.get_current_span().is_recording():
            summary, attributes = describe(self._statement)
            text = {"db.query.summary": summary, "db.query.text": self._statement}
            self.span = start_span(summary, SpanKind.CLIENT, {**attributes, **text})
        self._started = perf_counter()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _stack: object) -> None:
        self.end(error)

    def end(self, error: BaseException | None) -> None:
        """Notes how long the statement took, and the error it ended with."""
        _, attributes = describe(self._statement)
        if error is not None:
            attributes = {**attributes, "error.type": getattr(error, "sqlstate", None) or type(error).__qualname__}
        db_duration.record(perf_counter() - self._started, attributes)
        if self.span is not None:
            if error is not None:
                record_error(self.span, error)
                self.span.set_attribute("error.type", attributes["error.type"])
            self.span.end()


def _pool_levels(engine: Engine | None) -> Iterable[tuple[float, Attributes]]:
    # The pool is asked for anew: disposing of an engine replaces it. A NullPool keeps nothing worth a number.
    if engine is not None and isinstance(engine.pool, QueuePool):
        yield engine.pool.checkedout(), {"db.client.connection.state": "used"}
        yield engine.pool.checkedin(), {"db.client.connection.state": "idle"}
