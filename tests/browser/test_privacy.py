"""A privacy officer takes a request in, sees what is held, erases the person and has the certificate, by keyboard alone."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import open_page, settle

OFFICER = "xu.qing"


def _press(page: Any, name: str, *, within: str = "main") -> None:
    button = page.locator(within).get_by_role("button", name=name, exact=True).first
    button.focus()
    page.keyboard.press("Enter")


@pytest.fixture
def person(url: str) -> str:
    """A person customer with a follow-up; answers the name."""
    name = f"忘忧{time.time_ns()}"
    with httpx.Client(base_url=url, timeout=30) as api:
        session = api.post("/v1/sessions", json={"login": "wang.fang", "password": PASSWORD}).raise_for_status().json()
        api.headers["Authorization"] = f"Bearer {session['token']}"
        made = api.post("/v1/customers", json={"type": "PERSON", "name": name}).raise_for_status().json()
        said = {"kind": "call", "direction": "inbound", "note": "想了解产品"}
        api.post(f"/v1/customers/{made['id']}/follow-ups", json=said).raise_for_status()
        api.delete("/v1/sessions/current").raise_for_status()
    return name


def _choose(page: Any, kind: str, person: str) -> None:
    page.wait_for_selector(".ant-modal #field-kind")
    page.locator("#field-kind").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for(state="attached")
    page.wait_for_selector(f".ant-select-item-option:has-text('{kind}')")
    while kind not in page.locator(".ant-select-item-option-active").inner_text():
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    _find(page, "subjects", person)
    # Of several persons the list stays open.
    page.keyboard.press("Escape")


def _find(page: Any, field: str, person: str) -> None:
    page.locator(f"#field-{field}").focus()
    page.keyboard.type(person)
    page.wait_for_selector(f".ant-select-item-option:has-text('{person}')")
    page.keyboard.press("Enter")


def _take_in(page: Any, kind: str, person: str) -> None:
    open_page(page, "/app/settings/subject-requests")
    _press(page, "新建请求")
    _choose(page, kind, person)
    page.locator("#field-requester").focus()
    page.keyboard.type("本人，邮寄答复")
    page.locator("#field-identity_check").focus()
    page.keyboard.type("持身份证到场")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".crm-record")
    settle(page)


def test_a_person_is_forgotten_and_the_certificate_says_so(enter: Any, person: str) -> None:
    page = enter(OFFICER)
    _take_in(page, "删除", person)
    expect(page.locator("h1")).to_have_text("删除请求")
    _press(page, "查找个人信息")
    expect(page.locator(".crm-plain")).to_contain_text("跟进记录")
    _press(page, "执行删除")
    page.wait_for_selector(".privacy-consequences")
    expect(page.locator(".ant-modal")).to_contain_text("不能中止，也不能恢复")
    settle(page)
    assert violations(page) == []
    _press(page, "永久删除", within=".ant-modal")
    certificate = page.locator("pre[aria-label=删除证明]")
    certificate.wait_for(timeout=30_000)
    assert json.loads(certificate.inner_text())
    with page.expect_download() as saved:
        _press(page, "下载")
    assert json.loads(Path(saved.value.path()).read_text()) == json.loads(certificate.inner_text())
    expect(page.locator(".crm-record-aside")).to_contain_text("已完成")
    expect(page.locator(".crm-record")).not_to_contain_text("邮寄答复")


def test_who_is_held_is_not_erased_until_the_hold_is_released(enter: Any, person: str) -> None:
    page = enter(OFFICER)
    open_page(page, "/app/settings/legal-holds")
    _press(page, "新建保留")
    page.wait_for_selector(".ant-modal #field-record_id")
    _find(page, "record_id", person)
    page.locator("#field-reason").focus()
    page.keyboard.type(f"案件 {person}")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".ant-modal", state="detached")
    _take_in(page, "删除", person)
    _press(page, "查找个人信息")
    _press(page, "执行删除")
    _press(page, "永久删除", within=".ant-modal")
    expect(page.locator(".ant-modal .ant-alert")).to_contain_text("法律保留")
    page.keyboard.press("Escape")
    open_page(page, "/app/settings/legal-holds")
    page.get_by_role("link", name=f"案件 {person}").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    settle(page)
    _press(page, "解除保留")
    page.wait_for_selector(".ant-modal #field-reason:focus")
    page.keyboard.type("已结案")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".crm-record-aside")).to_contain_text("已解除")


def test_a_person_gets_a_copy_of_everything(enter: Any) -> None:
    page = enter(OFFICER)
    open_page(page, "/app/settings/subject-requests?view=all&f=kind+%3D+ACCESS+AND+state+%3D+DONE")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".crm-record")
    settle(page)
    with page.expect_download() as saved:
        _press(page, "下载副本")
    assert json.loads(Path(saved.value.path()).read_text())


def test_a_manager_sees_no_requests_of_persons(enter: Any) -> None:
    page = enter("wang.fang")
    expect(page.locator("nav.crm-nav")).not_to_contain_text("个人信息请求")
    page.goto("/app/settings/subject-requests")
    expect(page.locator(".crm-empty")).to_contain_text("customers.subject_request.list")
