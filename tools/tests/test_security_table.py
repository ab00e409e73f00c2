"""docs/security.md names only tests that exist: a promise nothing proves is none."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| \d+a? \|.*\|(.*)\|$", re.MULTILINE)
NAMED = re.compile(r"`([\w/.-]+)`")
SOURCES = ("kit/tests", "kit/src/crm_kit/testing", "services", "gateway/tests", "tests")


def proofs() -> set[str]:
    """What the last column of the table names: files, folders and tests."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    return {name for row in ROW.findall(text) for name in NAMED.findall(row)}


def written_tests() -> set[str]:
    found = set()
    for source in SOURCES:
        for file in (ROOT / source).rglob("*.py"):
            for name in re.findall(r"^(?:async )?def (\w+)", file.read_text("utf-8"), re.MULTILINE):
                found |= {name, name.removeprefix("test_")}
    return found


def test_every_file_and_folder_named_as_a_proof_exists() -> None:
    assert sorted(name for name in proofs() if "/" in name and not (ROOT / name).exists()) == []


def test_every_test_named_as_a_proof_exists() -> None:
    named = {name for name in proofs() if "/" not in name}
    assert len(named) > 10
    assert sorted(named - written_tests()) == []
