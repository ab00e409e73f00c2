"""Two leads of one party become one as a person does it, follow the old address, and come apart again."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import expect

from .axe import violations
from .conftest import PASSWORD
from .pages import WIDE, open_page

MANAGER = "wang.fang"


def shot(page: Any, name: str) -> None:
    """A picture to look at, where somebody asked for some."""
    folder = os.environ.get("CRM_SCREENSHOTS", "")
    if folder:
        page.screenshot(path=Path(folder) / f"merge-{name}.png", full_page=True)


def two_leads(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of one party, which only a person can tell: the second got its name later."""
    tag = uuid4().hex[:8]
    with httpx.Client(base_url=url, timeout=30) as visitor:
        session = visitor.post("/v1/sessions", json={"login": MANAGER, "password": PASSWORD}).raise_for_status().json()
        visitor.headers["Authorization"] = f"Bearer {session['token']}"
        party = {"name": f"周敏{tag}", "company": f"澄海{tag}科技有限公司"}
        one = {**party, "phone": f"+86139{uuid4().int % 10**8:08d}", "job_title": "采购总监", "tags": ["展会"]}
        first = visitor.post("/v1/leads", json=one).raise_for_status().json()
        other = {
            "name": f"李{tag}",
            "company": uuid4().hex,
            "email": f"zm@{tag}.example.com",
            "job_title": "采购部总监",
        }
        second = visitor.post("/v1/leads", json=other).raise_for_status().json()
        version = {"If-Match": f'"{second["etag"]}"'}
        second = visitor.patch(f"/v1/leads/{second['id']}", json=party, headers=version).raise_for_status().json()
    return first, second


def test_two_leads_of_one_party_are_merged_and_come_apart_again(enter: Any, url: str) -> None:
    first, second = two_leads(url)
    page = enter(MANAGER)
    open_page(page, f"/app/sales/leads/{first['id']}")
    duplicates = page.locator(".lead-duplicate").filter(has_text=second["name"])
    expect(duplicates.first).to_be_visible()
    shot(page, "duplicates-zh")
    duplicates.first.get_by_role("link", name="对比并合并").click()
    table = page.get_by_role("region").filter(has=page.locator("table")).first
    expect(table).to_contain_text("采购部总监")
    choice = table.get_by_role("row").filter(has_text="职务").get_by_role("radio")
    choice.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(table.get_by_role("row").filter(has_text="职务").get_by_role("cell").last).to_have_text("采购部总监")
    assert violations(page) == []
    shot(page, "compare-zh")
    address = page.url
    page.get_by_role("button", name="合并", exact=True).click()
    expect(page.locator(".crm-toast")).to_contain_text("已将 2 条线索合并")
    expect(page.get_by_text("合并了 1 条线索")).to_be_visible()
    expect(page.get_by_text("已完成", exact=True)).to_be_visible()
    shot(page, "merged-zh")
    survivor = page.url
    gone = next(one for one in (first, second) if one["id"] not in survivor)
    open_page(page, f"/app/sales/leads/{gone['id']}")
    expect(page).to_have_url(survivor)
    expect(page.locator(".crm-toast")).to_contain_text("该线索已合并")
    page.get_by_role("button", name="撤销合并").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("合并后没有变更")
    assert violations(page) == []
    shot(page, "unmerge-zh")
    dialog.get_by_role("button", name="撤销合并").click()
    expect(page.get_by_text("已撤销", exact=True)).to_be_visible()
    open_page(page, f"/app/sales/leads/{gone['id']}")
    expect(page).not_to_have_url(survivor)
    dark = enter(MANAGER, language="en", theme="dark")
    open_page(dark, address)
    expect(dark.get_by_text("Lead that goes on", exact=True)).to_be_visible()
    assert violations(dark) == []
    shot(dark, "compare-en-dark")
    phone = enter(MANAGER, width=390)
    open_page(phone, address)
    expect(phone.get_by_text("保留的线索").first).to_be_visible()
    assert not phone.evaluate(WIDE)
    shot(phone, "compare-390")
