"""Own reports and dashboards in a real browser: asked, drawn, arranged by keyboard, shared, and withheld."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import WIDE, open_page, settle

NAME = "浏览器看板"
DEALS = {"dataset": "deals", "rows": ["owner_id"], "columns": ["expected_close_date.month"], "measures": ["amount.sum"]}
SHOTS = os.environ.get("CRM_SCREENSHOTS", "")


def shot(page: Any, name: str) -> None:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def analyst(url: str) -> Iterator[httpx.Client]:
    """Somebody who may share with everybody and sees all; what is shared here is gone afterwards."""
    with httpx.Client(base_url=url, timeout=30) as person:
        session = person.post("/v1/sessions", json={"login": "zhou.qi", "password": PASSWORD}).raise_for_status().json()
        person.headers["Authorization"] = f"Bearer {session['token']}"
        yield person
        for kind in ("dashboards", "report-definitions"):
            found = person.get(f"/v1/{kind}", params={"filter": f'name : "{NAME}"', "page_size": 200}).json()
            for kept in found[kind.replace("-", "_")]:
                person.delete(f"/v1/{kind}/{kept['id']}").raise_for_status()


def make(person: httpx.Client, kind: str, **facts: Any) -> Any:
    return person.post(f"/v1/{kind}", json={"audience": "EVERYONE", **facts}).raise_for_status().json()


def test_a_dashboard_is_arranged_by_keyboard_and_withholds_what_its_reader_may_not_use(
    enter: Any, analyst: httpx.Client
) -> None:
    deals = make(analyst, "report-definitions", name=f"{NAME} 一", chart="STACKED_BAR", **DEALS)
    private = {"audience": "PRIVATE", "dataset": "leads", "rows": ["capture_time.month"], "measures": ["count"]}
    leads = make(analyst, "report-definitions", name=f"{NAME} 二", chart="LINE", **private)
    tiles = [{"report_definition_id": deals["id"]}, {"report_definition_id": leads["id"]}]
    board = make(analyst, "dashboards", name=NAME, tiles=tiles)
    page = enter("zhou.qi")
    open_page(page, f"/app/analytics/dashboards/{board['id']}")
    tile = page.locator(".dashboard-tile")
    expect(tile.nth(0).locator(".crm-drawing svg")).to_be_visible()
    expect(tile.nth(1).locator(".crm-svg circle").first).to_be_visible()
    settle(page)
    assert violations(page) == []
    shot(page, "dashboard-zh-light")
    page.get_by_role("button", name="调整布局").press("Enter")
    page.get_by_role("button", name=f"将 {NAME} 二 前移").press("Enter")
    expect(page.get_by_role("status").filter(has_text="第 1 个，共 2 个")).to_have_count(1)
    expect(tile.nth(0)).to_contain_text(f"{NAME} 二")
    page.get_by_role("button", name=f"加宽 {NAME} 二").press("Enter")
    expect(tile.nth(0)).to_have_attribute("data-width", "8")
    settle(page)
    kept = analyst.get(f"/v1/dashboards/{board['id']}").json()["tiles"]
    assert [(each["report_definition_id"], each.get("width", 0)) for each in kept] == [
        (leads["id"], 8),
        (deals["id"], 0),
    ]

    agent = enter("sun.li", language="en", theme="dark", width=390)
    open_page(agent, f"/app/analytics/dashboards/{board['id']}")
    theirs = agent.locator(".dashboard-tile")
    expect(theirs.nth(0)).to_contain_text("It is shared with others, or it is gone.")
    expect(theirs.nth(1)).to_contain_text("sales.opportunity.list")
    expect(agent.get_by_role("button", name="Arrange")).to_have_count(0)
    settle(agent)
    assert agent.evaluate(WIDE) == 0
    assert violations(agent) == []
    shot(agent, "dashboard-withheld-en-dark-390")


def test_a_report_is_asked_changed_and_read_as_table_and_sql(enter: Any) -> None:
    page = enter("zhou.qi", language="en", theme="dark")
    open_page(page, "/app/analytics/own-reports/new?dataset=tickets")
    expect(page.locator(".own-answer .crm-drawing svg")).to_be_visible()
    settle(page)
    assert violations(page) == []
    shot(page, "report-en-dark")
    open_page(page, "/app/analytics/own-reports/new?dataset=leads&rows=source&columns=-&chart=DONUT&f=score+%3E+10")
    expect(page.locator(".crm-donut > svg")).to_be_visible()
    page.locator(".own-answer").get_by_text("Table", exact=True).click()
    expect(page.locator(".reports-table tfoot")).to_contain_text("Total")
    page.locator(".own-answer").get_by_text("SQL", exact=True).click()
    expect(page.locator(".crm-sql pre")).to_contain_text("/* permission */")
    expect(page.locator(".reports-sources")).to_contain_text("Only where score > 10.")
    settle(page)
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    assert page.evaluate(WIDE) == 0
    shot(page, "report-sql-en-dark-390")
