"""A new owner takes over a person's records, many at once, in pieces that each commit alone."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import ColumnElement, bindparam, false, or_, select, text, true, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import Uuid

from crm_kit.access import SCOPED, subtree
from crm_kit.entity import Entity
from crm_kit.mapping import mapping_for
from crm_kit.outbox import BatchItem
from crm_kit.ownership import BATCH
from crm_kit.shares import record_share
from crm_kit.tx import Tx


@dataclass(frozen=True, slots=True)
class Handover:
    """One person's records on their way to another; ``unit_paths``: where, with all below, the new owner may own."""

    id: UUID
    from_user_id: UUID
    to_user_id: UUID
    unit_paths: tuple[str, ...]
    keep_reading: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transferable:
    """A kind of records that can be handed over, as far as they are ``still_open``: finished work keeps its owner.

    ``announce`` makes the event that tells of a record, given it and the handover; the event's field of the record's
    type is filled. ``also`` does what else belongs to it, for the records at hand, before they are announced;
    ``children`` are loaded with a record for its message.
    """

    entity: type[Entity]
    still_open: ColumnElement[bool] = field(default_factory=true)
    announce: Callable[[Any, Handover], Message] | None = None
    also: Callable[[Tx, Handover, Sequence[UUID]], Awaitable[None]] | None = None
    children: Sequence[ExecutableOption] = ()


async def hand_over(tx: Tx, kind: Transferable, handover: Handover, most: int = BATCH) -> int:
    """Hand over at most so many records of a kind; answers how many."""
    table = kind.entity.__table__
    columns: Any = table.c
    # Locking rows makes PostgreSQL carry this out once, whatever stands around it.
    chosen = _open(kind, handover).limit(most).with_for_update(skip_locked=True).cte("chosen")
    changed = (
        update(kind.entity)
        .where(columns.id.in_(select(chosen.c.id)))
        .values(
            owner_id=handover.to_user_id,
            version=columns.version + 1,
            event_seq=columns.event_seq + (1 if kind.announce else 0),
            update_time=tx.now,
        )
        .returning(columns.id)
        .execution_options(synchronize_session=False, **SCOPED)
    )
    ids = list((await tx.session.execute(changed)).scalars())
    if not ids:
        return 0
    if kind.also is not None:
        await kind.also(tx, handover, ids)
    if kind.announce is not None:
        await _announce(tx, kind, handover, ids)
    if handover.keep_reading:
        values = {
            "ids": ids,
            "record_type": table.name,  # type: ignore[attr-defined]
            "grantee": f"user:{handover.from_user_id}",
            "reason": handover.reason,
            "by": tx.principal.actor,
            "now": tx.now,
        }
        await tx.session.execute(_KEEP_READING, values)
    return len(ids)


async def waiting_for(tx: Tx, kind: Transferable, handover: Handover) -> bool:
    """Whether records are left to hand over: somebody held them."""
    return (await tx.session.execute(_open(kind, handover).limit(1), execution_options=SCOPED)).first() is not None


def _open(kind: Transferable, handover: Handover) -> Any:
    """The person's records that are to change hands and lie where the new owner may own."""
    columns: Any = kind.entity.__table__.c
    return select(columns.id).where(
        columns.owner_id == handover.from_user_id,
        columns.delete_time.is_(None),
        columns.pending_operation_id.is_(None),
        or_(false(), *(subtree(path, columns.unit_path) for path in handover.unit_paths)),
        kind.still_open,
    )


async def _announce(tx: Tx, kind: Transferable, handover: Handover, ids: Sequence[UUID]) -> None:
    assert kind.announce is not None
    columns = kind.entity.__table__.c
    options = SCOPED | {"populate_existing": True}
    if kind.children:
        loaded = select(kind.entity).options(*kind.children).where(columns.id.in_(ids))
        rows: Sequence[Any] = (await tx.session.execute(loaded, execution_options=options)).scalars().all()
    else:
        rows = (await tx.session.execute(select(*columns).where(columns.id.in_(ids)), execution_options=SCOPED)).all()
    facts = []
    for row in rows:
        fact = kind.announce(row, handover)
        carry_state(fact, kind.entity, row)
        facts.append(BatchItem(row.id, row.event_seq, fact, row.unit_path))
    await tx.publish_many(kind.entity.__tablename__, facts)


def carry_state(fact: Message, entity: type[Entity], row: Any) -> None:
    """Fill the field of an event whose type is the record's message."""
    mapping = mapping_for(entity)
    assert mapping is not None
    for field_ in fact.DESCRIPTOR.fields:
        kind = field_.message_type
        if kind is not None and kind.full_name == mapping.full_name and not field_.is_repeated:
            getattr(fact, field_.name).CopyFrom(mapping.write(row))


_KEEP_READING = text(f"""
    INSERT INTO {record_share.name} (id, record_type, record_id, grantee, access, reason, granted_by, create_time)
    SELECT uuidv7(), :record_type, given.id, :grantee, 'READ', :reason, :by, CAST(:now AS timestamptz)
    FROM unnest(:ids) AS given (id)
    ON CONFLICT (record_id, record_type, grantee) DO NOTHING
""").bindparams(bindparam("ids", type_=ARRAY(Uuid())))  # noqa: S608 - a constant
