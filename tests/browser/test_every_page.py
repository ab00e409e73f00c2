"""Every page is accessible in every look and size, fits a phone, for somebody who works on it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .axe import violations
from .pages import PAGES, RECORDS, WIDE, loaded, open_page, open_record, quiet, weight

PHONE = 390
TWICE = {"width": 683, "height": 384}
"""What is left of 1366 × 768 when everything is shown at 200 %."""
CHARTS = "/Drawing-"
MOST_OF_A_CHART, MOST_OF_A_PAGE = 175_000, 90_000
"""Bytes, compressed; of a page without what the shell and a list have loaded before."""
LISTS = {
    "wang.fang": "leads",
    "sun.li": "tickets",
    "zhao.min": "campaigns",
    "gao.yan": "territories",
    "xu.qing": "subject-requests",
    "admin": "users",
}
LOOKS = (("zh-CN", "light", 100), ("en", "dark", 140))
CONTRAST = (("en", "contrast", 100),)
# High contrast changes colours alone, and two people's pages show every kind of part there is.
SHOW_EVERY_PART = ("wang.fang", "sun.li")
WEAR = "look => localStorage.setItem('crm.prefs', JSON.stringify({...JSON.parse(localStorage.getItem('crm.prefs')), ...look}))"
WORN = """([language, theme]) => document.documentElement.lang === language && document.documentElement.dataset.theme === theme
  && !document.querySelector('.crm-loading')"""


def _apart(name: str, *values: Any) -> Any:
    """A case that may run in another process than the others of this file: together they would take half of all time."""
    return pytest.param(*values, marks=pytest.mark.xdist_group(name))


def _each(page: Any, login: str) -> Iterator[str]:
    """Opens one page after the other, and the first record of each list that has some."""
    for name, path in PAGES[login].items():
        open_page(page, path)
        yield name
        if name in RECORDS and page.locator("tbody a, .crm-cards a").count():
            open_record(page)
            yield f"{name}: a record"


@pytest.mark.parametrize("login", [_apart(login, login) for login in PAGES])
def test_pages_weigh_little_and_are_accessible_in_every_look(enter: Any, login: str) -> None:
    page = enter(login)
    # Another tab of the same browser: what is chosen there is worn here at once.
    other = page.context.new_page()
    other.goto("/health/live")
    open_page(page, PAGES[login][LISTS[login]])
    known = loaded(page)
    wrong = {}
    heavy: dict[str, int] = {}
    charts: set[str] = set()
    spoken = "zh-CN"
    for name in _each(page, login):
        drawing = {path for path in loaded(page) if CHARTS in path}
        charts |= drawing
        if (further := weight(loaded(page) - known - drawing)) > MOST_OF_A_PAGE:
            heavy[name] = further
        for language, theme, scale in LOOKS + CONTRAST * (login in SHOW_EVERY_PART):
            other.evaluate(WEAR, {"language": language, "theme": theme, "font_scale": scale})
            page.wait_for_function(WORN, arg=[language, theme])
            if language != spoken:
                quiet(page)
                spoken = language
            if folder := os.environ.get("CRM_SCREENSHOTS", ""):
                page.screenshot(path=Path(folder) / f"{name.replace(': a ', '-')}-{language}-{theme}.png")
            found = violations(page)
            if found or page.locator("h1").count() != 1:
                wrong[f"{name} {language} {theme} {scale}"] = found or "not one h1"
    assert wrong == {}
    assert heavy == {}
    assert weight(charts) <= MOST_OF_A_CHART


@pytest.mark.parametrize("login", [_apart(f"{login}-phone", login) for login in PAGES])
def test_pages_fit_a_phone_and_twice_the_size(enter: Any, login: str) -> None:
    page = enter(login, width=PHONE)
    wide: dict[str, int] = {}
    wrong: dict[str, list[str]] = {}
    for name in _each(page, login):
        if (width := page.evaluate(WIDE)) > 0:
            wide[name] = width
        if found := violations(page):
            wrong[name] = found
        page.set_viewport_size(TWICE)
        if (width := page.evaluate(WIDE)) > 0:
            wide[f"{name} at 200 %"] = width
        page.set_viewport_size({"width": PHONE, "height": 768})
    assert wide == {}
    assert wrong == {}
