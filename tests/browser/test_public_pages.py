"""Pages for strangers in a real browser: accessible in both languages and looks, on a phone, and without any script."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import open_page, settle

LOOKS = [("zh-CN", "light"), ("zh-CN", "dark"), ("en", "light"), ("en", "dark")]
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Office:
    """Somebody of the house at the API."""

    def __init__(self, url: str, login: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        session = self.client.post("/v1/sessions", json={"login": login, "password": PASSWORD}).raise_for_status()
        self.client.headers["Authorization"] = f"Bearer {session.json()['token']}"

    def list(self, path: str, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = next(
            each
            for each in self.client.get(path, params=query).raise_for_status().json().values()
            if isinstance(each, list)
        )
        return found


@pytest.fixture
def marketer(url: str) -> Iterator[Office]:
    office = Office(url, "zhao.min")
    yield office
    office.client.close()


@pytest.fixture
def form(marketer: Office) -> str:
    """The path of the demo's form."""
    found = marketer.list("/v1/web-forms", filter='state = PUBLISHED AND source = "internet"', page_size=1)
    return f"/forms/{found[0]['key']}"


@pytest.fixture
def agent(url: str) -> Iterator[Office]:
    office = Office(url, "sun.li")
    yield office
    office.client.close()


@pytest.fixture
def ticket(agent: Office) -> str:
    """The id of a resolved ticket."""
    return str(agent.list("/v1/tickets", filter="state = RESOLVED", page_size=1)[0]["id"])


@pytest.fixture
def survey(agent: Office, ticket: str) -> str:
    """The path of its survey."""
    return str(agent.client.get(f"/v1/tickets/{ticket}/survey-link").raise_for_status().json()["path"])


@pytest.fixture
def stranger(browser: Any, url: str) -> Iterator[Any]:
    """``stranger("en", "dark", script=False)``: a page of somebody the house does not know, as wide as a phone."""
    contexts: list[Any] = []

    def make(language: str = "zh-CN", look: str = "light", *, width: int = 390, script: bool = True) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            locale=language,
            color_scheme=look,
            base_url=url,
            java_script_enabled=script,
        )
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def look_at(page: Any, name: str) -> None:
    if folder := os.environ.get("CRM_SCREENSHOTS", ""):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "look"), LOOKS)
def test_public_pages_are_accessible_and_fit_a_phone(
    stranger: Any, form: str, survey: str, language: str, look: str
) -> None:
    page = stranger(language, look)
    wrong = {}

    def check(name: str) -> None:
        look_at(page, f"{name}-{language}-{look}")
        assert page.evaluate("document.documentElement.lang") == language
        found = violations(page)
        if found or page.evaluate(WIDE) > 0:
            wrong[name] = found or "sticks out"

    page.goto(form)
    check("form")
    page.wait_for_timeout(2100)
    page.locator("button").click()
    expect(page.locator(".errors")).to_be_focused()
    check("form-errors")
    page.goto(f"{form}/thanks")
    check("form-thanks")
    page.goto("/forms/nobody-has-this-key")
    check("form-absent")
    page.goto(survey)
    check("survey")
    page.locator("button").click()
    check("survey-errors")
    page.goto("/sign-in")
    check("sign-in")
    page.fill("#login", "nobody")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector(".errors")
    check("sign-in-errors")
    assert wrong == {}


def test_signing_in_needs_no_script_and_leads_where_one_wanted_to_go(stranger: Any) -> None:
    page = stranger("zh-CN", script=False)
    page.goto("/app/marketing/forms?view=published")
    expect(page.locator("h1")).to_have_text("登录 Tributary")
    page.fill("#login", "zhao.min")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile(r"/app/marketing/forms\?view=published$"))


def test_a_stranger_without_script_becomes_a_lead_of_the_campaign(stranger: Any, form: str, marketer: Office) -> None:
    page = stranger("zh-CN", script=False)
    page.goto(f"{form}?utm_medium=cpc")
    # Somebody new at every run: who is known already joins their lead.
    mark = uuid4().hex[:8]
    name, mail = f"周{mark}", f"{mark}@{mark}.example.com"
    page.get_by_label("姓名").fill(name)
    page.get_by_label("公司名称").fill(f"{mark} 冷链物流有限公司")
    page.get_by_label("手机号码").fill("12")
    page.get_by_label("电子邮箱").fill(mail)
    page.get_by_label("您想监测什么？").fill("6 个冷库的温度")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".errors")).to_contain_text("手机号码")
    expect(page.get_by_label("姓名")).to_have_value(name)
    page.get_by_label("手机号码").fill(f"138{uuid4().int % 10**8:08}")
    page.get_by_label(re.compile("我同意")).check()
    page.get_by_role("button", name="提交").click()
    expect(page.locator("h1")).to_have_text("感谢您的提交")
    [lead] = marketer.list("/v1/leads", search=mail)
    assert (lead["name"], lead["channel"], lead["source"]) == (name, "web_form", "internet")
    kept = marketer.list(f"/v1/leads/{lead['id']}/web-form-submissions")
    assert (kept[0]["utm_medium"], kept[0]["language"]) == ("cpc", "zh-CN")
    assert "我同意" in kept[0]["consent_text"]


def test_a_marketer_makes_a_form_sees_it_and_publishes_it(enter: Any, stranger: Any) -> None:
    page = enter("zhao.min")
    open_page(page, "/app/marketing/forms")
    page.get_by_role("button", name="新建表单").first.click()
    page.fill("#field-name", f"展会表单 {uuid4().hex[:6]}")
    page.fill("#field-title_zh", "展会资料索取")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".crm-record")
    settle(page)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="预览").click()
    preview = opened.value
    expect(preview.locator("h1")).to_have_text("展会资料索取")
    expect(preview.locator("button")).to_be_disabled()
    page.get_by_role("button", name="发布", exact=True).click()
    address = page.locator(".form-address code").first
    expect(address).to_contain_text("/forms/")
    visitor = stranger("zh-CN")
    visitor.goto(address.inner_text())
    expect(visitor.get_by_label("姓名")).to_be_visible()


def test_a_customer_rates_under_the_link_and_the_agent_sees_it(
    enter: Any, stranger: Any, url: str, ticket: str
) -> None:
    page = enter("sun.li")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
    open_page(page, f"/app/service/tickets/{ticket}")
    page.get_by_role("button", name="更多操作").first.click()
    page.get_by_text("复制评价链接").click()
    expect(page.locator(".crm-toasts")).to_contain_text("评价链接")
    link = page.evaluate("navigator.clipboard.readText()")
    customer = stranger("en", script=False)
    customer.goto(link)
    customer.get_by_label("4 · Satisfied").check()
    words = f"Quick {uuid4().hex[:6]}"
    customer.get_by_label("What can we do better? (optional)").fill(words)
    customer.get_by_role("button", name="Send").click()
    expect(customer.locator("h1")).to_have_text("Thank you for your rating")
    page.reload()
    settle(page)
    expect(page.locator(".ticket-rating")).to_contain_text(words)
