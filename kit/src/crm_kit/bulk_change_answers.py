"""What bulk changes and their results look like to whoever asks."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.ops.v1.bulk_change_pb2 import BulkChange, BulkChangeResult
from sqlalchemy import Row

from crm_kit.bulk_changes import is_undoable
from crm_kit.bulk_verbs import Verb
from crm_kit.call import Call
from crm_kit.field_rules import redact
from crm_kit.lookup import read_many
from crm_kit.mapping import mapping_of, timestamp
from crm_kit.principal import Scope
from crm_kit.sealing import PLACES

NAMES = ("name", "display_name", "subject", "title", "number", "login", "code")
"""Fields in which stands what people call a record, the first one that it has."""


def bulk_change_message(service: str, row: Row[Any], call: Call) -> BulkChange:
    """A stored bulk change as its reader sees it."""
    made = BulkChange(
        id=str(row.id),
        service=service,
        resource=row.resource,
        verb=row.verb,
        filter=row.filter,
        search=row.search,
        all_matching=row.all_matching,
        state=BulkChange.State.Value(row.state),
        record_count=row.record_count,
        changed_count=row.changed_count,
        unchanged_count=row.unchanged_count,
        refused_count=row.refused_count,
        undoable=is_undoable(row, call.now) and row.creator_id == call.principal.subject,
        undo_of_id=str(row.undo_of_id or ""),
        undone_by_id=str(row.undone_by_id or ""),
        creator_id=row.creator_id,
        error=row.error,
    )
    made.body.update(row.body)
    for name in ("undo_expire_time", "create_time", "start_time", "end_time"):
        instant = getattr(row, name)
        if instant is not None:
            getattr(made, name).CopyFrom(timestamp(instant))
    return made


def result_message(row: Row[Any], name: str, language: str) -> BulkChangeResult:
    """What became of one record, in the reader's language."""
    return BulkChangeResult(
        record_id=str(row.record_id),
        name=name,
        state=BulkChangeResult.State.Value(row.state),
        reason=row.reason,
        message=row.zh if language == "zh-CN" else row.en,
        field=row.field,
    )


async def names_of(verb: Verb, ids: Sequence[UUID], call: Call) -> Mapping[str, str]:
    """What the reader calls the records, as far as the reader may see them now."""
    mapping = mapping_of(verb.message)
    known = set() if mapping is None else mapping.fields.keys() - PLACES[verb.message].keys()
    field = next((name for name in NAMES if name in known), "")
    if not ids or not field or call.principal.scope(verb.reading.permission) is Scope.NONE:
        return {}
    seeing = call.as_principal(call.principal, verb.reading.permission)
    found = await read_many(seeing, verb.message, ids, (field,))
    for message in found.values():
        redact(message, call.principal.field_rules)
    return {id: str(getattr(message, field)) for id, message in found.items()}
