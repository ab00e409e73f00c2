"""Get, list and search leads through the gateway, beside the bare driver running the same statement."""

import base64
import json
import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from house import House, owner
from http_load import Ask
from limits import Driver
from results import Measured, under_ratio, under_rival

STATES = ("ASSIGNED", "WORKING")
SCOPE = "unit_path >= '/hq/' AND unit_path < '/hq0' AND delete_time IS NULL AND pending_operation_id IS NULL"
NEWEST = "ORDER BY create_time DESC, id DESC LIMIT 51"
PAGE = f"SELECT * FROM lead WHERE {SCOPE} AND owner_id = $1 AND state = $2 {NEWEST}"
DEEPER = f"SELECT * FROM lead WHERE {SCOPE} AND owner_id = $1 AND state = $2 AND (create_time, id) < ($3, $4) {NEWEST}"
BY_TEXT = f"SELECT id FROM lead WHERE {SCOPE} AND search_text LIKE '%' || lower($1) || '%' {NEWEST}"
BY_CONTACT = f"""
    SELECT id FROM lead WHERE {SCOPE} AND number IN (
        SELECT number FROM bench_contact WHERE email = lower($1) OR phone = '+86' || $1) {NEWEST}
"""
"""The leads keep their numbers and addresses sealed; what they were is known from when they were made."""
BY_KEY = "SELECT * FROM lead WHERE id = ANY ($1)"
COLUMNS = ("id", "number", "name", "company", "phone", "email", "state", "score", "owner_id", "create_time")
"""What a table on a screen shows."""
DEEP = 0.9
"""How far into the list of a filter the deep page lies, as a share of its rows."""


def measure(house: House) -> None:
    driver = house.driver("leads")
    try:
        _get(house, driver)
        _lists(house, driver)
        _searches(house, driver)
    finally:
        driver.close()


def _get(house: House, driver: Driver) -> None:
    choose = random.Random(7)
    found = driver.fetch(
        """SELECT l.id, c.phone FROM lead l TABLESAMPLE SYSTEM (10) JOIN bench_contact c USING (number) LIMIT 5000"""
    )
    known = {str(row["id"]): row["phone"] for row in found}
    ids = choose.choices(list(known), k=house.size.batch * 3)

    def same(number: int, answer: Any) -> None:
        assert answer["id"] == ids[number]
        assert answer["phone"] == known[answer["id"]], "what was sealed does not open"

    asks: list[Ask] = [("GET", f"/v1/leads/{lead_id}", None) for lead_id in ids]
    statement, arguments = "SELECT * FROM lead WHERE id = $1", [[lead_id] for lead_id in ids]
    cost, limit = house.compare(lambda: house.client.ask_all(asks, same), lambda: driver.repeat(statement, arguments))
    row = Measured("get a lead", cost, limit, "bare driver, same row")
    house.results.append(under_ratio(under_rival(row, 1.6, house.pgbench.middle), 4.2))


def _lists(house: House, driver: Driver) -> None:
    pairs = [(owner(number), state) for number in range(1, 21) for state in STATES]
    pairs = (pairs * (house.size.batch // len(pairs) + 1))[: house.size.batch]
    _page(
        house,
        driver,
        "list 50, two filters, newest first",
        pairs,
        PAGE,
        [list(pair) for pair in pairs],
        [""] * len(pairs),
    )
    values = [list(pair) for pair in pairs]
    narrow = PAGE.replace("*", f"{', '.join(COLUMNS)}, version", 1)
    name = f"the same, {len(COLUMNS)} columns asked for"
    _page(house, driver, name, pairs, narrow, values, [""] * len(pairs), fields=",".join(COLUMNS))
    tokens, arguments = [], []
    known: dict[tuple[str, str], tuple[str, list[Any]]] = {}
    for pair in pairs:
        if pair not in known:
            known[pair] = _deep(house, driver, pair)
        tokens.append(known[pair][0])
        arguments.append(known[pair][1])
    _page(house, driver, f"the same, {DEEP:.0%} down the list", pairs, DEEPER, arguments, tokens)


def _deep(house: House, driver: Driver, pair: tuple[str, str]) -> tuple[str, list[Any]]:
    """A page token far down and the row it stands for: the token of the first page, pointed at another row."""
    filtered = f"FROM lead WHERE {SCOPE} AND owner_id = $1 AND state = $2"
    total = driver.fetch(f"SELECT count(*) {filtered}", *pair)[0][0]
    place = f"SELECT create_time, id {filtered} ORDER BY create_time DESC, id DESC OFFSET {int(total * DEEP)} LIMIT 1"
    row = driver.fetch(place, *pair)[0]
    token = house.client.ask(("GET", _path(filter=_filter(pair)), None))["next_page_token"]
    fingerprint = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))[0]
    content = json.dumps([fingerprint, row["create_time"].isoformat(), str(row["id"])], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode(), [*pair, row["create_time"], row["id"]]


def _page(
    house: House,
    driver: Driver,
    name: str,
    pairs: Sequence[tuple[str, str]],
    statement: str,
    arguments: Sequence[Sequence[Any]],
    tokens: Sequence[str],
    **also: str,
) -> None:
    known: dict[Any, list[str]] = {}
    for values in arguments:
        if tuple(values) not in known:
            known[tuple(values)] = [str(row["id"]) for row in driver.fetch(statement, *values)][:50]

    def same(number: int, answer: Any) -> None:
        shown = [lead["id"] for lead in answer["leads"]]
        assert shown == known[tuple(arguments[number])], "another page than the database gives"

    asks: list[Ask] = [
        ("GET", _path(filter=_filter(pair), **({"page_token": token} if token else {}), **also), None)
        for pair, token in zip(pairs, tokens, strict=True)
    ]
    cost, limit = house.compare(lambda: house.client.ask_all(asks, same), lambda: driver.repeat(statement, arguments))
    row = Measured(name, cost, limit, "bare driver, same statement")
    house.results.append(under_ratio(under_rival(row, 3.0, house.pgbench.middle), 3.2))


def _searches(house: House, driver: Driver) -> None:
    """The words are taken from leads there are, so that each finds something; the oracle scans without an index."""
    choose = random.Random(11)
    found = driver.fetch(
        """SELECT l.name, c.email, c.phone FROM lead l TABLESAMPLE SYSTEM (10) JOIN bench_contact c USING (number)
           WHERE l.number LIKE 'LD-2025-%' LIMIT 4000"""
    )
    latin = [row["name"] for row in found if row["name"].isascii()]
    chinese = [row["name"] for row in found if not row["name"].isascii()]
    kinds = {
        "search a Latin name": (BY_TEXT, [choose.choice(latin) for _ in range(8)]),
        "search two Chinese characters": (BY_TEXT, [choose.choice(chinese)[1:3] for _ in range(8)]),
        "search an e-mail address": (BY_CONTACT, [choose.choice(found)["email"] for _ in range(8)]),
        "search a phone number": (BY_CONTACT, [choose.choice(found)["phone"][3:] for _ in range(8)]),
        "search a common Latin first name": (BY_TEXT, ["Anna", "Maria", "Oscar", "Henry"]),
        "search a common Chinese word": (BY_TEXT, ["科技", "贸易", "上海", "有限"]),
    }
    for name, (statement, words) in kinds.items():
        _search(house, driver, name, statement, words)


def _search(house: House, driver: Driver, name: str, statement: str, words: Sequence[str]) -> None:
    looking = [words[number % len(words)] for number in range(house.size.batch // 2)]
    driver.fetch("SET enable_bitmapscan = off")
    expected = {word: [str(row["id"]) for row in driver.fetch(statement, word)][:50] for word in set(looking)}
    driver.fetch("RESET enable_bitmapscan")
    assert all(expected.values())

    def same(number: int, answer: Any) -> None:
        assert [lead["id"] for lead in answer["leads"]] == expected[looking[number]], looking[number]

    asks: list[Ask] = [("GET", _path(search=word), None) for word in looking]
    by_key = [[expected[word]] for word in looking]
    cost, limit = house.compare(lambda: house.client.ask_all(asks, same), lambda: driver.repeat(BY_KEY, by_key))
    row = Measured(name, cost, limit, "bare driver, the same rows by primary key")
    house.results.append(under_ratio(under_rival(row, 4.0, house.pgbench.middle), 10))


def _path(**query: Any) -> str:
    return "/v1/leads?" + urlencode(query)


def _filter(pair: tuple[str, str]) -> str:
    return f'owner_id = "{pair[0]}" AND state = {pair[1]}'
