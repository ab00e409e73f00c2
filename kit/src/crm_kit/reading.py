"""Reads that must cost little: a statement is compiled once per shape and run by the driver itself.

A shape is a statement without its values. Building, hashing and compiling one with SQLAlchemy costs far more than
running it, so only its conditions are taken apart for each call, and those of a repeated question are remembered.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Executable, Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect as AsyncpgDialect  # noqa: N812 - the module's name for it
from sqlalchemy.sql.compiler import SQLCompiler

from crm_kit.reader import Reader
from crm_kit.row_context import NOTHING, Context

_DIALECT = AsyncpgDialect()  # type: ignore[no-untyped-call]
_MOST_SHAPES = 4096


class Condition(NamedTuple):
    """A condition taken apart: what it looks like, and the values in it."""

    clause: ColumnElement[bool]
    shape: Any
    """Equal for conditions that differ in their values only; None when the values change the SQL."""
    binds: Sequence[BindParameter[Any]]
    values: Sequence[Any]


def condition(clause: ColumnElement[bool]) -> Condition:
    """The parts of a clause, as SQLAlchemy's own cache of compiled statements would see them."""
    key = clause._generate_cache_key()  # noqa: SLF001 - the only way to tell shape and values apart
    if key is None or any(bind.expanding for bind in key.bindparams):
        # As many parameters as the list has values: nothing to share.
        return Condition(clause, None, (), ())
    return Condition(clause, key.key, key.bindparams, [bind.effective_value for bind in key.bindparams])


repeated = lru_cache(maxsize=2048)(condition)
"""As ``condition``, for clauses that their maker keeps for the next call."""


class Query:
    """A compiled statement: its SQL and where each parameter comes from."""

    __slots__ = ("_parameters", "text")

    def __init__(self, statement: Executable, binds: Sequence[BindParameter[Any]]) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        self.text = str(compiled.string)
        places = {id(bind): position for position, bind in enumerate(binds)}
        self._parameters = [_parameter(compiled, name, places) for name in compiled.positiontup or ()]
        used = {place for place, _, _ in self._parameters if place is not None}
        if len(used) != len(places):
            # A value that stayed behind in the statement would be answered to everybody who asks alike.
            raise AssertionError(f"values of a condition are missing in: {self.text}")

    def arguments(self, values: Sequence[Any]) -> list[Any]:
        """What the driver is given, from the values of the conditions in their order."""
        return [
            (fixed if place is None else values[place])
            if process is None
            else process(fixed if place is None else values[place])
            for place, fixed, process in self._parameters
        ]


def _parameter(compiled: SQLCompiler, name: str, places: dict[int, int]) -> tuple[int | None, Any, Any]:
    bind = compiled.binds.get(name)
    if bind is None:
        # One member of a list that was written out; such statements are never shared.
        return None, compiled.params[name], None
    process = bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return places.get(id(bind)), bind.effective_value, process


_queries: dict[Any, Query] = {}


async def fetch(
    reader: Reader,
    shape: Any,
    conditions: Sequence[Condition],
    build: Callable[[list[ColumnElement[bool]]], Select[Any]],
    *,
    rows: Context = NOTHING,
) -> list[Any]:
    """The rows of ``build(clauses)``, which is called only for a shape not seen before.

    ``shape``: all that the statement depends on besides its conditions. Whoever calls has put the scope into them;
    ``rows`` is what row security lets it see.
    """
    known: Any = (shape, *(part.shape for part in conditions))
    query = _queries.get(known)
    if query is None:
        binds = [bind for part in conditions for bind in part.binds]
        query = Query(build([part.clause for part in conditions]), binds)
        if all(part.shape is not None for part in conditions):
            if len(_queries) >= _MOST_SHAPES:
                _queries.clear()
            _queries[known] = query
    values = [value for part in conditions for value in part.values]
    return await reader.fetch(query.text, query.arguments(values), rows)
