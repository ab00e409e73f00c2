"""Who may see what: the scope predicate that every statement about entities carries.

Fails closed: a statement of a command session that touches an entity table without having been scoped here raises.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, and_, false, not_, or_, true
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql import visitors

from crm_kit import restrictions
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.principal import Principal, Reach, Scope
from crm_kit.row_context import EVERYTHING, OPTION, context_of, is_record
from crm_kit.shares import shared

SCOPED = {"scoped": True}
"""Execution options of a statement in a transaction whose author applied ``visible``: it sees what its call may."""
_UNSCOPED = {"scoped": True, OPTION: EVERYTHING}


class UnscopedStatement(AssertionError):
    """A programming error: a statement would have shown records without asking whether the caller may see them."""


def scoped(call: Call) -> dict[str, Any]:
    """Execution options of a statement whose author applied ``visible`` for the call."""
    return {"scoped": True, OPTION: context_of(call)}


def unscoped(why: str) -> dict[str, Any]:
    """Execution options for a statement that must see everything; the reason is for the reader."""
    assert why
    return _UNSCOPED


def subtree(path: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Records at or below a unit, as one index range. The final slash of paths keeps ``/d1/`` from matching ``/d10/``."""
    if not path.endswith("/"):
        raise ValueError(f"unit path without final slash: {path!r}")
    return and_(column >= path, column < path[:-1] + "0")


def scope_clause(principal: Principal, reaches: Sequence[Reach], columns: Any) -> ColumnElement[bool]:
    """What reaches let a principal see. ``columns`` has ``owner_id`` and ``unit_path``.

    Owner-less records show to the scope that could own them. What is on its way to another unit does not show.
    """
    if any(reach.scope is Scope.ALL for reach in reaches):
        return true()
    clauses = [_clause(principal, reach, columns) for reach in reaches]
    departed = [not_(subtree(path, columns.unit_path)) for path in principal.departed]
    return and_(or_(false(), *clauses), *departed)


def _clause(principal: Principal, reach: Reach, columns: Any) -> ColumnElement[bool]:
    if reach.scope is Scope.SUBTREE:
        return subtree(reach.unit_path, columns.unit_path)
    if reach.scope is Scope.UNIT:
        return columns.unit_path == reach.unit_path  # type: ignore[no-any-return]
    if reach.scope is Scope.OWN and principal.user_id is not None:
        return or_(
            columns.owner_id == principal.user_id,
            and_(columns.owner_id.is_(None), columns.unit_path == reach.unit_path),
        )
    return false()


def visible(call: Call, entity: type[Entity], *, deleted: bool = False) -> ColumnElement[bool]:
    """Records of a kind the call may see: in scope or shared, not half-made by an operation, not deleted."""
    return and_(live(entity, deleted=deleted), within(call, entity))


def live(entity: type[Entity], *, deleted: bool = False) -> ColumnElement[bool]:
    """Records of a kind that are whole: not half-made by an operation, not deleted."""
    columns = entity.__table__.c
    present: list[ColumnElement[bool]] = [] if deleted else [columns.delete_time.is_(None)]
    return and_(columns.pending_operation_id.is_(None), *present)


def within(call: Call, entity: type[Entity]) -> ColumnElement[bool]:
    """Records of a kind in the scope of the call, or shared with its caller, less what is withheld from the caller; ``true()``
    when that is all of them.
    """
    reaches = call.reach
    if entity.__unscoped__:
        return true()
    columns = entity.__table__.c
    scope = scope_clause(call.principal, reaches, columns)
    if call.shared and call.scope is not Scope.ALL:
        scope = or_(scope, shared(call.principal, call.permission, entity.__tablename__, columns.id))
    withheld = restrictions.clauses(call.principal, entity)
    return and_(scope, *withheld) if withheld else scope


def in_reach(principal: Principal, reaches: Sequence[Reach], owner_id: Any, unit_path: str) -> bool:
    """The Python twin of ``scope_clause``."""
    if any(reach.scope is Scope.ALL for reach in reaches):
        return True
    if any(below(path, unit_path) for path in principal.departed):
        return False
    return any(_reaches(principal, reach, owner_id, unit_path) for reach in reaches)


def _reaches(principal: Principal, reach: Reach, owner_id: Any, unit_path: str) -> bool:
    if reach.scope is Scope.SUBTREE:
        return below(reach.unit_path, unit_path)
    if reach.scope is Scope.UNIT:
        return unit_path == reach.unit_path
    if reach.scope is Scope.OWN and principal.user_id is not None:
        return owner_id == principal.user_id or (owner_id is None and unit_path == reach.unit_path)
    return False


def below(path: str, unit_path: str) -> bool:
    """Whether a unit is the one of the path or under it."""
    if not path.endswith("/"):
        raise ValueError(f"unit path without final slash: {path!r}")
    return unit_path.startswith(path)


def at_least(reaches: Sequence[Reach], scope: Scope) -> tuple[Reach, ...]:
    """The same reaches, none narrower than the scope."""
    return tuple(reach._replace(scope=max(reach.scope, scope)) for reach in reaches)


def refuse_unscoped(state: ORMExecuteState) -> None:
    """Session hook: every statement on an entity table must have been scoped or excused."""
    if not (state.is_relationship_load or state.is_column_load):
        refuse_unscoped_read(state.statement, state.execution_options)


def refuse_unscoped_read(statement: Any, options: Mapping[str, Any]) -> None:
    """The same for a statement on a reading connection."""
    if options.get("scoped") or not isinstance(statement, Executable):
        return
    for element in visitors.iterate(statement):  # type: ignore[arg-type]
        if isinstance(element, Table) and is_record(element):
            raise UnscopedStatement(
                f"{element.name}: apply visible(call, ...) and say scoped(call), or say unscoped(why)"
            )
