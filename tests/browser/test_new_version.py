"""A release while the console is open: it is said, nothing typed is lost, and what is gone says so."""

import re
from typing import Any

from playwright.sync_api import expect

from .pages import open_page, quiet

NEWER = '<!doctype html><script type="module" src="/console/assets/main-newer.js"></script>'


def release(page: Any) -> None:
    """From now on the server has another console, and no part of the one that is open."""
    page.route(re.compile(r"/console/assets/"), lambda route: route.fulfill(status=404, body=""))
    page.route(re.compile(r"//[^/]+/$"), lambda route: route.fulfill(status=200, content_type="text/html", body=NEWER))


def test_a_release_is_said_and_what_was_typed_stays(enter: Any) -> None:
    page = enter("li.na")
    open_page(page, "/app/sales/leads/new")
    page.fill("#field-name", "正在输入的姓名")
    page.locator("h1").click()
    release(page)
    page.keyboard.press("?")
    said = page.locator(".crm-waiting")
    expect(said).to_contain_text("控制台有新版本")
    expect(page.locator("#field-name")).to_have_value("正在输入的姓名")
    quiet(page)
    page.locator('nav.crm-nav a[href$="/analytics/reports"]').dispatch_event("click")
    expect(page.locator("main h1")).to_have_text("控制台已更新")
    page.unroute_all()
    page.get_by_role("main").get_by_role("button", name="刷新").last.click()
    expect(page.locator("main h1")).not_to_have_text("控制台已更新")
    page.goto("/app/sales/leads/new")
    expect(page.locator("#field-name")).to_have_value("正在输入的姓名")


def test_a_page_of_the_present_version_says_nothing(enter: Any) -> None:
    page = enter("li.na")
    open_page(page, "/app/sales/leads")
    with page.expect_response(lambda response: response.url.endswith("/") and response.status in (200, 304)):
        page.evaluate("() => window.dispatchEvent(new Event('vite:preloadError'))")
    quiet(page)
    expect(page.locator(".crm-waiting")).to_have_count(0)
