"""The settings work for an administrator by keyboard alone."""

from typing import Any
from uuid import uuid4

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


def test_a_restriction_rule_is_made_switched_on_and_off_again(enter: Any) -> None:
    page, name = enter("admin", language="en"), f"Works council {uuid4().hex[:6]}"
    open_page(page, "/app/settings/restriction-rules")
    page.get_by_role("button", name="New rule").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Kind of record").click()
    page.keyboard.type("Leads · Lead")
    page.keyboard.press("Enter")
    form.get_by_label("Name", exact=True).fill(name)
    form.get_by_label("Hidden are records that fulfil").fill("colour = red")
    form.get_by_label("From these roles").click()
    page.keyboard.type("Sales rep")
    page.keyboard.press("Enter")
    form.get_by_label("Why it is there").fill("Agreed with the works council")
    form.get_by_role("button", name="Create").click()
    expect(form).to_contain_text("There is no field colour")
    form.get_by_label("Hidden are records that fulfil").fill('name = "Nobody in particular"')
    form.get_by_role("button", name="Create").click()
    page.wait_for_selector(".crm-record")
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text(f"“{name}” is in force")).to_be_visible()
    expect(page.locator(".crm-record")).to_contain_text("In force")
    page.get_by_role("button", name="Switch off").first.click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()


def test_a_menu_opens_where_it_is_seen_by_who_wants_no_motion(enter: Any) -> None:
    page = enter("admin")
    assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    open_page(page, "/app/settings/personalisation")
    page.locator("main .ant-select").first.click()
    expect(page.locator(".ant-select-dropdown")).to_be_in_viewport()
