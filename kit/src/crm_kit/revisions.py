"""Which revisions of the schema a database lacks, told without Alembic: a process that only serves loads none of it."""

import ast
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from asyncpg.exceptions import UndefinedTableError

from crm_kit.database import async_url

KIT_FOLDER = Path(__file__).parent / "migrations" / "versions"


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file: its name, those it follows and those it needs besides."""

    name: str
    follows: frozenset[str]
    needs: frozenset[str]


def folder(package: str) -> Path:
    """Where a service keeps its migrations: inside the installed package, or beside ``src`` in a checkout."""
    home = Path(str(importlib.import_module(package).__file__)).parent
    installed = home / "migrations"
    return installed if installed.exists() else home.parents[1] / "migrations"


async def outdated(url: str, package: str) -> list[str]:
    """Revisions the database lacks; empty when it is ready to serve, also when a newer release has migrated it.

    Raises OSError or ``asyncpg.PostgresError`` when the database cannot be asked.
    """
    known = {revision.name: revision for revision in _revisions(KIT_FOLDER, folder(package) / "versions")}
    applied = await _applied(url)
    if not applied <= known.keys():
        return []
    followed = {name for revision in known.values() for name in revision.follows}
    return sorted(known.keys() - followed - _with_ancestors(applied, known))


def _with_ancestors(names: Iterable[str], known: Mapping[str, Revision]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += known[name].follows | known[name].needs
    return found


async def _applied(url: str) -> set[str]:
    connection = await asyncpg.connect(
        async_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    try:
        return {row[0] for row in await connection.fetch("SELECT version_num FROM alembic_version")}
    except UndefinedTableError:
        return set()
    finally:
        await connection.close()


def _revisions(*folders: Path) -> Iterable[Revision]:
    for file in (file for place in folders for file in sorted(place.glob("*.py"))):
        facts = _constants(ast.parse(file.read_text(encoding="utf-8")))
        yield Revision(str(facts["revision"]), _names(facts["down_revision"]), _names(facts.get("depends_on")))


def _constants(module: ast.Module) -> dict[str, object]:
    """What a revision file says of itself at its top level, written as constants."""
    found: dict[str, object] = {}
    for line in module.body:
        if isinstance(line, ast.AnnAssign) and line.value is not None:
            targets: list[ast.expr] = [line.target]
            value: ast.expr = line.value
        elif isinstance(line, ast.Assign):
            targets, value = line.targets, line.value
        else:
            continue
        for target in targets:
            pairs: list[tuple[ast.expr, ast.expr]] = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for name, said in pairs:
                if isinstance(name, ast.Name) and isinstance(said, (ast.Constant, ast.Tuple)):
                    found[name.id] = ast.literal_eval(said)
    return found


def _names(value: object) -> frozenset[str]:
    if value is None:
        return frozenset()
    return frozenset(value) if isinstance(value, tuple) else frozenset({str(value)})
