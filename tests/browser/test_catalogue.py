"""What administrators, arbiters and agents keep for everybody else: made, changed, refused, ordered and decided."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import WIDE, open_page, settle

Api = Callable[[str], httpx.Client]


@pytest.fixture
def api(url: str, passwords: dict[str, str]) -> Iterator[Api]:
    """``api("admin")``: the API for somebody who is signed in; signed out afterwards."""
    with ExitStack() as opened:

        def sign_in(login: str) -> httpx.Client:
            client = opened.enter_context(httpx.Client(base_url=url, timeout=30))
            login_as = {"login": login, "password": passwords.get(login, PASSWORD)}
            session = client.post("/v1/sessions", json=login_as).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {session['token']}"
            opened.callback(client.delete, "/v1/sessions/current")
            return client

        yield sign_in


def _made(client: httpx.Client, path: str, record: dict[str, Any]) -> Any:
    return client.post(path, json=record).raise_for_status().json()


def _code() -> str:
    return f"T{time.time_ns() % 10**10}"


def _rid(client: httpx.Client, path: str, made: Any) -> None:
    client.delete(f"{path}/{made['id']}").raise_for_status()


def test_a_product_is_made_refused_for_its_code_and_retired(enter: Any, api: Api) -> None:
    code, taken = _code(), api("admin").get("/v1/products?page_size=1").raise_for_status().json()["products"][0]["code"]
    page = enter("admin", language="en")
    open_page(page, "/app/settings/products")
    page.get_by_role("button", name="New product").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("Code", exact=True).fill(taken)
    form.get_by_label("Name", exact=True).fill(f"Probe {code}")
    page.keyboard.press("Control+Enter")
    expect(form.locator(".ant-form-item-explain-error, .ant-alert").first).to_contain_text(
        "with this code exists already"
    )
    form.get_by_label("Code", exact=True).fill(code)
    form.get_by_label("Tax rate (%)").fill("13")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".crm-record")
    expect(page.locator(".crm-highlights")).to_contain_text("13%")
    page.get_by_role("button", name="Retire", exact=True).click()
    expect(page.locator(".crm-record-aside")).to_contain_text("Retired")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".crm-record-aside")).to_contain_text("Offered")


def test_what_somebody_else_changed_meanwhile_is_shown_before_it_is_overwritten(enter: Any, api: Api) -> None:
    admin, name = api("admin"), f"Rival {_code()}"
    made = _made(admin, "/v1/competitors", {"name": name, "weaknesses": "slow"})
    page = enter("admin", language="en")
    open_page(page, f"/app/settings/competitors/{made['id']}")
    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Weaknesses").fill("no service")
    present = {"If-Match": f'"{made["etag"]}"'}
    admin.patch(f"/v1/competitors/{made['id']}", json={"weaknesses": "dear"}, headers=present).raise_for_status()
    form.get_by_role("button", name="Save").click()
    conflict = page.locator(".crm-conflict")
    expect(conflict).to_contain_text("dear")
    expect(conflict).to_contain_text("no service")
    _rid(admin, "/v1/competitors", made)


def test_stages_are_put_in_order_and_deals_in_a_stage_that_goes_away_are_moved(enter: Any, api: Api) -> None:
    admin = api("admin")
    usual = admin.get("/v1/pipelines?filter=is_default=true").raise_for_status().json()["pipelines"][0]
    made = _made(admin, "/v1/pipelines", {"name": f"Pilot {_code()}", "stages": usual["stages"]})
    customer = admin.get("/v1/customers?page_size=1").raise_for_status().json()["customers"][0]["id"]
    deal = {"name": "Pilot deal", "customer_id": customer, "pipeline_id": made["id"]}
    in_first = _made(admin, "/v1/opportunities", deal)["stage"]
    page = enter("admin", language="en")
    open_page(page, f"/app/settings/pipelines/{made['id']}")
    stages = page.get_by_role("region", name="Stages", exact=True)
    page.locator(".crm-document").get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Move line 2 up").click()
    page.get_by_label("Probability (%), line 1").fill("101")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(stages).to_contain_text("Give 0 to 100")
    page.get_by_label("Probability (%), line 1").fill("15")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".crm-record-aside")).to_contain_text("Version 2")
    expect(stages.locator("tbody tr").first).to_contain_text("15%")
    page.locator(".crm-document").get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Remove line 2").click()
    page.get_by_role("button", name="Save", exact=True).click()
    mapping = page.get_by_role("dialog")
    mapping.locator(".ant-select").click()
    page.keyboard.press("Enter")
    mapping.get_by_role("button", name="Move and save").click()
    expect(page.locator(".crm-record-aside")).to_contain_text("Version 3")
    moved = admin.get(f'/v1/opportunities?filter=pipeline_id="{made["id"]}"').raise_for_status().json()
    assert [each["stage"] for each in moved["opportunities"]] != [in_first]
    # No other test meets a deal of this one: a pipeline without open deals can go.
    for each in moved["opportunities"]:
        admin.post(f"/v1/opportunities/{each['id']}:lose", json={"reason": "price"}).raise_for_status()
    _rid(admin, "/v1/pipelines", made)


def test_distribution_rules_are_ordered_by_keyboard_and_a_wrong_condition_is_refused(enter: Any, api: Api) -> None:
    admin = api("admin")
    rules = admin.get("/v1/distribution-rules?order_by=position").raise_for_status().json()["distribution_rules"]
    first, second = rules[0]["name"], rules[1]["name"]
    page = enter("admin", language="en")
    open_page(page, "/app/settings/distribution-rules")
    page.get_by_role("button", name=f"Move “{second}” up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").first).to_contain_text(second)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr").first).to_contain_text(first)
    page.get_by_role("button", name="New rule").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name", exact=True).fill(f"Rule {_code()}")
    form.get_by_role("button", name="Edit expression").click()
    form.locator("textarea").fill("colour = red")
    form.get_by_label("To the unit").click()
    page.keyboard.press("Enter")
    form.get_by_role("button", name="Create rule").click()
    expect(form).to_contain_text("There is no field colour")


def test_a_pool_says_where_there_is_no_limit_and_is_removed_only_after_asking(enter: Any, api: Api) -> None:
    admin, name = api("admin"), f"Pool {_code()}"
    made = _made(admin, "/v1/pools", {"name": name, "unit_path": "/hq/", "time_zone": "Asia/Shanghai"})
    page = enter("admin")
    open_page(page, f"/app/settings/pools/{made['id']}")
    facts = page.locator(".crm-facts")
    expect(facts).to_contain_text("不限")
    expect(facts).to_contain_text("从不")
    page.get_by_role("button", name="更多操作", exact=True).click()
    page.get_by_role("menuitem", name="删除").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text(name)
    asked.get_by_role("button", name="删除").click()
    page.wait_for_url("**/app/settings/pools")
    expect(page.locator("tbody")).not_to_contain_text(name)


def _two_dealers_claim_one_party(api: Api) -> str:
    """A conflict of its own for a test; the name of the party."""
    party = f"撞单测试{_code()}"
    digits = f"{time.time_ns() % 10**8:08d}"
    lead = {"company": party, "name": "何测试", "phone": f"+86139{digits}", "country_code": "CN", "province": "浙江"}
    holder = _made(api("lin.tao"), "/v1/leads", lead)
    api("lin.tao").post(f"/v1/leads/{holder['id']}:claim", json={}).raise_for_status()
    _made(api("liu.yang"), "/v1/leads", lead)
    return party


def test_an_arbiter_decides_a_conflict_once(enter: Any, api: Api) -> None:
    party = _two_dealers_claim_one_party(api)
    page = enter("wang.fang")
    open_page(page, "/app/sales/conflicts")
    page.get_by_role("link", name=party).click()
    page.wait_for_selector(".crm-record")
    settle(page)
    expect(page.locator(".conflict-sides")).to_contain_text("杭州西湖经销商")
    expect(page.locator(".conflict-sides")).to_contain_text("深圳前海经销商")
    assert violations(page) == []
    page.get_by_role("button", name="双方共同跟进").click()
    decision = page.get_by_role("dialog")
    decision.get_by_role("button", name="双方共同跟进").click()
    expect(decision).to_contain_text("请填写此项")
    decision.get_by_label("裁决理由").fill("两地各有分支")
    decision.get_by_role("button", name="双方共同跟进").click()
    expect(page.locator(".crm-record-aside")).to_contain_text("双方共同跟进")
    expect(page.get_by_role("button", name="持有方保留")).to_have_count(0)


def test_promises_are_refused_at_their_cell_and_a_holiday_is_taken_back(enter: Any, api: Api) -> None:
    admin = api("admin")
    policy = {"name": f"承诺 {_code()}", "position": 900, "filter": 'channel = "nobody"'}
    made = _made(admin, "/v1/sla-policies", policy)
    page = enter("admin", language="en")
    open_page(page, f"/app/service/promises/{made['id']}")
    page.locator(".crm-document").get_by_role("button", name="Edit").click()
    page.get_by_label("First response (minutes), line 1").fill("120")
    page.get_by_label("Solution (minutes), line 1").fill("60")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".ant-form-item-explain-error").first).to_be_visible()
    page.get_by_label("Solution (minutes), line 1").fill("480")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".crm-document")).to_contain_text("8 hours")
    weekly = [{"weekday": "MONDAY", "start": "09:00", "end": "18:00"}]
    calendar = _made(
        admin, "/v1/calendars", {"name": f"日历 {_code()}", "time_zone": "Asia/Shanghai", "weekly": weekly}
    )
    open_page(page, f"/app/service/calendars/{calendar['id']}")
    assert violations(page) == []
    days = page.get_by_label("Holidays and make-up days", exact=True)
    days.get_by_role("button", name="Edit").click()
    days.get_by_label("Date, line 1").fill("2027-05-01")
    page.keyboard.press("Enter")
    days.get_by_label("Name, line 1").fill("Labour day")
    days.get_by_role("button", name="Save", exact=True).click()
    expect(days).to_contain_text("Closed")
    page.get_by_role("button", name="Undo").click()
    expect(days).to_contain_text("No holidays yet")
    _rid(admin, "/v1/sla-policies", made)
    _rid(admin, "/v1/calendars", calendar)


def test_feedback_shows_what_was_said_and_how_often_and_only_to_whoever_may_read_it(enter: Any) -> None:
    page = enter("sun.li")
    open_page(page, "/app/service/feedback")
    figures = page.locator(".feedback-figures")
    expect(figures).to_contain_text("平均分")
    expect(figures.locator("tbody tr")).to_have_count(5)
    open_page(page, "/app/service/feedback?view=bad")
    expect(page.locator(".crm-list-body tbody tr").last).to_contain_text("不满意")
    other = enter("li.na")
    assert other.get_by_role("link", name="客户反馈").count() == 0
    other.goto("/app/service/feedback")
    expect(other.locator("main")).to_contain_text("service_desk.survey_answer.list")


def test_a_lead_is_handed_to_a_unit_that_accepts_it(enter: Any, api: Api) -> None:
    lead = {"company": f"分发测试{_code()}", "name": "分测试", "phone": f"+86138{time.time_ns() % 10**8:08d}"}
    made = _made(api("wang.fang"), "/v1/leads", lead)
    hand = {"unit_path": "/hq/east/hangzhou/", "accept_hours": 24}
    api("wang.fang").post(f"/v1/leads/{made['id']}:distribute", json=hand).raise_for_status()
    page = enter("liu.yang", width=390)
    open_page(page, f"/app/sales/leads/{made['id']}")
    expect(page.locator(".crm-record-aside")).to_contain_text("待接收")
    assert page.evaluate(WIDE) <= 0
    page.get_by_role("button", name="接收", exact=True).click()
    expect(page.locator(".crm-record-aside")).not_to_contain_text("待接收")
