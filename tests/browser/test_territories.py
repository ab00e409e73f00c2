"""Who plans the market draws a model, previews it, puts it in force and sees it at the customer, by keyboard alone."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import open_page, settle

PLANNER = "gao.yan"


def _press(page: Any, name: str, *, within: str = "main") -> None:
    """The button of that name, reached and pressed by keyboard."""
    button = page.locator(within).get_by_role("button", name=name, exact=True).first
    button.focus()
    page.keyboard.press("Enter")


def _typed(page: Any, field: str, text: str) -> None:
    page.locator(f"#field-{field}").focus()
    page.keyboard.type(text)


def _closed(page: Any) -> None:
    page.wait_for_selector(".ant-modal", state="detached")
    settle(page)


def _a_model(page: Any, name: str) -> None:
    open_page(page, "/app/settings/territories")
    _press(page, "新建模型")
    page.wait_for_selector(".ant-modal #field-name:focus")
    page.keyboard.type(name)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".crm-record")
    settle(page)


def _a_territory(page: Any, name: str, code: str, rule: str) -> None:
    _press(page, "新建区域")
    page.wait_for_selector(".ant-modal #field-name:focus")
    page.keyboard.type(name)
    _typed(page, "code", code)
    _press(page, "编辑表达式", within=".ant-modal")
    _typed(page, "rule", rule)
    page.keyboard.press("Control+Enter")
    _closed(page)


@pytest.fixture
def planner(enter: Any, url: str) -> Iterator[Any]:
    """A page of the planner's; afterwards a copy of the model that was in force is in force again."""
    with httpx.Client(base_url=url, timeout=30) as api:
        session = api.post("/v1/sessions", json={"login": PLANNER, "password": PASSWORD}).raise_for_status().json()
        api.headers["Authorization"] = f"Bearer {session['token']}"
        found = api.get("/v1/territory-models", params={"filter": "state = ACTIVE"}).raise_for_status().json()
        present = found["territory_models"][0]
        yield enter(PLANNER)
        named = {"name": f"{present['name']} {time.time_ns()}"}
        copy = api.post(f"/v1/territory-models/{present['id']}:copy", json=named).raise_for_status().json()
        api.post(f"/v1/territory-models/{copy['id']}:activate", json={}).raise_for_status()
        api.delete("/v1/sessions/current").raise_for_status()


def test_a_model_is_drawn_put_in_force_and_seen_at_the_customer(planner: Any) -> None:
    page = planner
    name = f"键盘规划 {time.time_ns()}"
    _a_model(page, name)
    expect(page.locator("h1")).to_have_text(name)
    expect(page.locator(".crm-record")).to_contain_text("还没有区域")
    _a_territory(page, "键盘区域", "keyboard", 'country_code = "CN"')
    expect(page.locator(".territory-panel")).to_contain_text("键盘区域")
    expect(page.locator(".territory-rule")).to_contain_text("CN")

    _press(page, "启用")
    page.wait_for_selector(".ant-modal .alignment-totals")
    expect(page.locator(".ant-modal")).to_contain_text("已完成")
    expect(page.locator(".ant-modal .crm-plain")).to_contain_text("键盘区域")
    assert violations(page) == []
    page.locator(".ant-modal #field-effective_time").focus()
    page.keyboard.press("Control+Enter")
    _closed(page)
    expect(page.locator(".crm-record-aside")).to_contain_text("生效中")
    moved = page.get_by_role("region", name="客户调整")
    expect(moved).to_contain_text("已完成")

    link = page.get_by_role("link", name="查看区域内的客户")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("tbody tr")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    expect(page.locator(".crm-highlights")).to_contain_text("键盘区域")


def test_a_rule_that_cannot_be_asked_is_refused_at_its_field(enter: Any) -> None:
    page = enter(PLANNER)
    _a_model(page, f"条件有误 {time.time_ns()}")
    _press(page, "新建区域")
    page.wait_for_selector(".ant-modal #field-name:focus")
    page.keyboard.type("有误")
    _typed(page, "code", "wrong")
    _press(page, "编辑表达式", within=".ant-modal")
    _typed(page, "rule", "planet = mars")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ant-modal .ant-form-item-has-error")).to_contain_text("planet")


def test_a_customer_is_put_into_a_territory_by_hand(enter: Any) -> None:
    page = enter(PLANNER)
    open_page(page, "/app/customers/accounts?view=all&f=country_code+%3D+DE")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    settle(page)
    _press(page, "更多操作")
    page.get_by_role("menuitem", name="指定销售区域").press("Enter")
    page.wait_for_selector(".ant-modal #field-territory_codes")
    page.locator("#field-territory_codes").focus()
    # What an earlier run assigned would be taken back by choosing it again.
    page.keyboard.press("Backspace")
    page.keyboard.type("华北")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.locator("#field-excluded").focus()
    page.keyboard.press("Control+Enter")
    _closed(page)
    expect(page.locator(".crm-highlights")).to_contain_text("华北")
