"""Row ↔ message, compiled once from both sides and checked at start-up.

A field of the message is stored in the column of the same name; a ``Money`` field in the columns ``<field>`` and
``<field>_currency`` (or ``currency``); ``etag`` is the row's version. A field without a column must be named in
``computed``; anything else raises when the service starts.
"""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Mapping as Dict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Column, Numeric

from crm_kit import money
from crm_kit.entity import Entity
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.fieldtypes import Reader, behaviors, reader_of, stored
from crm_kit.sealing import PLACES, columns_of

E = TypeVar("E", bound=Entity)
M = TypeVar("M", bound=Message)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MONEY = "crm.type.v1.Money"
TIMESTAMP = "google.protobuf.Timestamp"
STRUCT = "google.protobuf.Struct"

_registry: dict[str, "Mapping[Any, Any]"] = {}
_by_entity: dict[type, "Mapping[Any, Any]"] = {}


class MappingError(TypeError):
    """The contract and the mapped class disagree; the service must not start."""


class Mapping(Generic[E, M]):
    """The one place that knows both the stored entity and its message.

    ``computed``: field → function of the entity or row, for fields without a column. ``hidden``: message fields that
    are accepted on input but never answered (passwords). ``details``: adds to the message of a single record what its
    row does not hold.
    """

    def __init__(
        self,
        entity: type[E],
        message: type[M],
        *,
        computed: Dict[str, Callable[[Any], Any]] | None = None,
        hidden: Sequence[str] = (),
        details: Callable[[Any, M], Awaitable[None]] | None = None,
    ) -> None:
        self.entity = entity
        self.message = message
        self.computed = dict(computed or {})
        self.hidden = frozenset(hidden)
        self.details = details
        self.name: str = entity.__tablename__
        self.full_name: str = message.DESCRIPTOR.full_name
        columns = entity.__table__.c
        self.columns: list[Column[Any]] = list(entity.__table__.columns)  # type: ignore[arg-type]
        self.fields: dict[str, FieldDescriptor] = dict(message.DESCRIPTOR.fields_by_name)  # type: ignore[arg-type]
        self._readers: dict[str, Reader] = {}
        for name, field in self.fields.items():
            stored = name == "etag" or name in columns
            if not stored and name not in self.computed and name not in self.hidden:
                raise MappingError(f"{self.full_name}.{name} has no column in {self.name} and is not computed")
            if name in columns and name not in self.computed:
                self._readers[name] = reader_of(field, columns)
        self.write: Callable[[E], M] = _compile(self, list(self.fields), self.columns, by_index=False)
        """The message of an entity."""
        _registry[self.full_name] = self
        _by_entity[entity] = self
        kept = {column.name: f"{self.name}|{column.name}" for column in columns_of(entity)}
        PLACES[self.full_name] = {name: place for name, place in kept.items() if name in self.fields}

    @lru_cache(maxsize=64)  # noqa: B019 - mappings live as long as the process
    def page(self, fields: tuple[str, ...]) -> tuple[list[Column[Any]], Callable[[Any], M]]:
        """The columns to select for these fields (all when empty), and row → message over exactly those columns."""
        names = [name for name in self.fields if not fields or name in fields or name in ("id", "etag")]
        columns = self._columns_of(names) if fields else self.columns
        return columns, _compile(self, names, columns, by_index=True)

    @lru_cache(maxsize=64)  # noqa: B019 - mappings live as long as the process
    def shown(self, fields: tuple[str, ...]) -> tuple[list[Column[Any]], Callable[[Any], M]]:
        """As ``page``, but without fields all that the message shows: search columns are large and nobody's answer."""
        return self.page(fields or tuple(self.fields))

    def _columns_of(self, names: Sequence[str]) -> list[Column[Any]]:
        if any(name in self.computed for name in names):
            return self.columns
        needed = {"version", *names}
        needed |= {name + "_currency" for name in names} | {"currency"}
        return [column for column in self.columns if column.name in needed]

    def read(self, message: M, paths: Sequence[str] | None = None) -> tuple[dict[str, Any], list[Violation]]:
        """Column values from a client's message, and what is wrong with it.

        ``paths`` None means a new record: every writable field is read and required ones must be there. Else only
        those fields. Output-only fields are ignored, as AIP-203 says.
        """
        values: dict[str, Any] = {}
        violations: list[Violation] = []
        for name, reader in self._readers.items():
            behavior = behaviors(self.fields[name])
            if behavior.output_only or (paths is not None and (behavior.immutable or name not in paths)):
                continue
            found = reader(getattr(message, name), message)
            violations += found.violations
            if behavior.required and found.blank:
                violations.append(Violation(name, "REQUIRED", f"Give a value for {name}.", f"请填写 {name}。"))
            elif not found.blank or paths is not None:
                values.update(found.values)
        return values, violations


def mapping_of(full_name: str) -> "Mapping[Any, Any] | None":
    """The mapping whose message has this full proto name."""
    return _registry.get(full_name)


def mapping_for(entity: type) -> "Mapping[Any, Any] | None":
    """The mapping of a mapped class."""
    return _by_entity.get(entity)


def mapped_resources() -> frozenset[str]:
    """Names of the resources that take custom fields."""
    return frozenset(mapping.name for mapping in _registry.values() if "custom_fields" in mapping.fields)


def entity_named(resource: str) -> type[Entity]:
    """The entity of a resource by its name; InvalidArgument when this service has none of that name."""
    found = next((mapping.entity for mapping in _registry.values() if mapping.name == resource), None)
    if found is None:
        known = ", ".join(sorted(mapping.name for mapping in _registry.values()))
        raise InvalidArgument.of("resource", "UNKNOWN_RESOURCE", f"Choose one of {known}.", f"请选择：{known}。")
    return found


def timestamp(instant: datetime) -> Timestamp:
    """An instant as the contract writes it."""
    made = Timestamp()
    made.FromDatetime(instant)
    return made


def _compile(
    mapping: Mapping[Any, Any], names: Sequence[str], selected: Sequence[Column[Any]], *, by_index: bool
) -> Callable[[Any], Any]:
    """Python source for one row shape, run through ``exec`` once: the page of 50 is the hot path of every list."""
    columns = mapping.entity.__table__.c
    position = {column.name: index for index, column in enumerate(selected)}
    scope: dict[str, Any] = {
        "M": mapping.message,
        "EPOCH": EPOCH,
        "US": MICROSECOND,
        "fill": _fill,
        "money": _money,
        "text": _text,
    }
    lines: list[str] = []

    def source(column: str) -> str:
        return f"r[{position[column]}]" if by_index else f"r.{column}"

    for name in names:
        if name in mapping.hidden:
            continue
        field = mapping.fields[name]
        if name in mapping.computed:
            scope[f"c_{name}"] = mapping.computed[name]
            lines.append(f"v = c_{name}(r)")
            lines.append(f"if v is not None: {_assignment(field, scope)}")
        elif name == "etag":
            lines.append(f"m.etag = str({source('version')})")
        elif field.message_type is not None and field.message_type.full_name == MONEY:
            currency = name + "_currency" if name + "_currency" in columns else "currency"
            lines.append(f"v = {source(name)}")
            lines.append(f"if v is not None: money(m.{name}, v, {source(currency)})")
        else:
            lines.append(f"v = {source(name)}")
            # Zero is a value where the contract can tell it from nothing: in decimal texts and in optional fields.
            optional = field.has_presence and field.message_type is None
            tells_zero = optional or isinstance(columns[name].type, Numeric)
            lines.append(f"if v{' is not None' if tells_zero else ''}: {_assignment(field, scope)}")
    body = "\n    ".join(lines)
    code = f"def write(r):\n    m = M()\n    {body}\n    return m"
    exec(compile(code, f"<mapping {mapping.full_name}>", "exec"), scope)  # noqa: S102 - built from descriptors only
    write: Callable[[Any], Any] = scope["write"]
    return write


def _assignment(field: FieldDescriptor, scope: dict[str, Any]) -> str:
    name = field.name
    if field.message_type is not None:
        if field.is_repeated:
            scope[f"I_{name}"] = _maker(message_factory.GetMessageClass(field.message_type))
            return f"m.{name}.extend(map(I_{name}, v))"
        if field.message_type.full_name == TIMESTAMP:
            return f"u = (v - EPOCH) // US; t = m.{name}; t.seconds = u // 1000000; t.nanos = u % 1000000 * 1000"
        if field.message_type.full_name == STRUCT:
            return f"m.{name}.update(v)"
        return f"fill(m, {name!r}, v)"
    if field.is_repeated:
        return (
            f"m.{name}.extend(map(str, v))"
            if field.cpp_type == FieldDescriptor.CPPTYPE_STRING
            else f"m.{name}.extend(v)"
        )
    if field.enum_type is not None:
        scope[f"E_{name}"] = {value.name: value.number for value in field.enum_type.values}
        return f"m.{name} = E_{name}[v]"
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return f"m.{name} = v if v.__class__ is str else text(v)"
    return f"m.{name} = v"


def _fill(message: Message, name: str, value: Any) -> None:
    ParseDict(value, getattr(message, name), ignore_unknown_fields=True)


def _maker(message: type[M]) -> Callable[[dict[str, Any]], M]:
    """Stored JSON → message; five times faster than ParseDict for plain content, ParseDict for all other."""
    fields = message.DESCRIPTOR.fields
    instants = [f.name for f in fields if f.message_type is not None and f.message_type.full_name == TIMESTAMP]

    def plain(value: dict[str, Any]) -> M:
        try:
            return message(**value)
        except (TypeError, ValueError):
            return ParseDict(value, message(), ignore_unknown_fields=True)

    if not instants:
        return plain

    def make(value: dict[str, Any]) -> M:
        try:
            given = {name: datetime.fromisoformat(value[name]) for name in instants if value.get(name)}
            return message(**(value | given)) if given else message(**value)
        except (TypeError, ValueError):
            return ParseDict(value, message(), ignore_unknown_fields=True)

    return make


def _money(into: Any, amount: Decimal, currency: str) -> None:
    into.amount, into.currency = money.text(amount), currency


def _text(value: Any) -> str:
    """Ids, days and decimals as the contract writes them."""
    if isinstance(value, Decimal):
        return money.text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


__all__ = ["Mapping", "MappingError", "mapped_resources", "mapping_for", "mapping_of", "stored"]
