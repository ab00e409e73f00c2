"""Somebody who goes from page to page all day does not fill the browser's memory."""

import os
from typing import Any

from .pages import open_page

ROUNDS = int(os.environ.get("CRM_MEMORY_ROUNDS", "2"))
"""Visits of every page that are measured; whole rounds, so that the heap is compared on one and the same page."""
WARM_ROUNDS = 3
"""Visits of every page until all are loaded and every cache has what it keeps."""
GOAL_SWITCHES, GOAL_BYTES = 2_000, 120_000_000
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

    def go_round(times: int) -> int:
        for path in paths * times:
            links.locator(f'xpath=self::*[@href="{path}"]').first.dispatch_event("click")
            page.wait_for_function(ARRIVED, arg=path)
        return _used(devtools)

    warm = go_round(WARM_ROUNDS)
    used = go_round(ROUNDS)
    switches = ROUNDS * len(paths)
    growth = max(0, used - warm) / switches
    assert used + growth * max(0, GOAL_SWITCHES - switches) <= GOAL_BYTES
