"""What of a field somebody sees and may write: rules by role, applied to every answer and every write.

A rule names a field of the contract as ``<service>.<resource>.<field>`` (``leads.lead.phone``), with ``*`` for any part
and ``@personal`` or ``@sensitive`` for all fields of a data class. Of several rules for a field the strictest counts.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple

from crm.type.v1.options_pb2 import DATA_CLASS_PERSONAL, DATA_CLASS_SENSITIVE, data_class
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

CLASSES = {DATA_CLASS_PERSONAL: "@personal", DATA_CLASS_SENSITIVE: "@sensitive"}


class Read(IntEnum):
    """What is seen of a value, each less than the one before."""

    FULL = 1
    MASKED = 2
    HIDDEN = 3


class FieldRule(NamedTuple):
    """One rule; ``read_only`` refuses writing even what is seen in full."""

    field: str
    read: Read = Read.FULL
    read_only: bool = False

    @property
    def writable(self) -> bool:
        """What is not seen in full is not written either: a mask would be saved over the value."""
        return self.read is Read.FULL and not self.read_only


Rules = tuple[FieldRule, ...]
Redaction = Callable[[Any], None]


def resource_of(message: Descriptor) -> str:
    """How rules call a resource: ``crm.leads.v1.Lead`` gives ``leads.lead``."""
    return f"{message.full_name.split('.')[1]}.{_snake(message.name)}"


def name_of(message: Descriptor, field: str) -> str:
    """How rules call a field: ``crm.leads.v1.Lead`` and ``phone`` give ``leads.lead.phone``."""
    return f"{resource_of(message)}.{field}"


def rule_of(rules: Rules, message: Descriptor, field: str) -> FieldRule:
    """The rule that counts for a field of a message; everything allowed when none matches."""
    return _rule_of(rules, message, field) if rules else FieldRule("*")


@lru_cache(maxsize=16_384)
def _rule_of(rules: Rules, message: Descriptor, field: str) -> FieldRule:
    name = name_of(message, field)
    names = [name]
    if field in message.fields_by_name:
        kind = CLASSES.get(message.fields_by_name[field].GetOptions().Extensions[data_class])
        if kind is not None:
            names.append(f"{name.rpartition('.')[0]}.{kind}")
    matching = [rule for rule in rules if any(fnmatchcase(each, rule.field) for each in names)]
    return FieldRule(
        name,
        max((rule.read for rule in matching), default=Read.FULL),
        any(rule.read_only for rule in matching),
    )


def unreadable(rules: Rules, message: Descriptor, fields: Iterable[str]) -> frozenset[str]:
    """Those of the fields that may not be filtered, ordered or searched by, because answers would tell their values."""
    if not rules:
        return frozenset()
    return frozenset(field for field in fields if rule_of(rules, message, field).read is not Read.FULL)


def redact(message: Message, rules: Rules) -> None:
    """Mask and clear, in place and at any depth, what the rules do not let through."""
    if rules:
        redaction = _redaction(rules, message.DESCRIPTOR)
        if redaction is not None:
            redaction(message)


def mask(value: str) -> str:
    """Enough of a value to recognise it: ``138****1234``, ``l***@acme.cn``, ``王**``."""
    if "@" in value:
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}***@{domain}"
    digits = sum(character.isdigit() for character in value)
    if digits >= 7 and digits * 2 >= len(value):
        # As people in China are used to: a mobile number keeps its first three and last four digits.
        head, tail = (len(value) - 8, 4) if 11 <= digits <= 14 else (4 if digits > 14 else 0, 2 if digits < 11 else 4)
        return f"{value[:head]}{'*' * (len(value) - head - tail)}{value[len(value) - tail :]}"
    return f"{value[:1]}**" if len(value) > 1 else "*" * len(value)


@lru_cache(maxsize=4096)
def _redaction(rules: Rules, message: Descriptor) -> Redaction | None:
    """What to do with messages of a type; None when the rules leave them and all they contain alone."""
    return _compiled(rules, message, ())


def _compiled(rules: Rules, message: Descriptor, above: Sequence[str]) -> Redaction | None:
    steps: list[Redaction] = []
    for field in message.fields:
        read = rule_of(rules, message, field.name).read
        if read is not Read.FULL:
            steps.append(_step(field, read))
        elif field.message_type is not None and field.message_type.full_name not in above:
            nested = _nested(rules, field, (*above, message.full_name))
            if nested is not None:
                steps.append(nested)
    if not steps:
        return None

    def redaction(value: Any) -> None:
        for step in steps:
            step(value)

    return redaction


def _step(field: FieldDescriptor, read: Read) -> Redaction:
    name = field.name
    textual = field.cpp_type == FieldDescriptor.CPPTYPE_STRING
    if read is Read.HIDDEN or not textual:
        return lambda value: value.ClearField(name)
    if field.is_repeated:

        def each(value: Any) -> None:
            masked = [mask(item) for item in getattr(value, name)]
            value.ClearField(name)
            getattr(value, name).extend(masked)

        return each

    def one(value: Any) -> None:
        if present := getattr(value, name):
            setattr(value, name, mask(present))

    return one


def _nested(rules: Rules, field: FieldDescriptor, above: Sequence[str]) -> Redaction | None:
    assert field.message_type is not None
    name, kind = field.name, field.message_type
    is_map = kind.GetOptions().map_entry
    inside = kind.fields_by_name["value"].message_type if is_map else kind
    redaction = _compiled(rules, inside, above) if inside is not None else None
    if redaction is None:
        return None

    def each(value: Any) -> None:
        items = getattr(value, name)
        for item in items.values() if is_map else items:
            redaction(item)

    def one(value: Any) -> None:
        if value.HasField(name):
            redaction(getattr(value, name))

    return each if field.is_repeated else one


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
