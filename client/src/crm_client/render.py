"""Records as tables for people, as JSON and CSV for programs."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from rich.table import Table

from crm_client.client import Record
from crm_client.errors import unknown
from crm_client.terminal import Terminal
from crm_client.values import find_field

_TIMESTAMP: Final = "google.protobuf.Timestamp"
_STRUCT: Final = "google.protobuf.Struct"
# What tells one record from another, in the order people look for it.
_TELLING: Final = (
    *("id", "number", "name", "subject", "title", "login", "heading", "event_type", "consumer", "line"),
    *("company", "phone", "email", "state", "verdict", "filename", "amount", "score", "priority", "reason", "message"),
    *("owner_id", "create_time"),
)
_WIDEST_TABLE: Final = 9
_ALWAYS: Final = 5


class Format(Enum):
    """How records are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def columns_of(message: Descriptor, fields: str) -> list[str]:
    """The asked fields, checked; without any, those that tell records of this kind apart."""
    if fields:
        columns = [name.strip() for name in fields.split(",") if name.strip()]
        for column in columns:
            field = find_field(message, column.partition(".")[0])
            if "." in column and field.message_type is None:
                raise unknown("field", column, [each.name for each in message.fields], within=message.name)
        return columns
    telling = [name for name in _TELLING if name in message.fields_by_name]
    scalars = [each.name for each in message.fields if each.message_type is None and each.name not in telling]
    return [*telling, *scalars[: max(0, _ALWAYS - len(telling))]][:_WIDEST_TABLE]


def print_records(
    terminal: Terminal, records: Iterable[Record], message: Descriptor, columns: Sequence[str], form: Format
) -> None:
    """A list of records to standard output."""
    if form is Format.JSON:
        terminal.out.print_json(json.dumps(list(records), ensure_ascii=False))
    elif form is Format.CSV:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([_plain(_at(record, column)) for column in columns] for record in records)
        terminal.out.out(text.getvalue(), end="")
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for record in records:
            table.add_row(*(cell(_at(record, column), field_of(message, column)) for column in columns))
        terminal.out.print(table, markup=False)


def print_record(terminal: Terminal, record: Record, message: Descriptor, form: Format) -> None:
    """One record to standard output; the table leaves empty fields out."""
    if form is Format.JSON:
        terminal.out.print_json(json.dumps(record, ensure_ascii=False))
        return
    if form is Format.CSV:
        print_records(terminal, [record], message, list(record), form)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in record.items():
        if value not in ("", 0, False, None, [], {}):
            table.add_row(name, cell(value, field_of(message, name)))
    terminal.out.print(table, markup=False)


def field_of(message: Descriptor, path: str) -> FieldDescriptor | None:
    """The field at a dotted path; None for what the contract does not describe, such as custom fields."""
    name, _, rest = path.partition(".")
    field = message.fields_by_name.get(name)
    if not rest or field is None:
        return field
    inner = field.message_type
    return field_of(inner, rest) if inner is not None and inner.full_name != _STRUCT else None


def cell(value: Any, field: FieldDescriptor | None = None) -> str:
    """A value as a person reads it: local time to the minute, money with its currency, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(cell(each, field) for each in value)
    if isinstance(value, dict):
        if set(value) == {"amount", "currency"}:
            return f"{value['amount']} {value['currency']}"
        return json.dumps(value, ensure_ascii=False)
    if field is not None and field.message_type is not None and field.message_type.full_name == _TIMESTAMP:
        return local_time(str(value))
    return _plain(value)


def local_time(text: str) -> str:
    """An RFC 3339 instant as local time to the minute."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M")


def _at(record: Record, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
