"""The console in a real Chromium, on the demo enterprise: one platform per session, one browser, fresh contexts."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from crm_local import demo

from .pages import watch

ROOT = Path(__file__).parents[2]
PASSWORD = "tributary-demo"
# What is waited for comes at once or, on a machine that is busy, later; how fast it comes is not for these tests to say.
expect.set_options(timeout=30_000)
NO_BROWSER = (
    "no Chromium here: install the package `chromium`, or run `python -m playwright install chromium`, "
    "or name one in CRM_CHROMIUM"
)


def _chromium() -> str | None:
    named = os.environ.get("CRM_CHROMIUM", "")
    return named or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type: Any) -> dict[str, Any]:
    """The machine's own Chromium, else Playwright's; none skips loudly, and fails in CI."""
    path = _chromium() or (browser_type.executable_path if Path(browser_type.executable_path).exists() else None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(NO_BROWSER, pytrace=False)
        pytest.skip(NO_BROWSER)
    quiet = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking")
    more = ("disable-component-update", "disable-sync")
    return {"executable_path": path, "args": [f"--{name}" for name in (*quiet, *more)]}


def _builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("console_build", ROOT / "gateway" / "console_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def url(request: pytest.FixtureRequest) -> str:
    """Address of a platform with demo data and the present console; ``CRM_BROWSER_URL`` names one that already runs."""
    running = os.environ.get("CRM_BROWSER_URL", "")
    if running:
        return running
    _builder().build()
    platform = request.getfixturevalue("platform")
    demo.load(platform.url, administrator_password=platform.passwords["administrator"], report=lambda _: None)
    return str(platform.url)


@pytest.fixture(scope="session")
def passwords(request: pytest.FixtureRequest, url: str) -> dict[str, str]:
    """The administrator's; everybody else has the demo's. ``CRM_BROWSER_ADMIN_PASSWORD``: of a platform that runs."""
    given = os.environ.get("CRM_BROWSER_ADMIN_PASSWORD", "")
    if not given and os.environ.get("CRM_BROWSER_URL", ""):
        pytest.skip(f"{url} already runs: give its administrator's password in CRM_BROWSER_ADMIN_PASSWORD")
    return {"admin": given or str(request.getfixturevalue("platform").passwords["administrator"])}


Enter = Callable[..., Any]


def _prefer(url: str, login: str, password: str, look: dict[str, Any]) -> None:
    """The look the person has from now on, chosen as the console does it: the server remembers it."""
    with httpx.Client(base_url=url, timeout=30) as visitor:
        session = visitor.post("/v1/sessions", json={"login": login, "password": password}).raise_for_status().json()
        visitor.headers["Authorization"] = f"Bearer {session['token']}"
        present = visitor.get("/v1/preferences/me").raise_for_status().json()
        headers = {"If-Match": f'"{present["etag"]}"'} if present.get("etag") else {}
        visitor.patch("/v1/preferences/me", json=look, headers=headers).raise_for_status()
        visitor.delete("/v1/sessions/current").raise_for_status()


@pytest.fixture
def enter(browser: Any, url: str, passwords: dict[str, str]) -> Iterator[Enter]:
    """``enter("li.na", language="en", theme="dark", width=390)``: a signed-in page whose errors fail the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def enter(
        login: str = "li.na", *, language: str = "zh-CN", theme: str = "light", width: int = 1366, scale: int = 100
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 768},
            locale=language,
            timezone_id="Asia/Shanghai",
            base_url=url,
            # Transitions take no time, so what is looked at is never halfway.
            reduced_motion="reduce",
        )
        contexts.append(context)
        password = passwords.get(login, PASSWORD)
        _prefer(url, login, password, {"language": language, "theme": theme, "font_scale": scale})
        chosen = f'{{"language":"{language}","theme":"{theme}","font_scale":{scale}}}'
        context.add_init_script(f"if(!localStorage.getItem('crm.prefs'))localStorage.setItem('crm.prefs','{chosen}')")
        page = context.new_page()
        watch(page)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto("/")
        page.fill("#login", login)
        page.fill("#password", password)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav.crm-nav", state="attached")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert faults == []
