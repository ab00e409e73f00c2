"""Tasks from being handed over to being done and taken back, on lists, records and the calendar."""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .axe import violations
from .pages import WIDE, open_page
from .test_live import Colleague


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("CRM_SCREENSHOTS", ""):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture
def manager(url: str) -> Colleague:
    return Colleague(url, "zhang.wei")


def test_a_manager_hands_a_task_to_a_seller_who_is_told_does_it_and_takes_it_back(
    enter: Any, url: str, manager: Colleague
) -> None:
    seller = Colleague(url, "li.na")
    hers = f'state = OPEN AND owner_id = "{seller.id}"'
    deal = manager.get("/v1/opportunities", filter=hers, page_size=1)["opportunities"][0]
    subject = f"请寄合同正本 {time.time_ns()}"

    page = enter("zhang.wei")
    open_page(page, f"/app/sales/opportunities/{deal['id']}")
    page.get_by_role("link", name="新建任务").click()
    page.fill("#field-subject", subject)
    page.locator("#field-owner_id").click()
    page.keyboard.type("Li Na")
    page.locator(".ant-select-item-option").filter(has_text="李娜").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".crm-record-related")).to_contain_text(subject)

    task = manager.get("/v1/tasks", filter=f'subject = "{subject}"')["tasks"][0]
    assert (task["owner_id"], task["customer_id"]) == (seller.id, deal["customer_id"])
    page = enter("li.na")
    told = f'record_id = "{task["id"]}"'
    deadline = time.monotonic() + 20
    while not (news := seller.get("/v1/notifications", filter=told)["notifications"]):
        assert time.monotonic() < deadline, "nobody was told"
        time.sleep(0.3)
    assert [one["kind"] for one in news] == ["task_assigned"]

    open_page(page, f"/app/tasks/{task['id']}")
    page.get_by_role("button", name="完成", exact=True).click()
    expect(page.locator(".crm-record")).to_contain_text("已完成")
    assert seller.get(f"/v1/tasks/{task['id']}")["state"] == "DONE"
    page.keyboard.press("z")
    expect(page.locator(".crm-record")).to_contain_text("未开始")
    assert seller.get(f"/v1/tasks/{task['id']}")["state"] == "OPEN"


@pytest.mark.parametrize("width", [1366, 390])
def test_the_calendar_shows_tasks_on_their_days_to_the_keyboard_and_on_a_phone(
    enter: Any, manager: Colleague, width: int
) -> None:
    due = datetime.now(UTC).replace(hour=4, minute=0) + timedelta(days=9)
    day, subject = due.date().isoformat(), f"Visit {time.time_ns()}"
    manager.post("/v1/tasks", subject=subject, due_time=due.isoformat(), all_day=True)
    page = enter("zhang.wei", language="en", theme="dark", width=width)
    open_page(page, f"/app/calendar?day={day}")
    expect(page.locator("main")).to_contain_text(subject)
    assert violations(page) == []
    assert page.evaluate(WIDE) <= 0
    picture(page, f"calendar-en-dark-{width}")
    if width == 390:
        expect(page.locator("table.calendar")).to_have_count(0)
        return
    page.locator(f'[data-day="{day}"]').focus()
    page.keyboard.press("ArrowDown")
    later = (due + timedelta(days=7)).date().isoformat()
    expect(page).to_have_url(re.compile(f"day={later}"))
    expect(page.locator(f'[data-day="{later}"]')).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name=f"Finish “{subject}”").click()
    expect(page.locator(".calendar-task[data-done]").filter(has_text=subject).first).to_be_visible()
