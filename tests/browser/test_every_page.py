"""Every page is accessible in every look and size, fits a phone, for somebody who works on it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .axe import violations
from .pages import PAGES, RECORDS, WIDE, loaded, open_page, open_record, weight

PHONE = 390
TWICE = {"width": 683, "height": 384}
"""What is left of 1366 × 768 when everything is shown at 200 %."""
CHARTS = "/Drawing-"
MOST_OF_A_CHART = 175_000
"""Bytes, compressed."""
LIGHT, DARK, CONTRAST = ("zh-CN", "light", 100), ("en", "dark", 140), ("en", "contrast", 100)
PEOPLE = ("wang.fang", "sun.li", "zhao.min", "gao.yan", "xu.qing", "admin")
# High contrast changes colours alone, and two people's pages show every kind of part there is.
LOOKS = [*((login, *look) for look in (LIGHT, DARK) for login in PEOPLE), *((login, *CONTRAST) for login in PEOPLE[:2])]


def _each(page: Any, login: str) -> Iterator[str]:
    """Opens one page after the other, and the first record of each list that has some."""
    for name, path in PAGES[login].items():
        open_page(page, path)
        yield name
        if name in RECORDS and page.locator("tbody a, .crm-cards a").count():
            open_record(page)
            yield f"{name}: a record"


@pytest.mark.parametrize(("login", "language", "theme", "scale"), LOOKS)
def test_pages_are_accessible(enter: Any, login: str, language: str, theme: str, scale: int) -> None:
    page = enter(login, language=language, theme=theme, scale=scale)
    wrong = {}
    for name in _each(page, login):
        if folder := os.environ.get("CRM_SCREENSHOTS", ""):
            page.screenshot(path=Path(folder) / f"{name.replace(': a ', '-')}-{language}-{theme}.png")
        assert page.evaluate("document.documentElement.lang") == language
        found = violations(page)
        if found or page.locator("h1").count() != 1:
            wrong[name] = found or "not one h1"
    assert wrong == {}


@pytest.mark.parametrize("login", PAGES)
def test_pages_fit_a_phone_and_twice_the_size_and_their_charts_weigh_little(enter: Any, login: str) -> None:
    page = enter(login, width=PHONE)
    wide: dict[str, int] = {}
    wrong: dict[str, list[str]] = {}
    charts: set[str] = set()
    for name in _each(page, login):
        if (width := page.evaluate(WIDE)) > 0:
            wide[name] = width
        if found := violations(page):
            wrong[name] = found
        charts |= {path for path in loaded(page) if CHARTS in path}
        page.set_viewport_size(TWICE)
        if (width := page.evaluate(WIDE)) > 0:
            wide[f"{name} at 200 %"] = width
        page.set_viewport_size({"width": PHONE, "height": 768})
    assert wide == {}
    assert wrong == {}
    assert weight(charts) <= MOST_OF_A_CHART
