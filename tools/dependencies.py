"""Each package can be installed alone: whatever it imports comes with what its own pyproject.toml declares.

A third-party module may be declared by the package itself or by one of our packages it depends on (the kit brings
SQLAlchemy with it); never by luck, as the dependency of a dependency. Our own packages are declared where they are used.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = ("protos", "kit", "gateway", "client", "deploy/local", "services/*")
NAME = re.compile(r"^[A-Za-z0-9._-]+")
EXTRAS = {"crm_kit.testing": "testing"}
"""Parts of a package that are only used with one of its extras."""
FOR_TYPES = ("_typeshed",)
"""What only a type checker imports."""


@dataclass(frozen=True)
class Project:
    """One of our packages: ``requires`` are names of distributions, ``extras`` those of each extra."""

    name: str
    package: str
    source: Path
    requires: frozenset[str]
    extras: Mapping[str, frozenset[str]] = field(default_factory=dict)


def canonical(requirement: str) -> str:
    """The distribution a requirement names: ``SQLAlchemy[asyncio]>=2`` is ``sqlalchemy``."""
    found = NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found.group()).lower() if found else ""


def read(folder: Path) -> Project:
    facts = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    name, package = facts["name"], facts["name"].replace("-", "_")
    source = folder / "gen" / "crm" if name == "crm-protos" else folder / "src" / package
    extras = {
        extra: frozenset(map(canonical, needs)) for extra, needs in facts.get("optional-dependencies", {}).items()
    }
    own = "crm" if name == "crm-protos" else package
    return Project(name, own, source, frozenset(map(canonical, facts.get("dependencies", []))), extras)


def owners() -> dict[str, str]:
    """Installed third-party modules, dotted, each with the distribution whose file it is."""
    found: dict[str, str] = {}
    for each in distributions():
        for file in each.files or ():
            parts = file.with_suffix("").parts
            if file.suffix not in {".py", ".so", ".pyd"} or ".." in parts:
                continue
            dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else (*parts[:-1], parts[-1].partition(".")[0]))
            found.setdefault(dotted, canonical(each.metadata["Name"]))
    return found


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported absolutely, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def owner(name: str, known: Mapping[str, str]) -> str:
    """The distribution of the longest part of a name that is a module; empty for what is not installed."""
    while name:
        if name in known:
            return known[name]
        name = name.rpartition(".")[0]
    return ""


def findings(project: Project, ours: Iterable[Project], known: Mapping[str, str]) -> Iterator[str]:
    """What a package imports and does not bring with it."""
    packages = {each.package: each for each in ours}
    named = {each.name: each for each in packages.values()}
    allowed = set(project.requires)
    waiting = [named[name] for name in project.requires if name in named]
    while waiting:
        theirs = waiting.pop()
        waiting += [named[name] for name in theirs.requires - allowed if name in named]
        allowed |= {name for name in theirs.requires if name not in named}
    told: set[str] = set()
    for file in sorted(project.source.rglob("*.py")):
        here = ".".join((project.package, *file.relative_to(project.source).with_suffix("").parts))
        extra = next((extra for part, extra in EXTRAS.items() if here.startswith(part)), "")
        for line, name in imports(ast.parse(file.read_text("utf-8"))):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top in {project.package, *FOR_TYPES}:
                continue
            wanted = packages[top].name if top in packages else owner(name, known) or top
            if wanted not in told | allowed | project.extras.get(extra, frozenset()):
                told.add(wanted)
                yield f"{project.name} does not declare {wanted}, of which {here} imports {name} (line {line})"


def main() -> int:
    ours = [read(path.parent) for pattern in PROJECTS for path in sorted(ROOT.glob(f"{pattern}/pyproject.toml"))]
    known = owners()
    found = [finding for project in ours for finding in findings(project, ours, known)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
