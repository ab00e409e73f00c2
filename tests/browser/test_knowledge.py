"""The knowledge base as a person keeps and reads it."""

import os
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from .axe import violations
from .pages import open_page, settle

ARTICLES = "/app/service/knowledge/articles"


def shot(page: Any, name: str) -> None:
    """A picture to look at, where somebody asked for some."""
    folder = os.environ.get("CRM_SCREENSHOTS", "")
    if folder:
        page.screenshot(path=Path(folder) / f"knowledge-{name}.png")


def test_an_article_is_written_checked_published_and_found(enter: Any) -> None:
    page, title = enter("sun.li"), f"探头更换步骤 {time.time_ns()}"
    open_page(page, ARTICLES)
    shot(page, "articles-zh")
    page.get_by_role("button", name="新建文章").click()
    page.locator("#field-title_zh").fill(title)
    page.get_by_role("dialog").locator("button[type=submit]").click()
    page.wait_for_selector(".knowledge-write")
    page.locator("#knowledge-body").fill("## 步骤\n1. 断电\n2. 更换<b>探头</b>\n\n[手册](javascript:alert(1))")
    preview = page.locator(".knowledge-preview")
    expect(preview.locator("ol li")).to_have_count(2)
    # Nothing of a text becomes a tag, and no link leads where a script could run.
    expect(preview).to_contain_text("<b>探头</b>")
    expect(preview.locator("a, b")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("正文已保存")).to_be_visible()
    shot(page, "article-zh")
    assert violations(page) == []
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("button", name="发布", exact=True).click()
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(page.locator(".crm-record-related, .crm-record").get_by_text("第 1 版").first).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type(title)
    hit = page.get_by_role("option", selected=True)
    expect(hit).to_contain_text(title)
    expect(page.locator("#hits")).to_contain_text("知识库")
    page.keyboard.press("Escape")
    open_page(page, "/app/service/knowledge")
    page.locator(".crm-filter-search input").fill(title)
    expect(page.locator("tbody tr")).to_have_count(1)
    shot(page, "list-zh")
    page.locator("tbody a").first.click()
    expect(page.locator(".knowledge-text ol li")).to_have_count(2)
    shot(page, "version-zh")
    assert violations(page) == []


def test_a_dealer_reads_what_is_meant_for_customers_on_a_phone(enter: Any) -> None:
    page = enter("lin.tao", language="en", theme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, "/app/service/knowledge")
    settle(page)
    main = page.locator("main")
    expect(main).to_contain_text("The gateway is offline")
    expect(main).not_to_contain_text("Compensation for late installation")
    shot(page, "list-phone-en")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    main.get_by_role("link", name="The gateway is offline").click()
    expect(page.locator(".knowledge-text")).to_contain_text("Is the power light on?")
    settle(page)
    shot(page, "version-phone-en")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    page.set_viewport_size({"width": 1366, "height": 768})
    settle(page)
    shot(page, "version-en")
