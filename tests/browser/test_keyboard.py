"""The most frequent jobs with the keyboard alone, each within its number of keys; what is typed as text is not counted."""

import csv
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import open_page, settle

ROWS, BAD = 1_000, 10
VIEW = "按键共享的视图"


class Keys:
    """A page's keyboard that counts: one for each key or chord, none for text."""

    def __init__(self, page: Any) -> None:
        self._page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self._page.keyboard.type(text)


class Colleague:
    """The person of a test, through the API: to have something to work on, and to look what became of it."""

    def __init__(self, url: str, login: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30)
        session = self.http.post("/v1/sessions", json={"login": login, "password": PASSWORD}).raise_for_status().json()
        self.http.headers["Authorization"] = f"Bearer {session['token']}"
        self.id = session["user_id"]

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(path, params=query).raise_for_status().json()

    def post(self, path: str, **facts: Any) -> Any:
        return self.http.post(path, json=facts).raise_for_status().json()


def shot(page: Any, name: str) -> None:
    """A picture to look at, where somebody asked for some."""
    folder = os.environ.get("CRM_SCREENSHOTS", "")
    if folder:
        page.screenshot(path=Path(folder) / f"keyboard-{name}.png")


@pytest.fixture
def director(url: str) -> Colleague:
    return Colleague(url, "wang.fang")


@pytest.fixture
def customer(director: Colleague) -> Any:
    found = director.get("/v1/customers", filter="type = ORGANIZATION", order_by="create_time", page_size=1)
    return found["customers"][0]


def open_customer(page: Any, customer: Any) -> None:
    open_page(page, f"/app/customers/accounts/{customer['id']}")
    page.wait_for_selector(".crm-record")


def test_1_a_customer_is_found_and_opened_with_2_keys(enter: Any, customer: Any) -> None:
    page = enter("wang.fang")
    open_page(page, "/app/home")
    keys = Keys(page)
    keys.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    keys.type(customer["name"])
    expect(page.get_by_role("option", selected=True)).to_contain_text(customer["name"])
    # Other kinds of records of that name may have been found first; customers stand above them.
    expect(page.locator("#hits p").first).to_have_text("客户")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"/app/customers/accounts/{customer['id']}$"))
    assert keys.pressed <= 2


def test_2_a_deal_is_made_from_its_customer_with_3_keys(enter: Any, customer: Any) -> None:
    page, name = enter("wang.fang"), f"键盘商机 {time.time_ns()}"
    open_customer(page, customer)
    keys = Keys(page)
    keys.press("d")
    expect(page.locator(".ant-modal #field-name")).to_be_focused()
    keys.type(name)
    keys.press("Control+Enter")
    expect(page.locator(".crm-record-related")).to_contain_text(name)
    assert keys.pressed <= 3


def test_3_a_deal_goes_to_its_next_stage_with_1_key_and_back_with_1(
    enter: Any, director: Colleague, customer: Any
) -> None:
    deal = director.post("/v1/opportunities", name=f"键盘阶段 {time.time_ns()}", customer_id=customer["id"])
    page = enter("wang.fang")
    open_page(page, f"/app/sales/opportunities/{deal['id']}")
    stage = page.locator('.deal-stages [aria-current="step"]')
    before = stage.inner_text()
    keys = Keys(page)
    keys.press("]")
    expect(stage).not_to_have_text(before)
    assert keys.pressed <= 1
    keys.press("z")
    expect(stage).to_have_text(before)
    assert keys.pressed <= 2


def test_4_a_call_and_its_next_step_with_a_date_are_logged_in_one_form_with_4_keys(
    enter: Any, director: Colleague, customer: Any
) -> None:
    page, step = enter("wang.fang"), f"准备样机 {time.time_ns()}"
    open_customer(page, customer)
    keys = Keys(page)
    keys.press("l")
    expect(page.locator(".ant-modal #field-note")).to_be_focused()
    keys.type("客户希望下周看样机")
    keys.press("Tab")
    keys.type(step)
    keys.press("Tab")
    expect(page.locator(".ant-modal #field-next_time")).to_be_focused()
    keys.type("2031-05-06 10:00")
    keys.press("Control+Enter")
    expect(page.locator(".ant-modal")).to_have_count(0)
    expect(page.locator(".crm-highlights")).to_contain_text(step)
    assert keys.pressed <= 4
    followed = director.get(f"/v1/customers/{customer['id']}/follow-ups", page_size=10)["follow_ups"]
    assert [each.get("next_time", "")[:10] for each in followed if each["next_step"] == step] == ["2031-05-06"]


def test_5_a_task_is_finished_and_the_next_one_stands_ready_with_1_key(enter: Any, director: Colleague) -> None:
    tag = str(time.time_ns())
    for day in ("01", "02", "03"):
        director.post("/v1/tasks", subject=f"键盘任务 {tag} {day}", due_time=f"2030-01-{day}T02:00:00Z")
    page = enter("wang.fang")
    open_page(page, f"/app/tasks?q={tag}")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    page.keyboard.press("j")
    expect(rows.first).to_be_focused()
    keys = Keys(page)
    keys.press("d")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(f"{tag} 02")
    expect(rows.first).to_be_focused()
    assert keys.pressed <= 1
    keys.press("d")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text(f"{tag} 03")
    keys.press("z")
    expect(rows).to_have_count(2)
    assert [task["state"] for task in director.get("/v1/tasks", search=tag, order_by="due_time")["tasks"]] == [
        "DONE",
        "OPEN",
        "OPEN",
    ]


def test_7_a_request_is_answered_and_solved_with_4_keys(enter: Any, url: str, customer: Any) -> None:
    agent = Colleague(url, "sun.li")
    subject = f"键盘工单 {time.time_ns()}"
    ticket = agent.post("/v1/tickets", kind="ENQUIRY", subject=subject, customer_id=customer["id"], channel="phone")
    agent.post(f"/v1/tickets/{ticket['id']}:assign", owner_id=agent.id)
    page = enter("sun.li")
    open_page(page, f"/app/service/inbox?queue=mine&ticket={ticket['id']}")
    expect(page.locator(".ticket-head")).to_contain_text(subject)
    keys = Keys(page)
    keys.press("r")
    keys.type("您好，请重启网关。")
    keys.press("Control+Enter")
    expect(page.locator(".ticket-said")).to_contain_text("您好，请重启网关。")
    expect(page.locator(".ticket-said")).to_be_focused()
    keys.press("s")
    expect(page.locator(".ant-modal #field-resolution")).to_be_focused()
    keys.type("已远程恢复")
    keys.press("Control+Enter")
    expect(page.locator(".ant-modal")).to_have_count(0)
    assert keys.pressed <= 4
    assert agent.get(f"/v1/tickets/{ticket['id']}")["state"] == "RESOLVED"


def test_6_twenty_leads_are_handed_over_with_3_keys(enter: Any, url: str, director: Colleague) -> None:
    source = f"键盘分配 {time.time_ns()}"
    for number in range(20):
        director.post("/v1/leads", name=f"待分配 {number}", source=source, email=f"k{time.time_ns()}@example.com")
    seller = Colleague(url, "li.na")
    page = enter("wang.fang")
    wanted = f'source = "{source}"'
    open_page(page, f"/app/sales/leads?view=all&f={quote_plus(wanted)}")
    expect(page.locator("tbody tr")).to_have_count(20)
    keys = Keys(page)
    keys.press("Shift+X")
    expect(page.locator(".crm-bulk").get_by_role("status")).to_contain_text("20")
    keys.press("a")
    expect(page.locator(".ant-modal #field-owner_id")).to_be_focused()
    keys.type("李娜")
    expect(page.locator(".ant-select-item-option-active")).to_contain_text("李娜")
    keys.press("Control+Enter")
    expect(page.locator(".crm-bulk-progress")).to_contain_text("20")
    expect(page.locator("tbody td", has_text="李娜")).to_have_count(20)
    assert keys.pressed <= 3
    mine = director.get("/v1/leads", filter=f'{wanted} AND owner_id = "{seller.id}"', page_size=50)
    assert len(mine["leads"]) == 20


def test_7_a_request_is_answered_with_an_article_and_solved_with_3_keys(enter: Any, url: str, customer: Any) -> None:
    agent, words = Colleague(url, "sun.li"), f"量程漂移 {time.time_ns()}"
    texts = {
        "title_zh": f"{words}怎么办",
        "body_zh": "请**重新校正**零点。",
        "title_en": words,
        "body_en": "Calibrate.",
    }
    article = agent.post("/v1/knowledge-articles", audience="CUSTOMER", **texts)
    for verb in ("submit", "publish"):
        agent.post(f"/v1/knowledge-articles/{article['id']}:{verb}")
    ticket = agent.post("/v1/tickets", kind="ENQUIRY", subject=words, customer_id=customer["id"], channel="phone")
    agent.post(f"/v1/tickets/{ticket['id']}:assign", owner_id=agent.id)
    page = enter("sun.li")
    open_page(page, f"/app/service/inbox?queue=mine&ticket={ticket['id']}")
    expect(page.locator(".ticket-head")).to_contain_text(words)
    keys = Keys(page)
    keys.press("i")
    expect(page.get_by_role("option", selected=True)).to_contain_text(f"{words}怎么办")
    shot(page, "picker-zh")
    assert violations(page) == []
    keys.press("Enter")
    expect(page.locator(".ticket-composer textarea")).to_be_focused()
    expect(page.locator(".ticket-composer textarea")).to_have_value("请重新校正零点。")
    shot(page, "composer-zh")
    keys.press("Control+Shift+Enter")
    expect(page.locator(".ticket-said")).to_contain_text("请重新校正零点。")
    expect(page.locator(".ticket-head")).to_contain_text("已解决")
    assert keys.pressed <= 4
    assert agent.get(f"/v1/tickets/{ticket['id']}")["state"] == "RESOLVED"
    counted = agent.get(f"/v1/knowledge-articles/{article['id']}")
    assert (int(counted["used_count"]), int(counted["solved_count"])) == (1, 1)


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    """A thousand persons nobody knows yet, ten of them without any name."""
    path, run = tmp_path / "thousand.csv", time.time_ns() % 10**5
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        rows = csv.writer(file)
        rows.writerow(["姓名", "公司名称", "电子邮箱"])
        for number in range(ROWS):
            named = [f"人{number}", f"键盘导入 {run}-{number}"] if number % (ROWS // BAD) else ["", ""]
            rows.writerow([*named, f"p{number}@k{run}.example.com"])
    return path


def test_8_a_thousand_rows_are_imported_with_5_keys_and_the_bad_ones_come_back(enter: Any, big_file: Path) -> None:
    page = enter("li.na")
    # Whoever listens late misses a chooser that opens at once.
    page.on("filechooser", lambda chooser: chooser.set_files(big_file))
    open_page(page, "/app/customers/imports")
    keys = Keys(page)
    keys.press("c")
    expect(page.locator(".crm-drop button")).to_be_focused()
    keys.press("Enter")
    page.wait_for_selector(".crm-mapping")
    keys.press("Control+Enter")
    expect(page.locator('.crm-steps [aria-current="step"]')).to_contain_text("检查", timeout=60_000)
    expect(page.locator(".crm-page-actions .ant-btn-primary")).to_have_text("导入合格的行", timeout=60_000)
    keys.press("Control+Enter")
    expect(page.locator(".crm-import-errors button")).to_be_focused(timeout=60_000)
    with page.expect_download() as download:
        keys.press("Enter")
    assert keys.pressed <= 5
    assert len(Path(download.value.path()).read_text("utf-8-sig").splitlines()) == 1 + BAD


@pytest.fixture
def seller(url: str) -> Iterator[Colleague]:
    """A seller who keeps no reports and no dashboards, before and after."""
    person = Colleague(url, "huang.lei")

    def clear() -> None:
        for kind in ("dashboards", "report-definitions"):
            for kept in person.get(f"/v1/{kind}", filter=f'owner_id = "{person.id}"')[kind.replace("-", "_")]:
                person.http.delete(f"/v1/{kind}/{kept['id']}").raise_for_status()

    clear()
    yield person
    clear()


def test_9_a_chart_by_owner_and_month_is_put_onto_a_dashboard_with_6_keys(enter: Any, seller: Colleague) -> None:
    page = enter("huang.lei")
    open_page(page, "/app/home")
    keys = Keys(page)
    keys.press("g", "r")
    expect(page.locator("main h1")).to_be_visible()
    settle(page)
    keys.press("c")
    # Deals by owner and month: what is asked unless something else is.
    expect(page.locator(".own-answer .crm-drawing svg")).to_be_visible()
    keys.press("Control+Enter")
    expect(page).to_have_url(re.compile("/own-reports/[0-9a-f-]{36}$"))
    settle(page)
    keys.press("d")
    expect(page.locator(".ant-modal-footer .ant-btn-primary")).to_be_focused()
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/dashboards/[0-9a-f-]{36}$"))
    expect(page.locator(".dashboard-tile .crm-drawing svg")).to_be_visible()
    assert keys.pressed <= 6
    (report,) = seller.get("/v1/report-definitions", filter=f'owner_id = "{seller.id}"')["report_definitions"]
    assert (report["rows"], report["columns"]) == (["owner_id"], ["expected_close_date.month"])
    (board,) = seller.get("/v1/dashboards", filter=f'owner_id = "{seller.id}"')["dashboards"]
    assert [tile["report_definition_id"] for tile in board["tiles"]] == [report["id"]]


@pytest.fixture
def _unshared(director: Colleague) -> Iterator[None]:
    yield
    for view in director.get("/v1/saved-views", filter=f'name = "{VIEW}"')["saved_views"]:
        director.http.delete(f"/v1/saved-views/{view['id']}").raise_for_status()


@pytest.mark.usefixtures("_unshared")
def test_10_a_filtered_list_is_saved_and_shared_with_3_keys(enter: Any, url: str) -> None:
    page = enter("wang.fang")
    open_page(page, "/app/sales/leads?view=all&f=score+%3E+10")
    keys = Keys(page)
    keys.press("Shift+S")
    expect(page.get_by_role("dialog").locator("input").first).to_be_focused()
    keys.type(VIEW)
    keys.press("Enter")
    expect(page.locator('.crm-views [aria-current="true"]')).to_contain_text(VIEW)
    assert keys.pressed <= 3
    shared = Colleague(url, "li.na").get("/v1/saved-views", filter=f'name = "{VIEW}"')["saved_views"]
    assert [(view["filter"], view["audience"]) for view in shared] == [("score > 10", "UNIT")]


@pytest.fixture
def _switched_on(url: str) -> Iterator[None]:
    yield
    person = Colleague(url, "chen.jie")
    own = person.get("/v1/preferences/me")
    kept = {name: value for name, value in own.get("console", {}).items() if name != "shortcuts_off"}
    headers = {"If-Match": f'"{own["etag"]}"'}
    person.http.patch("/v1/preferences/me", json={"console": kept}, headers=headers).raise_for_status()


@pytest.mark.usefixtures("_switched_on")
def test_keys_are_letters_to_whoever_types_or_composes_and_can_be_switched_off(enter: Any) -> None:
    page = enter("chen.jie")
    open_page(page, "/app/sales/leads?view=all")
    page.keyboard.press("/")
    expect(page.locator(".crm-filter-search input")).to_be_focused()
    page.keyboard.type("c?s")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".crm-filter-search input")).to_have_value("c?s")
    expect(page).to_have_url(re.compile("q=c"))
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page).not_to_have_url(re.compile("q=c"))
    page.wait_for_selector("tbody tr")
    page.keyboard.press("Escape")
    composing = (
        "() => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', isComposing: true, bubbles: true}))"
    )
    page.evaluate(composing)
    expect(page.get_by_role("dialog")).to_have_count(0)
    settle(page)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    for name in ("命令面板", "保存并共享视图", "下一条", "前往商机"):
        expect(sheet).to_contain_text(name)
    switch = sheet.get_by_role("switch")
    switch.press("Space")
    expect(switch).to_be_checked()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
