"""What may be filtered and ordered by: declared once per resource, from the mapped class or by hand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY as PG_ARRAY

from crm_kit.blind_index import Form, Mark
from crm_kit.filtering.faults import FieldUnreadable, unknown_field


class FieldType(StrEnum):
    """How a field's values are written in a condition and compared."""

    TEXT = "text"
    ENUM = "enum"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    DATE = "date"
    UUID = "uuid"


@dataclass(frozen=True, eq=False)
class Field:
    """One field of the condition language.

    ``name``: as users write it; its dotted parts are also the path of the value in a record (attributes or keys).
    ``column``: the SQL expression; without it the field serves predicates only. With a JSON column the name's second
    part is the key in it: ``Field("custom_fields.size", INTEGER, table.c.custom_fields)``.
    ``enum``: the allowed names of an ENUM. ``multi``: the value is an array of ``type``.
    ``sortable``: False keeps it out of ``order_by``. ``blind``: how values are recognised whose column holds digests;
    they are found by the whole value and have no order.
    """

    name: str
    type: FieldType
    column: sa.ColumnElement[Any] | None = None
    enum: tuple[str, ...] = ()
    multi: bool = False
    sortable: bool = True
    blind: Form | None = None
    read: Callable[[Any], Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.type is FieldType.ENUM and not self.enum:
            raise ValueError(f"the enum field {self.name} declares no values")
        if self.multi and self.type not in {FieldType.TEXT, FieldType.ENUM, FieldType.UUID}:
            raise ValueError(f"{self.name}: arrays of {self.type} are not filterable")
        path = self.name if self.blind is None or self.column is None else getattr(self.column, "name", self.name)
        object.__setattr__(self, "read", reader(path.split(".")))

    @property
    def json_key(self) -> str:
        """The key inside the JSON column; empty for a field with a column of its own."""
        inside = self.column is not None and isinstance(self.column.type, sa.JSON)
        return self.name.partition(".")[2] if inside else ""

    @property
    def nullable(self) -> bool:
        return bool(self.json_key) or bool(getattr(self.column, "nullable", True))


def reader(path: list[str]) -> Callable[[Any], Any]:
    """Reads a value by attribute or by key; what is missing on the way is None."""
    first, *rest = path

    def read(record: Any) -> Any:
        value = member(record, first)
        for name in rest:
            value = member(value, name)
        return value

    def direct(record: Any) -> Any:
        return record.get(first) if type(record) is dict else member(record, first)

    return read if rest else direct


def member(record: Any, name: str) -> Any:
    # Most records are dicts: the exact type is checked first because Mapping's instance check is ten times slower.
    if type(record) is dict or isinstance(record, Mapping):
        return record.get(name)
    return getattr(record, name, None)


class Fields(Mapping[str, Field]):
    """The fields of one resource. Build it once and keep it: compiled conditions are cached per instance.

    ``search``: the text fields in which bare words are looked for. ``search_text`` and ``search_grams``: the
    columns a writer fills by ``search_text()`` and ``grams()`` from exactly those fields, which make it fast.
    """

    def __init__(
        self,
        fields: Iterable[Field],
        *,
        search: Iterable[Field] = (),
        search_text: sa.ColumnElement[str] | None = None,
        search_grams: sa.ColumnElement[Any] | None = None,
        mark: Mark | None = None,
    ) -> None:
        self.mark = mark
        self._fields = {item.name: item for item in fields}
        self.search = tuple(search)
        self.search_text = search_text
        self.search_grams = search_grams
        for item in self.search:
            if item.type is not FieldType.TEXT or item.multi:
                raise ValueError(f"{item.name} is searched but is no text field")

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def named(self, name: str) -> Field:
        """The field of that name, else a QueryError that lists near names."""
        found = self._fields.get(name)
        if found is None:
            raise unknown_field(name, self._fields)
        return found

    def refuse_unreadable(self, names: Iterable[str], unreadable: frozenset[str]) -> None:
        """Raises FieldUnreadable when one of the names, or an object that contains it, is hidden from the caller."""
        for name in names:
            if name in unreadable or name.partition(".")[0] in unreadable:
                raise FieldUnreadable(field=name)

    def plus(self, fields: Iterable[Field]) -> "Fields":
        """These and more, for example the custom fields an administrator defined."""
        return Fields(
            [*self._fields.values(), *fields],
            search=self.search,
            search_text=self.search_text,
            search_grams=self.search_grams,
            mark=self.mark,
        )

    @property
    def has_blind(self) -> bool:
        return any(item.blind is not None for item in (*self._fields.values(), *self.search))

    def marking(self, mark: Mark) -> "Fields":
        """The same with the digest function of one service's blind indexes."""
        return Fields(
            self._fields.values(),
            search=self.search,
            search_text=self.search_text,
            search_grams=self.search_grams,
            mark=mark,
        )

    @classmethod
    def of_entity(
        cls,
        entity: Any,
        names: Iterable[str],
        *,
        enums: Mapping[str, Iterable[str]] | None = None,
        search: Iterable[str] = (),
        unsortable: Iterable[str] = (),
    ) -> "Fields":
        """The named columns of a mapped class or table, typed by their column types; ``search`` may name others.

        ``enums``: allowed names of text columns that hold enum values. Columns called ``search_text`` and
        ``search_grams`` are used for search when the table has them.
        """
        table = entity if isinstance(entity, sa.FromClause) else entity.__table__
        enums, fixed = enums or {}, set(unsortable)
        fields = [of_column(name, table.c[name], tuple(enums.get(name, ())), name not in fixed) for name in names]
        searched = [of_column(name, table.c[name], (), False) for name in search]  # noqa: FBT003
        return cls(
            fields,
            search=searched,
            search_text=table.c.get("search_text") if searched else None,
            search_grams=table.c.get("search_grams") if searched else None,
        )


def blind(name: str, column: Any) -> Field:
    """A sealed column is asked by the digests in its index column; ValueError when it has none."""
    kept = next((each for each in column.table.c if each.info.get("index_of") == column.name), None)
    if kept is None or column.info["sealed"] is None:
        raise ValueError(f"{name} is sealed and has no index column; it cannot be filtered or searched")
    return Field(name, FieldType.TEXT, kept, sortable=False, blind=column.info["sealed"])


TYPES: tuple[tuple[type[Any], FieldType], ...] = (
    (sa.Enum, FieldType.ENUM),
    (sa.Uuid, FieldType.UUID),
    (sa.Boolean, FieldType.BOOLEAN),
    (sa.Integer, FieldType.INTEGER),
    (sa.Numeric, FieldType.DECIMAL),
    (sa.Float, FieldType.DECIMAL),
    (sa.DateTime, FieldType.TIMESTAMP),
    (sa.Date, FieldType.DATE),
    (sa.String, FieldType.TEXT),
)


def of_column(name: str, column: sa.ColumnElement[Any], enum: tuple[str, ...], sortable: bool) -> Field:  # noqa: FBT001
    if "sealed" in getattr(column, "info", {}):
        return blind(name, column)
    multi = isinstance(column.type, (sa.ARRAY, PG_ARRAY))
    stored = column.type.item_type if isinstance(column.type, sa.ARRAY) else column.type
    kind = next((kind for known, kind in TYPES if isinstance(stored, known)), None)
    if kind is None:
        raise ValueError(f"{name}: a column of type {stored!r} is not filterable")
    if kind is FieldType.ENUM and isinstance(stored, sa.Enum):
        enum = enum or tuple(stored.enums)
    return Field(name, FieldType.ENUM if enum else kind, column, enum, multi, sortable and not multi)
