"""What of an entry's old and new values its reader may see: what the contract shows of the record, and no more."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor

from crm_kit.entity import Entity
from crm_kit.errors import InvalidArgument
from crm_kit.field_rules import Read, Rules, mask, rule_of
from crm_kit.mapping import entity_named, mapping_for

CHANGES = frozenset({"insert", "update", "delete"})
"""Actions whose details are columns of a record."""
_OF_EVERY_RECORD = frozenset(Entity.__annotations__)


def readable(rules: Rules, record_type: str, action: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details without what the rules hide, masked values as masks.

    Columns that no field of the contract shows are nobody's to read; of kinds of records that have no contract,
    everything is left out for whom any rule binds.
    """
    if action not in CHANGES:
        return dict(details)
    contract = _contract(record_type)
    if contract is None:
        return {} if rules else dict(details)
    shown: dict[str, Any] = {}
    for column, value in details.items():
        name = _field(contract, column)
        read = Read.HIDDEN if name is None else rule_of(rules, contract, name).read
        if read is not Read.HIDDEN:
            shown[column] = value if read is Read.FULL else _masked(value, changed=action == "update")
    return shown


def _contract(record_type: str) -> Descriptor | None:
    try:
        mapping = mapping_for(entity_named(record_type))
    except InvalidArgument:
        return None
    return None if mapping is None else mapping.message.DESCRIPTOR


def _field(contract: Descriptor, column: str) -> str | None:
    """The field whose rules count for a column: its own, or that of the amount a currency belongs to."""
    for name in (column, column.removesuffix("_currency")):
        if name in contract.fields_by_name:
            return name
    return column if column in _OF_EVERY_RECORD else None


def _masked(value: Any, *, changed: bool) -> Any:
    if changed and isinstance(value, dict):
        return {side: _masked(part, changed=False) for side, part in value.items()}
    return mask(value) if isinstance(value, str) else None
