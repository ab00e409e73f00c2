"""Fields an administrator adds to a resource: their definitions, the check of their values, their place in filters."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, Table, Text, UniqueConstraint, Uuid, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from crm_kit.database import Database
from crm_kit.errors import Violation
from crm_kit.fieldtypes import decimal_of
from crm_kit.filtering import Field, FieldType
from crm_kit.metadata import kit_metadata

FRESH_SECONDS = 5.0
LIMIT = 500

custom_field = Table(
    "custom_field",
    kit_metadata,
    Column("id", Uuid, primary_key=True),
    Column("resource", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("label_en", Text, nullable=False, server_default=""),
    Column("label_zh", Text, nullable=False, server_default=""),
    Column("required", Boolean, nullable=False, server_default="false"),
    Column("options", ARRAY(Text), nullable=False, server_default="{}"),
    Column("create_time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("delete_time", DateTime(timezone=True)),
    UniqueConstraint("resource", "name"),
)

FILTER_TYPES = {
    "TYPE_TEXT": FieldType.TEXT,
    "TYPE_NUMBER": FieldType.DECIMAL,
    "TYPE_BOOLEAN": FieldType.BOOLEAN,
    "TYPE_DATE": FieldType.DATE,
    "TYPE_CHOICE": FieldType.ENUM,
}


@dataclass(frozen=True, slots=True)
class CustomField:
    """One definition."""

    id: UUID
    resource: str
    name: str
    type: str
    label_en: str
    label_zh: str
    required: bool
    options: tuple[str, ...]


class CustomFields:
    """The definitions of one service, read again after five seconds."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._read_at = float("-inf")
        self._known: dict[str, tuple[CustomField, ...]] = {}

    async def of(self, resource: str) -> tuple[CustomField, ...]:
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            statement = select(custom_field).where(custom_field.c.delete_time.is_(None)).order_by(custom_field.c.id)
            async with self._db.connect() as connection:
                rows = (await connection.execute(statement)).all()
            known: dict[str, tuple[CustomField, ...]] = {}
            for row in rows:
                found = CustomField(
                    row.id,
                    row.resource,
                    row.name,
                    row.type,
                    row.label_en,
                    row.label_zh,
                    row.required,
                    tuple(row.options),
                )
                known[row.resource] = (*known.get(row.resource, ()), found)
            self._known, self._read_at = known, time.monotonic()
        return self._known.get(resource, ())

    async def add(self, session: AsyncSession, resource: str, name: str, type: str, **facts: Any) -> UUID:
        """Store a definition; the name must be free among the resource's visible and hidden fields."""
        key = uuid7()
        await session.execute(insert(custom_field).values(id=key, resource=resource, name=name, type=type, **facts))
        return key

    async def hide(self, session: AsyncSession, key: UUID) -> bool:
        """Hide a field; values stay on the records. Answers whether there was one."""
        statement = update(custom_field).where(custom_field.c.id == key, custom_field.c.delete_time.is_(None))
        hidden = await session.execute(statement.values(delete_time=func.now()).returning(custom_field.c.id))
        return hidden.scalar_one_or_none() is not None

    def forget(self) -> None:
        """Definitions have changed: read them anew."""
        self._read_at = float("-inf")


def filter_fields(definitions: tuple[CustomField, ...], column: Any) -> list[Field]:
    """The definitions as fields of the condition language, read from the JSONB column."""
    return [
        Field(f"custom_fields.{item.name}", FILTER_TYPES[item.type], column, enum=item.options) for item in definitions
    ]


def check(
    definitions: tuple[CustomField, ...], values: Mapping[str, Any], *, complete: bool
) -> tuple[dict[str, Any], list[Violation]]:
    """The values as they are stored, and what is wrong with them.

    ``complete`` demands the required ones, as a new record must have them; else a blank value is kept as None, which
    removes what the record has, and is refused for a required field.
    """
    by_name = {item.name: item for item in definitions}
    kept: dict[str, Any] = {}
    violations: list[Violation] = []
    for name, value in values.items():
        path = f"custom_fields.{name}"
        definition = by_name.get(name)
        if definition is None:
            known = ", ".join(by_name) or "-"
            violations.append(
                Violation(
                    path,
                    "UNKNOWN_FIELD",
                    f"There is no such custom field; known: {known}.",
                    f"没有此自定义字段；已有：{known}。",
                )
            )
        elif value is None or value == "":
            if not complete and definition.required:
                violations.append(_required(definition))
            elif not complete:
                kept[name] = None
        else:
            try:
                kept[name] = _value(definition, value)
            except ValueError:
                en, zh = EXPECTED[definition.type]
                options = ", ".join(definition.options)
                violations.append(
                    Violation(path, "WRONG_TYPE", f"Give {en} {options}".rstrip() + ".", f"请填写{zh}{options}。")
                )
    if complete:
        violations += [_required(item) for item in definitions if item.required and values.get(item.name) in (None, "")]
    return kept, violations


def _required(definition: CustomField) -> Violation:
    return Violation(
        f"custom_fields.{definition.name}",
        "REQUIRED",
        f"Give a value for {definition.label_en or definition.name}.",
        f"请填写{definition.label_zh or definition.name}。",
    )


EXPECTED = {
    "TYPE_TEXT": ("a text of at most 2,000 characters", "不超过 2,000 个字符的文本"),
    "TYPE_NUMBER": ("a number", "数字"),
    "TYPE_BOOLEAN": ("true or false", "true 或 false"),
    "TYPE_DATE": ("a day like 2026-11-23", "形如 2026-11-23 的日期"),
    "TYPE_CHOICE": ("one of", "以下之一："),
}


def _value(definition: CustomField, value: Any) -> Any:
    """The stored form, or ValueError."""
    kind = definition.type
    if kind == "TYPE_BOOLEAN":
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise ValueError(value)
        return value
    if kind == "TYPE_NUMBER":
        if isinstance(value, bool):
            raise ValueError(value)
        number = decimal_of(str(value))
        return int(number) if number == number.to_integral_value() else float(number)
    if not isinstance(value, str) or len(value) > 2000:
        raise ValueError(value)
    if kind == "TYPE_DATE":
        return date.fromisoformat(value).isoformat()
    if kind == "TYPE_CHOICE" and value not in definition.options:
        raise ValueError(value)
    return value
