"""Which rows a connection shows: what PostgreSQL's row security asks, kept in step with whoever uses the connection.

A statement says by its execution options for whom it is (``access.scoped(call)``) or why it must see everything
(``access.unscoped(why)``); in a transaction, one that says neither sees what its call may. Outside, it sees no record.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.engine import ExecutionContext
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.sql import visitors

from crm_kit.principal import Reach, Scope

if TYPE_CHECKING:
    from crm_kit.call import Call

OPTION = "rows"
"""The execution option that carries a statement's Context."""


class Context(NamedTuple):
    """The rows of units from ``lo`` up to, not including, ``hi``; those ``user`` owns; those shared with ``grantees``."""

    lo: str = ""
    hi: str = ""
    user: str = ""
    grantees: str = ""

    def admits(self, owner_id: UUID | None, unit_path: str) -> bool:
        """Whether a record with this owner in this unit may be written; the twin of the policies' WITH CHECK."""
        return self.lo <= unit_path < self.hi or (self.user != "" and str(owner_id) == self.user)


NOTHING = Context()
EVERYTHING = Context("/", "0")
"""Every path begins with a slash, and the next character is the nought."""


def setting(first: int, *, local: bool) -> str:
    """What sets a context from four parameters, as items of a select list."""
    names = enumerate(Context._fields, first)
    return ", ".join(f"set_config('app.{name}', ${place}, {'true' if local else 'false'})" for place, name in names)


SET_LOCAL = f"SELECT {setting(1, local=True)}"
SET_LASTING = f"SELECT {setting(1, local=False)}"


def context_of(call: "Call") -> Context:
    """The narrowest range that holds all a call reaches; nothing for one without rights over records."""
    memo, known = call.principal.memo, (OPTION, call.permission, call.shared)
    found: Context | None = memo.get(known)
    if found is None:
        found = memo[known] = _context_of(call)
    return found


def _context_of(call: "Call") -> Context:
    reaches = call.principal.reach(call.permission)
    if not reaches:
        return NOTHING
    if any(reach.scope is Scope.ALL for reach in reaches):
        return EVERYTHING
    ranges = [_range(reach) for reach in reaches]
    own = call.principal.user_id if any(reach.scope is Scope.OWN for reach in reaches) else None
    return Context(
        min(lo for lo, _ in ranges),
        max(hi for _, hi in ranges),
        "" if own is None else str(own),
        ",".join(call.principal.grantees) if call.shared else "",
    )


def _range(reach: Reach) -> tuple[str, str]:
    if not reach.unit_path.endswith("/"):
        raise ValueError(f"unit path without final slash: {reach.unit_path!r}")
    if reach.scope is Scope.SUBTREE:
        return reach.unit_path, reach.unit_path[:-1] + "0"
    # The unit alone: what lies below it goes on with a character of a name, all of which come after this one.
    return reach.unit_path, reach.unit_path + "!"


class Sight:
    """What is known of one connection. ``shown``: what it shows now, None when that is unknown. ``usual``: what a
    statement sees that says nothing. ``kept``: what it goes back to when the transaction ends.
    """

    __slots__ = ("kept", "lasting", "shown", "usual")

    def __init__(self) -> None:
        self.kept: Context | None = NOTHING
        self.begin()

    def begin(self, usual: Context = NOTHING, *, lasting: bool = False) -> None:
        """Somebody new uses the connection; ``lasting``: without transactions."""
        self.usual, self.lasting, self.shown = usual, lasting, self.kept

    def take(self, context: Context) -> None:
        """The transaction that begins sets this context itself."""
        self.usual = self.shown = context

    def changed(self, context: Context | None) -> None:
        self.shown = context
        if self.lasting:
            self.kept = context


def sight_of(connection: Connection) -> Sight:
    """What is known of a connection; one that was just opened shows nothing."""
    info: dict[Any, Any] = connection.info
    found: Sight | None = info.get(Sight)
    if found is None:
        found = info[Sight] = Sight()
    return found


def watch(engine: Engine) -> None:
    """Have every statement of the engine see the rows it is for, and no others."""
    event.listen(engine, "checkout", _checked_out)
    event.listen(engine, "before_cursor_execute", _before)
    event.listen(engine, "rollback_savepoint", _lost)
    for ended in ("commit", "rollback"):
        event.listen(engine, ended, _ended)


def _checked_out(_connection: object, record: Any, _proxy: object) -> None:
    sight = record.info.get(Sight)
    if sight is not None:
        sight.begin()


def _ended(connection: Connection) -> None:
    sight = sight_of(connection)
    sight.shown = sight.kept


def _lost(connection: Connection, _name: str, _context: None) -> None:
    # What was set inside the savepoint is undone, and nobody remembers what it was before.
    sight_of(connection).shown = None


def _before(
    connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: bool,  # noqa: FBT001 - the signature is SQLAlchemy's
) -> None:
    if context is None:
        return
    sight = sight_of(connection)
    options: Mapping[str, Any] = context.execution_options
    wanted: Context = options.get(OPTION) or sight.usual
    if sight.shown == wanted or (OPTION not in options and not _may_touch_records(context)):
        return
    sight.changed(None)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(SET_LASTING if sight.lasting else SET_LOCAL, wanted)
    finally:
        cursor.close()
    sight.changed(wanted)


_touching: WeakKeyDictionary[Compiled, bool] = WeakKeyDictionary()


def _may_touch_records(context: ExecutionContext) -> bool:
    """False only for a statement that was put together from tables without row security."""
    compiled = context.compiled
    if compiled is None or compiled.statement is None:
        return True
    known = _touching.get(compiled)
    if known is None:
        known = _touching[compiled] = any(
            element.__visit_name__ == "textclause" or (isinstance(element, Table) and is_record(element))
            for element in visitors.iterate(compiled.statement)
        )
    return known


def is_record(table: Table) -> bool:
    """Whether the rows of a table are entities."""
    return "pending_operation_id" in table.c
