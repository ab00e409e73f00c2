"""The settings work for an administrator: pages open in every look, and the daily jobs go by keyboard alone."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from .axe import violations

PAGES = {
    "users": "/app/settings/users",
    "new-user": "/app/settings/users/new",
    "units": "/app/settings/units",
    "roles": "/app/settings/roles",
    "teams": "/app/settings/teams",
    "delegations": "/app/settings/delegations",
    "transfers": "/app/settings/transfers",
    "fields": "/app/settings/fields",
    "api-keys": "/app/settings/api-keys",
    "identity-providers": "/app/settings/identity-providers",
    "modules": "/app/settings/modules",
    "parameters": "/app/settings/parameters",
    "personalisation": "/app/settings/personalisation",
    "audit": "/app/settings/audit?service=identity",
    "status": "/app/settings/status",
}
SETTLED = "() => !document.querySelector('.crm-loading') && document.querySelector('main h1')"


@pytest.fixture(scope="session")
def administrator_password(request: pytest.FixtureRequest, url: str) -> str:
    """Of the platform under test; ``CRM_BROWSER_ADMIN_PASSWORD`` gives it for one that already runs."""
    given = os.environ.get("CRM_BROWSER_ADMIN_PASSWORD", "")
    if given:
        return given
    if os.environ.get("CRM_BROWSER_URL", ""):
        pytest.skip(f"{url} already runs: give its administrator's password in CRM_BROWSER_ADMIN_PASSWORD")
    return str(request.getfixturevalue("platform").passwords["administrator"])


@pytest.fixture
def administrator(browser: Any, url: str, administrator_password: str) -> Iterator[Callable[..., Any]]:
    """``administrator(language="en", theme="dark", width=390)``: a page on which the administrator is signed in."""
    contexts: list[Any] = []
    faults: list[str] = []

    def enter(language: str = "zh-CN", theme: str = "light", width: int = 1366) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=language, base_url=url)
        contexts.append(context)
        chosen = f'{{"language":"{language}","theme":"{theme}"}}'
        context.add_init_script(f"if(!localStorage.getItem('crm.prefs'))localStorage.setItem('crm.prefs','{chosen}')")
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto("/")
        page.fill("#login", "admin")
        page.fill("#password", administrator_password)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav.crm-nav", state="attached")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert faults == []


def _open(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_function(SETTLED)
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("language", "theme", "width"), [("zh-CN", "light", 1366), ("en", "dark", 1366)])
def test_a_settings_page_is_accessible(
    administrator: Callable[..., Any], name: str, language: str, theme: str, width: int
) -> None:
    page = administrator(language, theme, width)
    _open(page, PAGES[name])
    assert violations(page) == []
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_settings_page_fits_a_phone(administrator: Callable[..., Any], name: str) -> None:
    page = administrator(width=390)
    _open(page, PAGES[name])
    wide = "() => ['html', 'main'].map(q => document.querySelector(q)).map(e => e.scrollWidth - e.clientWidth)"
    assert sum(page.evaluate(wide)) == 0


def test_why_somebody_may_not_is_answered_by_keyboard(administrator: Callable[..., Any]) -> None:
    page = administrator()
    _open(page, "/app/settings/users?f=login+%3D+li.na")
    page.wait_for_selector("tbody tr")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    search = page.locator(".crm-record input[type=search]")
    search.focus()
    page.keyboard.type("identity.user.create")
    expect(page.locator(".user-denied")).to_contain_text("identity.user.create")
    expect(page.locator(".user-denied li")).to_contain_text("identity.user.create")
