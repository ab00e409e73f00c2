"""The second wall: PostgreSQL itself shows a connection only the records its context admits (``row_context``).

The first wall is the predicate of ``access.visible``. This one is wider (one range of units instead of a tree of rights),
and holds for whatever a statement forgot to say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy import MetaData
from sqlalchemy.engine import URL

from crm_kit.entity import Entity

POLICY = "reach"


def _asked(name: str) -> str:
    # A setting that a transaction had made is empty after it, not null.
    return f"NULLIF(current_setting('app.{name}', true), '')"


# An end that is empty or null lets nothing through. What each row is compared with is kept cheap, and is no sub-select,
# which would be computed once: of that the planner cannot estimate how much it lets through.
_RANGE = (
    "unit_path >= current_setting('app.lo', true) AND unit_path < current_setting('app.hi', true) "
    f"OR owner_id = CAST({_asked('user')} AS uuid)"
)


def policy_statements(table: str) -> list[str]:
    """DDL that puts the wall around one entity table, for its owner too; migrations run it for every table they create."""
    shared = (
        f"{_asked('grantees')} IS NOT NULL AND id IN (SELECT record_id FROM record_share "  # noqa: S608 - our own names
        f"WHERE record_type = '{table}' AND grantee = ANY (string_to_array({_asked('grantees')}, ',')) "
        "AND (expire_time IS NULL OR expire_time > now()))"
    )
    return [
        f"CREATE POLICY {POLICY} ON {table} USING ({_RANGE} OR ({shared})) WITH CHECK ({_RANGE})",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]


def scoped_tables(metadata: MetaData) -> list[str]:
    """The tables of a service whose records belong to units: each has the wall, from its first day."""
    found = (mapper for mapper in Entity.registry.mappers if not mapper.class_.__unscoped__)
    return sorted(mapper.class_.__tablename__ for mapper in found if mapper.class_.metadata is metadata)


LEAKPROOF = (
    "textlike(text,text)",
    "texticlike(text,text)",
    "arraycontains(anyarray,anyarray)",
    "arrayoverlap(anyarray,anyarray)",
    "jsonb_contains(jsonb,jsonb)",
    "numeric_eq(numeric,numeric)",
    "numeric_lt(numeric,numeric)",
    "numeric_le(numeric,numeric)",
    "numeric_gt(numeric,numeric)",
    "numeric_ge(numeric,numeric)",
)
"""Functions of PostgreSQL by which we search. Unless they are marked so, their indexes cannot be used behind a policy.

They raise no error that depends on the value of a row and show none otherwise, so the mark is true.
"""


def leakproof_statements() -> list[str]:
    """What a superuser runs in each service's database."""
    return [f"ALTER FUNCTION pg_catalog.{function} LEAKPROOF" for function in LEAKPROOF]


@dataclass(frozen=True, slots=True)
class Findings:
    """``faults``: why the wall does not stand; ``warnings``: what is slower than it need be. Each says what to do."""

    faults: Sequence[str]
    warnings: Sequence[str]


async def examine(url: URL, tables: Sequence[str]) -> Findings:
    """How the second wall stands for whoever connects by this URL. Raises OSError or asyncpg.PostgresError."""
    if not tables:
        return Findings((), ())
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        role = await connection.fetchrow(_ROLE)
        states = {row["relname"]: row for row in await connection.fetch(_TABLES, list(tables))}
        slow = await connection.fetch(_SLOW, [f"pg_catalog.{function}" for function in LEAKPROOF])
    finally:
        await connection.close()
    faults = [*_faults_of_role(role, states.values()), *_faults_of_tables(tables, states)]
    return Findings(faults, [_SLOWER.format(functions=", ".join(row[0] for row in slow))] if slow else [])


def _faults_of_role(role: asyncpg.Record, states: Iterable[asyncpg.Record]) -> Iterable[str]:
    if role["rolsuper"] or role["rolbypassrls"]:
        what = "is a superuser" if role["rolsuper"] else "has BYPASSRLS"
        yield f"role {role['rolname']} {what}, so row security does not bind it. {_TWO_ROLES}"
    elif owned := [state["relname"] for state in states if state["owned"]]:
        yield f"role {role['rolname']} owns {', '.join(owned)} and could lift row security. {_TWO_ROLES}"


def _faults_of_tables(tables: Sequence[str], states: dict[str, asyncpg.Record]) -> Iterable[str]:
    for table in tables:
        state = states.get(table)
        if state is None or not state["forced"]:
            yield (
                f"table {table} has no forced row security. Its migration must call secure_rows({table!r}); a database "
                "made before that call was there is to be made anew."
            )


_TWO_ROLES = (
    "Serve with a role that owns nothing (CRM_DATABASE_URL) and migrate with the owner (CRM_MIGRATION_DATABASE_URL); "
    "docs/operating.md has the statements. A small installation may accept it with CRM_ROW_SECURITY=off."
)
_SLOWER = (
    "not marked LEAKPROOF: {functions}. Searches of people who do not see everything read the table instead of an index. "
    "A superuser marks them by the statements of docs/operating.md."
)
_ROLE = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
_TABLES = f"""
    SELECT relname, pg_has_role(relowner, 'MEMBER') AS owned,
        relrowsecurity AND relforcerowsecurity
            AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = '{POLICY}') AS forced
    FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY ($1)
    ORDER BY relname
"""  # noqa: S608 - a constant
_SLOW = (
    "SELECT p.proname FROM pg_proc p WHERE p.oid = ANY ($1::regprocedure[]) AND NOT p.proleakproof ORDER BY p.proname"
)
