"""Views of lists in a real browser: saved, shared, told apart, changed, taken back, and where an address still leads."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import open_page, settle

LEADS = "/app/sales/leads"
FILTERED = f"{LEADS}?view=all&f=score+%3E+10&o=score+desc"
NAMES = ("评分高于十", "区域重点线索")


@pytest.fixture(autouse=True)
def _swept(url: str) -> Iterator[None]:
    """The people of these tests keep none of their views, and begin with none as the default."""
    yield
    for login in ("wang.fang", "li.na"):
        with httpx.Client(base_url=url, timeout=30) as visitor:
            session = (
                visitor.post("/v1/sessions", json={"login": login, "password": PASSWORD}).raise_for_status().json()
            )
            visitor.headers["Authorization"] = f"Bearer {session['token']}"
            views = visitor.get("/v1/saved-views", params={"page_size": 200}).raise_for_status().json()["saved_views"]
            for view in views:
                if view["name"].startswith(NAMES) and view["owner_id"] == session["user_id"]:
                    visitor.delete(f"/v1/saved-views/{view['id']}").raise_for_status()
            own = visitor.get("/v1/preferences/me").raise_for_status().json()
            kept = {
                name: value for name, value in own.get("console", {}).items() if not name.startswith("default_view.")
            }
            headers = {"If-Match": f'"{own["etag"]}"'}
            visitor.patch("/v1/preferences/me", json={"console": kept}, headers=headers).raise_for_status()


def tab(page: Any, name: str) -> Any:
    return page.locator(".crm-views nav").get_by_role("button", name=re.compile(name))


def choose(page: Any, label: str) -> None:
    page.locator(".crm-views").get_by_role("button", name="视图选项").click()
    page.get_by_role("menuitem", name=label).click()


def keep(page: Any, name: str, shortcut: str = "s") -> None:
    page.keyboard.press(shortcut)
    expect(page.get_by_role("dialog").locator("input").first).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(tab(page, name)).to_have_attribute("aria-current", "true")


def test_a_view_is_kept_changed_renamed_made_the_default_and_deleted_with_undo(enter: Any) -> None:
    page = enter("li.na")
    open_page(page, FILTERED)
    keep(page, NAMES[0])
    expect(page).to_have_url(re.compile(r"view=[0-9a-f-]{36}$"))
    page.get_by_role("searchbox").or_(page.locator(".crm-filter-search input")).first.fill("上海")
    expect(tab(page, NAMES[0])).to_contain_text("已修改")
    choose(page, "保存对此视图的修改")
    expect(tab(page, NAMES[0])).not_to_contain_text("已修改")
    expect(page.locator(".crm-filter-search input")).to_have_value("上海")
    choose(page, "重命名与共享…")
    page.wait_for_selector(".ant-modal input")
    assert violations(page) == []
    page.locator(".ant-modal input").first.fill(f"{NAMES[0]}（上海）")
    page.keyboard.press("Enter")
    expect(tab(page, f"{NAMES[0]}（上海）")).to_be_visible()
    choose(page, "设为默认视图")
    expect(page.locator(".crm-toast").last).to_contain_text("默认")
    settle(page)
    open_page(page, LEADS)
    expect(tab(page, NAMES[0])).to_have_attribute("aria-current", "true")
    choose(page, "删除视图")
    expect(tab(page, NAMES[0])).to_have_count(0)
    page.locator(".crm-toast .ant-btn-link").last.click()
    expect(tab(page, NAMES[0])).to_have_attribute("aria-current", "true")


def test_a_shared_view_is_seen_by_colleagues_who_cannot_change_it(enter: Any) -> None:
    boss = enter("wang.fang")
    open_page(boss, FILTERED)
    keep(boss, NAMES[1], "Shift+S")
    address = boss.url
    rep = enter("li.na")
    open_page(rep, LEADS)
    expect(tab(rep, NAMES[1])).to_have_accessible_name(f"组织 {NAMES[1]}")
    assert violations(rep) == []
    open_page(rep, address)
    expect(rep.locator(".crm-chip").first).to_contain_text("10")
    rep.locator(".crm-views").get_by_role("button", name="视图选项").click()
    expect(rep.get_by_role("menuitem", name="设为默认视图")).to_be_visible()
    expect(rep.get_by_role("menuitem", name="删除视图")).to_have_count(0)
    choose(boss, "删除视图")
    expect(tab(boss, NAMES[1])).to_have_count(0)
    open_page(rep, f"{address}&f=score+%3E+20")
    expect(rep.locator(".crm-views [role=status]")).to_contain_text("已删除")
    expect(rep.locator(".crm-chip").first).to_contain_text("20")


def test_who_may_not_share_is_not_offered_it(enter: Any) -> None:
    page = enter("li.na")
    open_page(page, FILTERED)
    page.keyboard.press("Shift+S")
    expect(page.get_by_role("dialog").locator("input").first).to_be_focused()
    expect(page.get_by_role("dialog").get_by_role("radio")).to_have_count(0)
