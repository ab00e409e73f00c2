"""The console works for a sales person: pages open, nothing is cut off, everybody can use them."""

import re
from typing import Any

from playwright.sync_api import expect

from .axe import violations
from .pages import loaded, quiet, weight

PAGES = {
    "leads": "/app/sales/leads",
    "pool": "/app/sales/leads?view=pool",
    "new-lead": "/app/sales/leads/new",
    "opportunities": "/app/sales/opportunities?view=all",
    "board": "/app/sales/opportunities?view=all&layout=board",
    "missing": "/app/nowhere",
}
SETTLED = "() => !document.querySelector('.crm-loading') && document.querySelector('main h1')"


def _open(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_function(SETTLED)
    quiet(page)


def _sideways(page: Any) -> int:
    """Pixels that page or content stick out to the side."""
    wide = "() => ['html', 'main'].map(q => document.querySelector(q)).map(e => e.scrollWidth - e.clientWidth)"
    return sum(page.evaluate(wide))


def test_the_record_page_and_its_dialog_are_accessible(enter: Any) -> None:
    page = enter()
    _open(page, PAGES["leads"])
    page.locator("tbody a").first.click()
    page.wait_for_selector(".crm-record")
    quiet(page)
    assert violations(page) == []
    page.keyboard.press("l")
    page.wait_for_selector(".ant-modal .crm-form")
    page.wait_for_timeout(400)
    assert violations(page) == []


def test_a_list_is_worked_by_keyboard(enter: Any) -> None:
    page = enter()
    _open(page, PAGES["pool"])
    page.wait_for_selector("tbody tr")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator('tr[data-index="1"]')).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".crm-peek")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".crm-peek")).to_be_hidden()
    page.keyboard.press("x")
    expect(page.locator(".crm-bulk")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/app/sales/leads/[0-9a-f-]{36}"))


def test_the_palette_finds_pages_by_pinyin_and_records_by_text(enter: Any) -> None:
    page = enter()
    _open(page, PAGES["leads"])
    page.keyboard.press("Control+k")
    page.wait_for_selector("[role=combobox]:focus")
    page.keyboard.type("shangji")
    expect(page.locator('[role="option"]').first).to_contain_text("商机")
    assert violations(page) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("上海")
    expect(page.locator('[role="option"]').first).to_contain_text("上海")


def test_a_refused_expression_shows_the_servers_words(enter: Any) -> None:
    page = enter()
    _open(page, "/app/sales/leads?f=score+%3E+abc")
    expect(page.locator(".crm-filter-refused")).to_contain_text("score")


def test_a_change_in_the_list_can_be_undone(enter: Any) -> None:
    page = enter()
    _open(page, PAGES["leads"])
    cell = page.locator('tr[data-index="0"] td[data-editable]').first
    before = cell.inner_text()
    cell.dblclick()
    page.wait_for_selector(".crm-cell-editor input")
    page.keyboard.press("Control+a")
    page.keyboard.type("测试有限公司")
    page.keyboard.press("Enter")
    expect(cell).to_have_text("测试有限公司")
    page.locator(".crm-toast .ant-btn-link").click()
    expect(cell).to_have_text(before)


def test_a_session_that_ended_is_renewed_without_losing_input(enter: Any) -> None:
    page = enter()
    _open(page, PAGES["new-lead"])
    page.fill("#field-name", "赵会话")
    page.fill("#field-phone", "13900001111")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ant-modal #password")
    page.fill("#password", "tributary-demo")
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    expect(page.locator("h1")).to_contain_text("赵会话")


def test_the_shell_and_a_list_stay_within_350_kb(enter: Any) -> None:
    page = enter()
    _open(page, PAGES["leads"])
    files = loaded(page)
    assert len(files) > 10
    assert weight(files) <= 350_000
