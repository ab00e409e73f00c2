"""Get, list and search leads through the gateway, beside the bare driver running the same statement."""

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
BY_KEY = "SELECT * FROM lead WHERE id = ANY ($1)"
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
    found = driver.fetch("SELECT id FROM lead TABLESAMPLE SYSTEM (10) WHERE number LIKE 'LD-2025-%' LIMIT 5000")
    ids = [str(choose.choice(found)[0]) for _ in range(house.size.batch * 3)]

    def same(number: int, answer: Any) -> None:
        assert answer["id"] == ids[number]

    asks: list[Ask] = [("GET", f"/v1/leads/{id}", None) for id in ids]
    statement, arguments = "SELECT * FROM lead WHERE id = $1", [[id] for id in ids]
    cost, limit = house.compare(lambda: house.client.ask_all(asks, same), lambda: driver.repeat(statement, arguments))
    row = Measured("get a lead", cost, limit, "bare driver, same row")
    house.results.append(under_ratio(under_rival(row, 1.6, house.pgbench.middle), 4.2))


def _lists(house: House, driver: Driver) -> None:
    pairs = [(owner(number), state) for number in range(1, 21) for state in STATES]
    pairs = (pairs * (house.size.batch // len(pairs) + 1))[: house.size.batch]
    _page(house, driver, "list 50, two filters, newest first", pairs, PAGE, [list(pair) for pair in pairs], [""] * len(pairs))
    tokens, arguments = [], []
    known: dict[tuple[str, str], tuple[str, list[Any]]] = {}
    for pair in pairs:
        if pair not in known:
            known[pair] = _deep(house, driver, pair)
        tokens.append(known[pair][0])
        arguments.append(known[pair][1])
    _page(house, driver, f"the same, {DEEP:.0%} down the list", pairs, DEEPER, arguments, tokens)


def _deep(house: House, driver: Driver, pair: tuple[str, str]) -> tuple[str, list[Any]]:
    """A page token far down, had by asking for the page that ends there, and the row it stands for."""
    filtered = f"SELECT create_time, id FROM lead WHERE {SCOPE} AND owner_id = $1 AND state = $2"
    total = driver.fetch(f"SELECT count(*) FROM ({filtered}) f", *pair)[0][0]
    row = driver.fetch(f"{filtered} ORDER BY create_time DESC, id DESC OFFSET {int(total * DEEP)} LIMIT 1", *pair)[0]
    instant = row["create_time"].isoformat()
    narrowed = f'{_filter(pair)} AND create_time <= "{instant}"'
    page = house.client.ask(("GET", _path(filter=narrowed, page_size=1), None))
    assert page["leads"][0]["id"] == str(row["id"])
    return instant, [*pair, row["create_time"], row["id"]]
