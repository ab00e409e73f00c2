"""Who may see what: the scope predicate that every statement about entities carries.

Fails closed: a statement of a command session that touches an entity table without having been scoped here raises.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, and_, false, or_, true
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql import visitors

from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.principal import Principal, Scope

SCOPED = {"scoped": True}
"""Execution options of a statement whose author applied ``visible``, or who says in ``unscoped(why)`` why not."""


class UnscopedStatement(AssertionError):
    """A programming error: a statement would have shown records without asking whether the caller may see them."""


def unscoped(why: str) -> dict[str, Any]:
    """Execution options for a statement that must see everything; the reason is for the reader."""
    assert why
    return SCOPED


def subtree(path: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Records at or below a unit, as one index range. The final slash of paths keeps ``/d1/`` from matching ``/d10/``."""
    if not path.endswith("/"):
        raise ValueError(f"unit path without final slash: {path!r}")
    return and_(column >= path, column < path[:-1] + "0")


def scope_clause(principal: Principal, scope: Scope, columns: Any) -> ColumnElement[bool]:
    """What a scope lets a principal see. ``columns`` has ``owner_id`` and ``unit_path``.

    Owner-less records show to the scope that could own them.
    """
    if scope is Scope.ALL:
        return true()
    if scope is Scope.SUBTREE:
        return subtree(principal.unit_path, columns.unit_path)
    if scope is Scope.UNIT:
        return columns.unit_path == principal.unit_path  # type: ignore[no-any-return]
    if scope is Scope.OWN and principal.user_id is not None:
        return or_(
            columns.owner_id == principal.user_id,
            and_(columns.owner_id.is_(None), columns.unit_path == principal.unit_path),
        )
    return false()


def visible(call: Call, entity: type[Entity], *, deleted: bool = False) -> ColumnElement[bool]:
    """Records of a kind the call may see: in scope, not half-made by an operation, not deleted."""
    scope = call.scope
    columns = entity.__table__.c
    clauses: list[ColumnElement[bool]] = [columns.pending_operation_id.is_(None)]
    if not deleted:
        clauses.append(columns.delete_time.is_(None))
    if not entity.__unscoped__:
        clauses.append(scope_clause(call.principal, scope, columns))
    return and_(*clauses)


def may_see(call: Call, record: Entity) -> bool:
    """The same verdict as ``visible`` for a record at hand."""
    if record.pending_operation_id is not None or record.delete_time is not None:
        return False
    if record.__unscoped__:
        return call.scope is not Scope.NONE
    return in_scope(call.principal, call.scope, record.owner_id, record.unit_path)


def in_scope(principal: Principal, scope: Scope, owner_id: Any, unit_path: str) -> bool:
    """The Python twin of ``scope_clause``."""
    if scope is Scope.ALL:
        return True
    if scope is Scope.SUBTREE:
        if not principal.unit_path.endswith("/"):
            raise ValueError(f"unit path without final slash: {principal.unit_path!r}")
        return unit_path.startswith(principal.unit_path)
    if scope is Scope.UNIT:
        return unit_path == principal.unit_path
    if scope is Scope.OWN and principal.user_id is not None:
        return owner_id == principal.user_id or (owner_id is None and unit_path == principal.unit_path)
    return False


def refuse_unscoped(state: ORMExecuteState) -> None:
    """Session hook: every statement on an entity table must have been scoped or excused."""
    if not (state.is_relationship_load or state.is_column_load):
        refuse_unscoped_read(state.statement, state.execution_options)


def refuse_unscoped_read(statement: Any, options: Mapping[str, Any]) -> None:
    """The same for a statement on a reading connection."""
    if options.get("scoped") or not isinstance(statement, Executable):
        return
    for element in visitors.iterate(statement):  # type: ignore[arg-type]
        if isinstance(element, Table) and "pending_operation_id" in element.c:
            raise UnscopedStatement(f"{element.name}: apply crm_kit.access.visible(call, ...) or say unscoped(why)")
