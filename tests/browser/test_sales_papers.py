"""Imports, quotes, contracts, reports and the workbench: accessible in every look, and their jobs done by keyboard."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .axe import violations
from .pages import quiet

PAGES = {
    "workbench": "/app/home",
    "imports": "/app/customers/imports",
    "new-import": "/app/customers/imports/new",
    "quotes": "/app/sales/quotes?view=all",
    "new-quote": "/app/sales/quotes/new",
    "contracts": "/app/sales/contracts?view=all",
    "receipts": "/app/sales/receipts?view=all",
    "receivables": "/app/sales/receivables?view=all",
    "report-funnel": "/app/analytics/reports/lead_funnel_cohort",
    "report-waterfall": "/app/analytics/reports/pipeline_waterfall",
}
EXAMPLE = Path(__file__).parents[2] / "examples" / "leads-messy.csv"
SETTLED = "() => !document.querySelector('.crm-loading') && document.querySelector('main h1')"
WIDE = (
    "() => ['html', 'main'].map(q => document.querySelector(q)).reduce((s, e) => s + e.scrollWidth - e.clientWidth, 0)"
)


def _open(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_function(SETTLED)
    quiet(page)


@pytest.mark.parametrize("login", ["li.na", "sun.li", "zhao.min", "zhang.wei", "zhou.qi"])
def test_everybody_has_a_workbench_without_a_refusal(enter: Any, login: str) -> None:
    page = enter(login)
    _open(page, "/app/home")
    expect(page.locator(".workbench section").first).to_be_visible()
    assert page.locator('main [role="alert"]').count() == 0
    assert violations(page) == []


def test_a_file_is_checked_and_imported_by_keyboard(enter: Any) -> None:
    page = enter("li.na")
    _open(page, PAGES["new-import"])
    choose = page.locator(".crm-drop button")
    choose.focus()
    with page.expect_file_chooser() as chooser:
        choose.press("Enter")
    chooser.value.set_files(EXAMPLE)
    page.wait_for_selector(".crm-mapping")
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".crm-verdicts")
    expect(page.locator(".crm-verdicts tbody tr").first).to_contain_text("被拒")
    assert violations(page) == []
    page.locator(".crm-page-actions .ant-btn-primary").focus()
    page.keyboard.press("Enter")
    expect(page.locator('.crm-steps [aria-current="step"]')).to_contain_text("结果")
    page.wait_for_selector(".crm-verdicts")
    with page.expect_download() as download:
        page.locator(".crm-import-errors button").focus()
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".csv")


def test_a_quote_gets_lines_and_the_servers_total_by_keyboard(enter: Any) -> None:
    page = enter("wang.fang")
    _open(page, "/app/sales/opportunities?view=open")
    page.locator("tbody a").first.click()
    page.wait_for_selector(".crm-record")
    deal = page.url.rsplit("/", 1)[-1]
    _open(page, f"/app/sales/quotes/new?opportunity_id={deal}")
    page.fill("#field-name", "键盘报价")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".crm-document")
    page.locator(".crm-document .crm-panel-head button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-document [data-editing]")
    assert violations(page) == []
    fields = {"项目": "校准", "数量": "3", "单价": "33.33", "税率": "13"}
    for name, value in fields.items():
        page.get_by_label(re.compile(f"第 1 行{name}")).fill(value)
    page.keyboard.press("Control+Enter")
    # 3 × 33.33 = 99.99; 13 % of it is 12.9987.
    expect(page.locator(".crm-sums")).to_contain_text("¥112.99")
    assert violations(page) == []


def test_a_contract_shows_its_plan_and_receipts(enter: Any) -> None:
    page = enter("wang.fang")
    _open(page, PAGES["contracts"])
    page.locator("tbody a").first.click()
    page.wait_for_selector(".crm-record .crm-document")
    quiet(page)
    assert violations(page) == []


def test_a_report_is_narrowed_read_as_table_and_as_sql(enter: Any) -> None:
    page = enter("wang.fang")
    _open(page, "/app/analytics/reports/revenue?group_by=owner")
    page.wait_for_selector(".crm-drawing svg")
    page.get_by_text("数据表", exact=True).click()
    page.wait_for_selector(".reports-table tfoot")
    assert violations(page) == []
    page.get_by_text("SQL", exact=True).click()
    expect(page.locator(".crm-sql pre")).to_contain_text("/* permission */")
    assert violations(page) == []
