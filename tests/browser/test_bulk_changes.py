"""Many records at once as a person does it: choose all that match, change, watch, look at the refusals, take it back."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from .axe import violations
from .pages import WIDE, open_page, settle

POOLED = "/app/sales/leads?view=all&f=state+%3D+POOLED"


def shot(page: Any, name: str) -> None:
    """A picture to look at, where somebody asked for some."""
    folder = os.environ.get("CRM_SCREENSHOTS", "")
    if folder:
        page.screenshot(path=Path(folder) / f"bulk-{name}.png")


def edit_source(page: Any, edit: str, value: str) -> None:
    bar = page.locator(".crm-bulk")
    bar.get_by_role("button", name=edit, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("#bulk-field").fill("来源" if edit == "批量修改" else "Source")
    page.keyboard.press("Enter")
    expect(dialog.locator("#bulk-value")).to_be_visible()
    assert violations(page) == []
    dialog.locator("#bulk-value").fill(value)
    shot(page, "edit")
    page.keyboard.press("Tab")
    dialog.locator("button[type=submit]").click()


def test_all_that_match_are_changed_watched_over_a_reload_and_taken_back(enter: Any) -> None:
    page = enter("wang.fang")
    open_page(page, POOLED)
    page.locator("thead input[type=checkbox]").check()
    bar = page.locator(".crm-bulk")
    bar.get_by_role("button", name="选择全部").click()
    expect(bar.get_by_role("status")).to_contain_text("已选全部")
    shot(page, "bar-zh")
    edit_source(page, "批量修改", "展会甲")
    progress = page.locator(".crm-bulk-progress")
    expect(progress).to_be_visible()
    shot(page, "progress-zh")
    page.goto("/app/home")
    settle(page)
    expect(progress).to_contain_text("已修改")
    shot(page, "done-zh")
    progress.get_by_role("button", name="撤销").click()
    expect(progress).to_contain_text("已恢复")
    open_page(page, "/app/settings/bulk-changes")
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("撤销操作")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("已撤销")
    shot(page, "page-zh")
    first.locator("a").click()
    settle(page)
    expect(page.locator("tbody tr").first).to_contain_text("已修改")
    assert violations(page) == []
    shot(page, "results-zh")


def test_selected_leads_are_handed_over_in_three_steps_and_refusals_are_explained(enter: Any) -> None:
    page = enter("wang.fang", language="en", theme="dark")
    open_page(page, POOLED)
    boxes = page.locator("tbody input[type=checkbox]")
    for at in range(3):
        boxes.nth(at).check()
    bar = page.locator(".crm-bulk")
    bar.get_by_role("button", name="Assign", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input").first.fill("李娜")
    page.locator(".ant-select-item-option").first.click()
    shot(page, "assign-en")
    dialog.get_by_role("button", name="Assign", exact=True).click()
    progress = page.locator(".crm-bulk-progress")
    expect(progress).to_contain_text("3 records changed")
    shot(page, "done-en")
    progress.get_by_role("button", name="Undo").click()
    # They lay in the pool before, where nobody owned them.
    expect(progress).to_contain_text("3 records restored")


def test_what_changed_since_is_left_alone_and_explained(enter: Any) -> None:
    page = enter("wang.fang", language="en", theme="dark")
    open_page(page, POOLED)
    boxes = page.locator("tbody input[type=checkbox]")
    for at in range(2):
        boxes.nth(at).check()
    edit_source(page, "Edit", "Fair B")
    progress = page.locator(".crm-bulk-progress")
    expect(progress).to_contain_text("2 records changed")
    boxes.first.check()
    edit_source(page, "Edit", "Fair C")
    expect(progress.last).to_contain_text("1 record changed")
    open_page(page, "/app/settings/bulk-changes")
    page.locator("tbody tr").nth(1).get_by_role("button", name="Undo").click()
    expect(progress.last).to_contain_text("1 record restored, 1 refused")
    progress.last.get_by_role("link", name="See why").click()
    settle(page)
    expect(page.get_by_text("Somebody changed this record since")).to_be_visible()
    assert violations(page) == []
    shot(page, "results-en")


@pytest.mark.parametrize("path", ["/app/settings/bulk-changes"])
def test_it_fits_a_phone(enter: Any, path: str) -> None:
    page = enter("wang.fang", width=390)
    open_page(page, path)
    assert page.evaluate(WIDE) == 0
    shot(page, "phone")
    assert violations(page) == []
