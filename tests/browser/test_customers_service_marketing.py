"""Customers, service and marketing: their pages are accessible and fit a phone, their daily jobs need no mouse."""

import os
import re
from typing import Any

from playwright.sync_api import expect

from .axe import violations
from .pages import quiet

SETTLED = "() => !document.querySelector('.crm-loading') && document.querySelector('main h1')"
WIDE = "() => ['html', 'main'].map(q => document.querySelector(q)).map(e => e.scrollWidth - e.clientWidth)"

LISTS = {
    "customers": ("wang.fang", "/app/customers/accounts?view=all"),
    "new-customer": ("wang.fang", "/app/customers/accounts/new"),
    "contacts": ("wang.fang", "/app/customers/contacts?view=all"),
    "new-contact": ("wang.fang", "/app/customers/contacts/new"),
    "inbox": ("sun.li", "/app/service/inbox?queue=all"),
    "tickets": ("sun.li", "/app/service/tickets?view=all"),
    "new-ticket": ("sun.li", "/app/service/tickets/new"),
    "promises": ("sun.li", "/app/service/promises"),
    "campaigns": ("zhao.min", "/app/marketing/campaigns"),
    "new-campaign": ("zhao.min", "/app/marketing/campaigns/new"),
}
RECORDS = {
    "customer": LISTS["customers"],
    "contact": LISTS["contacts"],
    "ticket": LISTS["tickets"],
    "campaign": LISTS["campaigns"],
}
LOOKS = [("zh-CN", "light", 100), ("en", "dark", 140), ("en", "contrast", 100)]


def _settle(page: Any) -> None:
    page.wait_for_function(SETTLED)
    quiet(page)


def _open(page: Any, name: str) -> None:
    page.goto({**LISTS, **RECORDS}[name][1])
    _settle(page)
    if name in RECORDS:
        page.locator("tbody a, .crm-cards a").first.click()
        page.wait_for_selector(".crm-record")
        _settle(page)


def _login(name: str) -> str:
    return {**LISTS, **RECORDS}[name][0]


def test_a_customer_is_found_and_a_deal_made_by_keyboard(enter: Any) -> None:
    page = enter("wang.fang")
    _open(page, "customers")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    _settle(page)
    page.keyboard.press("d")
    page.wait_for_selector(".ant-modal #field-name:focus")
    assert violations(page) == []
    page.keyboard.type("键盘新建的商机")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ant-modal", state="detached")
    expect(page.locator(".crm-record-related")).to_contain_text("键盘新建的商机")


def test_a_call_and_its_next_step_are_logged_by_keyboard(enter: Any) -> None:
    page = enter("wang.fang")
    _open(page, "customer")
    page.keyboard.press("l")
    page.wait_for_selector(".ant-modal #field-note")
    page.focus("#field-note")
    page.keyboard.type("客户希望下周看样机")
    page.focus("#field-next_step")
    page.keyboard.type("准备样机")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ant-modal", state="detached")
    expect(page.locator(".crm-timeline")).to_contain_text("客户希望下周看样机")
    expect(page.locator(".crm-highlights")).to_contain_text("准备样机")


def test_a_request_is_answered_and_solved_by_keyboard(enter: Any) -> None:
    page = enter("sun.li")
    page.goto("/app/service/inbox?queue=unassigned")
    _settle(page)
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("ticket="))
    chosen = page.url.rpartition("ticket=")[2]
    expect(page.locator(f'.ticket-head a[href$="{chosen}"]')).to_be_visible()
    take = page.get_by_role("button", name="我来处理")
    take.focus()
    page.keyboard.press("Enter")
    expect(take).to_have_count(0)
    page.locator(".ticket-head h2").click()
    page.keyboard.press("r")
    page.keyboard.type("您好，我们已在处理。")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ticket-said")).to_contain_text("您好，我们已在处理。")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.wait_for_selector(".ant-modal #field-resolution")
    page.focus("#field-resolution")
    page.keyboard.type("已远程恢复")
    if page.locator("#field-root_cause").count() > 0:
        page.focus("#field-root_cause")
        page.keyboard.type("网络中断")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ant-modal", state="detached")
    expect(page.locator(".crm-toasts")).to_contain_text("已解决")


def test_a_cost_is_recorded_by_keyboard_and_shows_at_once(enter: Any) -> None:
    page = enter("zhao.min")
    _open(page, "campaign")
    page.keyboard.press("l")
    page.wait_for_selector(".ant-modal #field-external_reference")
    page.focus("#field-amount")
    page.keyboard.type("12.50")
    page.focus("#field-external_reference")
    page.keyboard.type(f"FP-{os.getpid()}")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ant-modal", state="detached")
    page.get_by_text("预算与费用").click()
    expect(page.locator(".crm-plain")).to_contain_text(f"FP-{os.getpid()}")


def test_the_results_of_a_campaign_have_a_table_twin(enter: Any) -> None:
    page = enter("zhao.min")
    _open(page, "campaign")
    page.locator(".crm-chart").get_by_text("数据表").click()
    expect(page.locator(".crm-figures")).to_contain_text("有效线索")


def test_who_may_not_see_customers_is_told_so(enter: Any) -> None:
    page = enter("liu.yang")
    page.goto("/app/marketing/campaigns/new")
    expect(page.locator(".crm-empty")).to_contain_text("marketing.campaign.create")
