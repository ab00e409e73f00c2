"""Which sensitive values an answer shows in clear, so that reading them leaves a trace."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from crm.type.v1.options_pb2 import DATA_CLASS_SENSITIVE, data_class
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from crm_kit.field_rules import Read, Rules, name_of, rule_of


@dataclass(slots=True)
class Seen:
    """Fields with values, and the records they are of, each once and in order."""

    fields: dict[str, None] = field(default_factory=dict)
    ids: dict[str, None] = field(default_factory=dict)


Search = Callable[[Any, str, Seen], None]


def sensitive_in(answer: Message, rules: Rules) -> Seen | None:
    """What the answer shows to a caller with these rules; None for the most, whose type has no sensitive field."""
    search = _search(rules, answer.DESCRIPTOR)
    if search is None:
        return None
    seen = Seen()
    search(answer, "", seen)
    return seen if seen.fields else None


@lru_cache(maxsize=4096)
def _search(rules: Rules, message: Descriptor) -> Search | None:
    return _compiled(rules, message, ())


def _compiled(rules: Rules, message: Descriptor, above: Sequence[str]) -> Search | None:
    plain = [
        field
        for field in message.fields
        if field.GetOptions().Extensions[data_class] == DATA_CLASS_SENSITIVE
        and rule_of(rules, message, field.name).read is Read.FULL
    ]
    nested = [
        (field, inside)
        for field in message.fields
        if field.message_type is not None
        and field.message_type.full_name not in above
        and (inside := _inside(rules, field, (*above, message.full_name))) is not None
    ]
    if not plain and not nested:
        return None
    has_id = "id" in message.fields_by_name
    names = [(field.name, name_of(message, field.name)) for field in plain]

    def search(value: Any, owner: str, seen: Seen) -> None:
        owner = str(value.id) if has_id else owner
        for name, full_name in names:
            if _given(value, name):
                seen.fields[full_name] = None
                if owner:
                    seen.ids[owner] = None
        for part, look in nested:
            for item in _items(value, part):
                look(item, owner, seen)

    return search


def _inside(rules: Rules, field: FieldDescriptor, above: Sequence[str]) -> Search | None:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        kind = kind.fields_by_name["value"].message_type
    return None if kind is None else _compiled(rules, kind, above)


def _given(value: Any, name: str) -> bool:
    field = value.DESCRIPTOR.fields_by_name[name]
    return value.HasField(name) if field.has_presence else bool(getattr(value, name))


def _items(value: Any, field: FieldDescriptor) -> Sequence[Any]:
    held = getattr(value, field.name)
    if not field.is_repeated:
        return [held] if value.HasField(field.name) else []
    return list(held.values()) if field.message_type.GetOptions().map_entry else held  # type: ignore[union-attr]
