"""docs/requirements.md names every requirement once and only tests that exist."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "requirements.md"
NUMBERS = {"L": 32, "C": 40, "S": 30, "D": 13, "M": 15, "R": 19, "P": 26}
ROW = re.compile(r"^\| ([LCSDMRP]\d+) \|(.*)\|$", re.MULTILINE)
TEST_FILE = re.compile(r"`([\w/.-]+\.(?:py|ts))`")


def rows() -> list[tuple[str, list[str]]]:
    """Id and the further cells of every row: text, status, where and what is missing, tests."""
    return [(row[1], [cell.strip() for cell in row[2].split("|")]) for row in ROW.finditer(TABLE.read_text("utf-8"))]


def test_every_requirement_stands_in_the_table_exactly_once() -> None:
    wanted = {f"{letter}{number}" for letter, most in NUMBERS.items() for number in range(1, most + 1)}
    found = Counter(name for name, _ in rows())
    assert set(found) == wanted
    assert [name for name, count in found.items() if count > 1] == []


def test_every_row_has_one_of_three_statuses() -> None:
    assert {name: cells[1] for name, cells in rows() if cells[1] not in {"done", "partial", "open"}} == {}


def test_what_is_done_names_a_test_and_what_is_not_says_what_is_missing() -> None:
    unproved = [name for name, cells in rows() if cells[1] == "done" and not TEST_FILE.search(cells[3])]
    unexplained = [name for name, cells in rows() if cells[1] == "partial" and "missing" not in cells[2]]
    assert (unproved, unexplained) == ([], [])


def test_every_named_test_file_exists() -> None:
    named = {path for _, cells in rows() for path in TEST_FILE.findall(cells[3])}
    assert sorted(path for path in named if not (ROOT / path).is_file()) == []


def test_the_sums_at_the_top_are_those_of_the_table() -> None:
    counted = Counter(cells[1] for _, cells in rows())
    said = re.search(r"(\d+) done, (\d+) partial, (\d+) open", TABLE.read_text("utf-8"))
    assert said is not None
    assert tuple(map(int, said.groups())) == (counted["done"], counted["partial"], counted["open"])
