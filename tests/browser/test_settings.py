"""The settings work for an administrator by keyboard alone."""

from typing import Any

from playwright.sync_api import expect

from .pages import open_page


def test_why_somebody_may_not_is_answered_by_keyboard(enter: Any) -> None:
    page = enter("admin")
    open_page(page, "/app/settings/users?f=login+%3D+li.na")
    page.wait_for_selector("tbody tr")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    search = page.locator(".crm-record input[type=search]")
    search.focus()
    page.keyboard.type("identity.user.create")
    expect(page.locator(".user-denied")).to_contain_text("identity.user.create")
    expect(page.locator(".user-denied li")).to_contain_text("identity.user.create")


def test_a_menu_opens_where_it_is_seen_by_who_wants_no_motion(enter: Any) -> None:
    page = enter("admin")
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    open_page(page, "/app/settings/personalisation")
    page.locator("main .ant-select").first.click()
    expect(page.locator(".ant-select-dropdown")).to_be_in_viewport()
