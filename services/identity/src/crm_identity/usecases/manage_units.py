"""Units are made below their parent and renamed; moving one is told in ``move_unit``."""

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import select

from crm_identity.domain.position import Position
from crm_identity.domain.team import Team
from crm_identity.domain.unit import CODE, DEEPEST, MoveUnderWay, Unit
from crm_identity.domain.user import User
from crm_identity.usecases.move_unit import refuse_reserved
from crm_kit.access import unscoped
from crm_kit.errors import FailedPrecondition, InvalidArgument
from crm_kit.tx import Tx


class UnitInUse(FailedPrecondition):
    """People, positions, teams or units hang on it. Facts: id."""

    en = "Move the people, positions, teams and units of this unit first."
    zh = "请先移走该组织下的人员、岗位、团队和下级组织。"


async def create_unit(tx: Tx, unit: Unit) -> Unit:
    """A new unit below its parent; headquarters is made once, without."""
    if not CODE.fullmatch(unit.code):
        raise InvalidArgument.of(
            "code", "BAD_CODE", "Use 1 to 20 lower-case letters and digits.", "请使用 1 到 20 个小写字母或数字。"
        )
    parent = await tx.load(Unit, unit.parent_id) if unit.parent_id else None
    if parent is None and await _has_headquarters(tx):
        raise InvalidArgument.of("parent_id", "REQUIRED", "Name the unit above.", "请指定上级组织。")
    unit.id = tx.new_id()
    unit.place_below(parent)
    if unit.depth > DEEPEST:
        raise InvalidArgument.of("parent_id", "TOO_DEEP", f"At most {DEEPEST} levels.", f"最多 {DEEPEST} 级。")
    await refuse_reserved(tx, unit.path)
    tx.add(unit)
    tx.publish(unit, events.UnitCreated())
    return unit


async def delete_unit(tx: Tx, unit_id: str, etag: str) -> None:
    """Only an empty unit can go."""
    unit = await tx.load(Unit, unit_id, etag=etag)
    if unit.former_path:
        raise MoveUnderWay(path=unit.path)
    why = unscoped("whoever may delete the unit must know that somebody is in it")
    people = select(User.id).where(User.unit_id == unit.id, User.delete_time.is_(None)).limit(1)
    posts = select(Position.id).where(Position.unit_id == unit.id, Position.delete_time.is_(None)).limit(1)
    teams = select(Team.id).where(Team.unit_id == unit.id, Team.delete_time.is_(None)).limit(1)
    below = select(Unit.id).where(Unit.parent_id == unit.id, Unit.delete_time.is_(None)).limit(1)
    for found in (people, posts, teams, below):
        if (await tx.session.execute(found.execution_options(**why))).first() is not None:
            raise UnitInUse(id=unit.id)
    unit.delete_time = tx.now


async def _has_headquarters(tx: Tx) -> bool:
    why = unscoped("there is one headquarters")
    headquarters = select(Unit.id).where(Unit.parent_id.is_(None)).limit(1)
    return (await tx.session.execute(headquarters.execution_options(**why))).first() is not None
