"""Releases run side by side: a revision of the schema only adds, until nobody needs what it takes away.

``releases.json`` has, by release, the revisions that came with it. ``check`` refuses a revision that takes something
away, narrows it or renames it, unless it says which earlier revision has put something in its place
(``contracts = "crm_leads_0007"``) and that one came with an earlier release. ``accept VERSION`` notes what is new as
this release's.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTED = ROOT / "tools" / "releases.json"
FOLDERS = ("kit/src/crm_kit/migrations/versions", "services/*/migrations/versions")
TAKES_AWAY = {"drop_column", "drop_table", "rename_table"}
NARROWS = {"type_", "new_column_name"}
SQL = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|SCHEMA|VIEW)|RENAME\s+(TO|COLUMN)|ALTER\s+COLUMN\s+\S+\s+(SET\s+NOT\s+NULL|(SET\s+DATA\s+)?TYPE))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Revision:
    """One file: its name, what it takes away in words, and the revision whose successor it says it is."""

    file: str
    name: str
    contractions: Sequence[str]
    contracts: str


def read(file: Path) -> Revision:
    """The revision as its file says; nothing of it is run."""
    module = ast.parse(file.read_text(encoding="utf-8"))
    said = _constants(module)
    upgrade = [node for node in module.body if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")]
    found = [each for part in upgrade for node in ast.walk(part) for each in _contractions(node)]
    return Revision(file.name, str(said["revision"]), found, str(said.get("contracts", "")))


def faults(revisions: Sequence[Revision], releases: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with the revisions that no release has brought yet."""
    released = {name for names in releases.values() for name in names}
    wrong = []
    for one in revisions:
        if one.name in released or not one.contractions:
            continue
        what = ", ".join(one.contractions)
        if not one.contracts:
            wrong.append(f"{one.file}: {what}; the release before still uses it. Add first, take away a release later.")
        elif one.contracts not in released:
            wrong.append(f"{one.file}: {what}; {one.contracts} came with no earlier release, so wait for the next one.")
    known = {one.name for one in revisions}
    return wrong + [f"{name} was released and is gone" for name in sorted(released - known)]


def _contractions(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (" ".join(found[0].split()) for found in SQL.finditer(node.value))
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_op(node.func.value)):
        return
    about = {keyword.arg: keyword.value for keyword in node.keywords}
    if node.func.attr in TAKES_AWAY:
        yield node.func.attr
    if node.func.attr == "alter_column":
        yield from sorted(f"alter_column {name}" for name in NARROWS & about.keys())
        if _is_false(about.get("nullable")):
            yield "alter_column nullable=False"
    if node.func.attr == "add_column" and _demands(node):
        yield "add_column that must be given and has no default"


def _is_op(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "op"


def _demands(call: ast.Call) -> bool:
    """Whether rows that an older release writes would be refused."""
    columns = [each for each in call.args if isinstance(each, ast.Call)]
    about = {keyword.arg: keyword.value for column in columns for keyword in column.keywords}
    return _is_false(about.get("nullable")) and "server_default" not in about


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _constants(module: ast.Module) -> dict[str, object]:
    found: dict[str, object] = {}
    for line in module.body:
        if isinstance(line, ast.Assign):
            for target in line.targets:
                pairs = [(target, line.value)]
                if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple):
                    pairs = list(zip(target.elts, line.value.elts, strict=True))
                found |= {
                    name.id: said.value
                    for name, said in pairs
                    if isinstance(name, ast.Name) and isinstance(said, ast.Constant)
                }
        elif isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Constant):
            found[ast.unparse(line.target)] = line.value.value
    return found


def _all() -> list[Revision]:
    return [read(file) for place in FOLDERS for file in sorted(ROOT.glob(f"{place}/*.py"))]


def main(arguments: Sequence[str]) -> int:
    releases: dict[str, list[str]] = json.loads(NOTED.read_text("utf-8"))
    revisions = _all()
    if arguments[0] == "accept":
        old = {name for names in releases.values() for name in names}
        releases[arguments[1]] = sorted(one.name for one in revisions if one.name not in old)
        NOTED.write_text(json.dumps(releases, indent=2) + "\n", "utf-8")
        return 0
    wrong = faults(revisions, releases)
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
