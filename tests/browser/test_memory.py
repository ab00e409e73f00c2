"""Somebody who goes from page to page all day does not fill the browser's memory."""

import os
from typing import Any

from .pages import open_page

SWITCHES = int(os.environ.get("CRM_ROUTE_SWITCHES", "48"))
"""As many as take well under a minute; the goal is stated for 2,000."""
GOAL_SWITCHES, GOAL_BYTES = 2_000, 120_000_000
WARM_ROUNDS = 2
"""Visits of every page until all are loaded and every cache has what it keeps."""
ARRIVED = (
    "path => location.pathname === path && document.querySelector('main h1') && !document.querySelector('.crm-loading')"
)


def _used(devtools: Any) -> int:
    """Bytes of script objects that are still needed."""
    for _ in range(2):
        devtools.send("HeapProfiler.collectGarbage")
    return int(devtools.send("Runtime.getHeapUsage")["usedSize"])


def test_the_memory_of_a_tab_stays_within_120_mb_over_two_thousand_route_switches(enter: Any) -> None:
    page = enter("wang.fang")
    open_page(page, "/app/home")
    devtools = page.context.new_cdp_session(page)
    links = page.locator("nav.crm-nav a")
    paths = [path for path in links.evaluate_all("all => all.map(each => each.pathname)") if path.startswith("/app/")]
    assert len(paths) > 8

    def switch(number: int) -> None:
        path = paths[number % len(paths)]
        links.locator(f'xpath=self::*[@href="{path}"]').first.dispatch_event("click")
        page.wait_for_function(ARRIVED, arg=path)

    warming = WARM_ROUNDS * len(paths)
    for number in range(warming):
        switch(number)
    warm = _used(devtools)
    for number in range(SWITCHES):
        switch(warming + number)
    used = _used(devtools)
    growth = max(0, used - warm) / SWITCHES
    assert used + growth * max(0, GOAL_SWITCHES - SWITCHES) <= GOAL_BYTES
