"""A unit comes under another one: here at once, in the records of the other services bit by bit (ADR 28)."""

from collections.abc import Sequence
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from google.protobuf.message import Message
from sqlalchemy import func, literal, or_, select, text, update

from crm_identity import mappings
from crm_identity.domain.record import Record
from crm_identity.domain.unit import MoveUnderWay, Unit
from crm_identity.domain.user import User
from crm_identity.usecases.change_access import next_epoch
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.access import subtree, unscoped
from crm_kit.errors import InvalidArgument, NotFound, PermissionDenied
from crm_kit.handover import carry_state
from crm_kit.outbox import BatchItem
from crm_kit.ownership import Span, places
from crm_kit.principal import Scope
from crm_kit.tx import Tx

MOVED, COMPLETED = 1, 3
"""Positions of the events of one move; each is followed by the change of rights it means."""
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('crm_identity.move_unit'))")
_WHY = unscoped("whoever may move a unit moves all that is in it")


async def move_unit(tx: Tx, unit_id: str, parent_id: str, etag: str, keepers: Sequence[str]) -> Unit:
    """The unit with all below it, below another unit. ``keepers``: the services that keep records."""
    refuse_in_anothers_name(tx.principal)
    await tx.session.execute(_ONE_AT_A_TIME)
    unit, parent = await tx.load(Unit, unit_id, etag=etag), await _parent(tx, parent_id)
    for path in (unit.path, parent.path):
        _refuse_beyond_reach(tx, path)
    former, deepest = unit.path, await _hold(tx, unit.path)
    with tx.session.no_autoflush:
        unit.move_below(parent, deepest)
        await _refuse_taken(tx, unit)
        await _refuse_overlap(tx, unit, former)
    unit.move_id, unit.moving_services = tx.new_id(), sorted(keepers)
    tx.publish(unit, events.UnitUpdated())
    span = Span(former, unit.path)
    await _announce_units(tx, unit, span)
    await _announce_people(tx, span)
    await _move_rest(tx, span)
    await tx.session.flush()
    await _say(tx, unit.move_id, MOVED, events.UnitMoved(unit=mappings.unit.write(unit), move_id=str(unit.move_id)))
    if not keepers:
        await _complete(tx, unit)
    return unit


async def complete_unit_move(tx: Tx, move_id: UUID, service: str) -> None:
    """A service is through; with the last one the former path is nobody's any more. Repeats change nothing."""
    named = select(Unit).where(Unit.move_id == move_id).with_for_update().execution_options(**_WHY)
    unit = (await tx.session.execute(named)).scalar_one_or_none()
    if unit is None or service not in unit.moving_services:
        return
    unit.moving_services = [each for each in unit.moving_services if each != service]
    if not unit.moving_services:
        await _complete(tx, unit)


async def refuse_reserved(tx: Tx, path: str) -> None:
    """A path stays with the unit that left it until its last record has followed."""
    moving = select(Unit.path).where(Unit.former_path == path).limit(1).execution_options(**_WHY)
    found = (await tx.session.execute(moving)).scalar_one_or_none()
    if found is not None:
        raise MoveUnderWay(path=found)


async def _complete(tx: Tx, unit: Unit) -> None:
    assert unit.move_id is not None
    move_id = unit.move_id
    # Whoever was made at the former place by a transaction that the move did not see.
    await _move_rest(tx, Span(unit.former_path, unit.path))
    unit.former_path, unit.move_id = "", None
    tx.publish(unit, events.UnitUpdated())
    await tx.session.flush()
    done = events.UnitMoveCompleted(unit=mappings.unit.write(unit), move_id=str(move_id))
    await _say(tx, move_id, COMPLETED, done)


async def _say(tx: Tx, move_id: UUID, seq: int, fact: Message) -> None:
    """The move is an aggregate of its own, so that whoever follows moves needs no other events of units."""
    changed = events.AccessChanged(everybody=True, epoch=await next_epoch(tx))
    await tx.publish_many("unit_move", [BatchItem(move_id, seq, fact), BatchItem(move_id, seq + 1, changed)])


async def _parent(tx: Tx, parent_id: str) -> Unit:
    try:
        return await tx.load(Unit, parent_id)
    except NotFound:
        raise InvalidArgument.of("parent_id", "NOT_FOUND", "There is no such unit.", "没有该组织。") from None


def _refuse_beyond_reach(tx: Tx, path: str) -> None:
    """What moves changes who sees it at both ends, so the caller must reach both with all below."""
    for reach in tx.call.reach:
        if reach.scope is Scope.ALL or (reach.scope is Scope.SUBTREE and path.startswith(reach.unit_path)):
            return
    raise PermissionDenied(permission=f"{tx.call.permission} ({path})")


async def _hold(tx: Tx, path: str) -> int:
    """Lock the unit and all below it, so that nothing is made in them meanwhile; answers their greatest depth."""
    held: set[str] = set()
    while True:
        below = select(Unit.path).where(subtree(path, Unit.__table__.c.path)).order_by(Unit.path).with_for_update()
        found = set((await tx.session.execute(below.execution_options(**_WHY))).scalars())
        if found == held:
            return max(each.count("/") for each in held) - 1
        held = found


async def _refuse_taken(tx: Tx, unit: Unit) -> None:
    siblings = select(Unit.code, Unit.name, Unit.delete_time).where(
        Unit.id != unit.id, or_(Unit.parent_id == unit.parent_id, Unit.path == unit.path)
    )
    for other in await tx.session.execute(siblings.execution_options(**_WHY)):
        if other.code == unit.code:
            en, zh = "A unit with this code is or was there.", "目标上级下已有或曾有相同代码的组织。"
            raise InvalidArgument.of("parent_id", "CODE_TAKEN", en, zh)
        if other.name == unit.name and other.delete_time is None:
            en, zh = "A unit of this name is there. Rename one of them first.", "目标上级下已有同名组织，请先改名。"
            raise InvalidArgument.of("parent_id", "NAME_TAKEN", en, zh)


async def _refuse_overlap(tx: Tx, unit: Unit, former: str) -> None:
    """Moves that touch one another come one after the other; independent ones run side by side."""
    moving = select(Unit.path, Unit.former_path).where(Unit.former_path != "", Unit.id != unit.id)
    for other in await tx.session.execute(moving.execution_options(**_WHY)):
        for mine in (former, unit.path):
            for theirs in (other.path, other.former_path):
                if mine.startswith(theirs) or theirs.startswith(mine):
                    raise MoveUnderWay(path=other.path)


async def _announce_units(tx: Tx, unit: Unit, span: Span) -> None:
    columns = Unit.__table__.c
    path = literal(span.path) + func.substr(columns.path, len(span.former_path) + 1)
    below = update(Unit).where(subtree(span.former_path, columns.path), columns.id != unit.id)
    changed = below.values(path=path, unit_path=path, **_raised(tx, Unit)).returning(*columns)
    rows = (await tx.session.execute(changed.execution_options(synchronize_session=False, **_WHY))).all()
    facts = []
    for row in rows:
        fact = events.UnitUpdated()
        carry_state(fact, Unit, row)
        facts.append(BatchItem(row.id, row.event_seq, fact, row.path))
    await tx.publish_many("unit", facts)


async def _announce_people(tx: Tx, span: Span) -> None:
    columns = User.__table__.c
    path = literal(span.path) + func.substr(columns.unit_path, len(span.former_path) + 1)
    inside = update(User).where(subtree(span.former_path, columns.unit_path))
    changed = inside.values(unit_path=path, **_raised(tx, User)).returning(*columns)
    rows = (await tx.session.execute(changed.execution_options(synchronize_session=False, **_WHY))).all()
    facts = []
    for row in rows:
        fact = events.UserUpdated()
        carry_state(fact, User, row)
        facts.append(BatchItem(row.id, row.event_seq, fact, row.unit_path))
    await tx.publish_many("user_account", facts)


async def _move_rest(tx: Tx, span: Span) -> None:
    """Everything else here that lies by unit."""
    for place in places(Record.metadata, [Unit.__table__]):  # type: ignore[list-item]
        column = place.table.c[place.column]
        path = literal(span.path) + func.substr(column, len(span.former_path) + 1)
        values: dict[str, object] = {place.column: path}
        if place.is_entity:
            values |= {"version": place.table.c.version + 1, "update_time": tx.now}
        moved = update(place.table).where(subtree(span.former_path, column)).values(values)
        await tx.session.execute(moved, execution_options=_WHY)


def _raised(tx: Tx, entity: type[Record]) -> dict[str, object]:
    columns = entity.__table__.c
    return {"version": columns.version + 1, "event_seq": columns.event_seq + 1, "update_time": tx.now}
