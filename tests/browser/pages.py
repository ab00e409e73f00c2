"""Every page of the console with somebody who works on it, and how a test opens one."""

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

DIST = Path(__file__).parents[2] / "gateway" / "console" / "dist"
SETTLED = "() => !document.querySelector('.crm-loading') && document.querySelector('main h1')"
WIDE = (
    "() => ['html', 'main'].map(q => document.querySelector(q)).reduce((s, e) => s + e.scrollWidth - e.clientWidth, 0)"
)

PAGES: dict[str, dict[str, str]] = {
    "wang.fang": {
        "home": "/app/home",
        "notifications": "/app/notifications",
        "tasks": "/app/tasks?view=all",
        "new-task": "/app/tasks/new",
        "calendar": "/app/calendar",
        "follow-ups": "/app/customers/follow-ups",
        "leads": "/app/sales/leads?view=all",
        "new-lead": "/app/sales/leads/new",
        "opportunities": "/app/sales/opportunities?view=all",
        "board": "/app/sales/opportunities?view=all&layout=board",
        "imports": "/app/customers/imports",
        "new-import": "/app/customers/imports/new",
        "quotes": "/app/sales/quotes?view=all",
        "new-quote": "/app/sales/quotes/new",
        "contracts": "/app/sales/contracts?view=all",
        "receipts": "/app/sales/receipts?view=all",
        "receivables": "/app/sales/receivables?view=all",
        "report-funnel": "/app/analytics/reports/lead_funnel_cohort",
        "report-waterfall": "/app/analytics/reports/pipeline_waterfall",
        "new-report": "/app/analytics/own-reports/new",
        "dashboards": "/app/analytics/dashboards",
        "customers": "/app/customers/accounts?view=all",
        "new-customer": "/app/customers/accounts/new",
        "contacts": "/app/customers/contacts?view=all",
        "conflicts": "/app/sales/conflicts?view=all",
        "bulk-changes": "/app/settings/bulk-changes",
    },
    "sun.li": {
        "inbox": "/app/service/inbox?queue=all",
        "tickets": "/app/service/tickets?view=all",
        "new-ticket": "/app/service/tickets/new",
        "promises": "/app/service/promises",
        "feedback": "/app/service/feedback",
    },
    "zhao.min": {
        "campaigns": "/app/marketing/campaigns",
        "new-campaign": "/app/marketing/campaigns/new",
        "forms": "/app/marketing/forms",
        "touchpoints": "/app/marketing/touchpoints",
    },
    "gao.yan": {"territories": "/app/settings/territories"},
    "xu.qing": {
        "subject-requests": "/app/settings/subject-requests?view=all",
        "legal-holds": "/app/settings/legal-holds",
    },
    "admin": {
        "users": "/app/settings/users",
        "new-user": "/app/settings/users/new",
        "units": "/app/settings/units",
        "roles": "/app/settings/roles",
        "teams": "/app/settings/teams",
        "restriction-rules": "/app/settings/restriction-rules",
        "delegations": "/app/settings/delegations",
        "transfers": "/app/settings/transfers",
        "fields": "/app/settings/fields",
        "products": "/app/settings/products",
        "competitors": "/app/settings/competitors",
        "pipelines": "/app/settings/pipelines",
        "pools": "/app/settings/pools",
        "distribution-rules": "/app/settings/distribution-rules",
        "api-keys": "/app/settings/api-keys",
        "identity-providers": "/app/settings/identity-providers",
        "modules": "/app/settings/modules",
        "parameters": "/app/settings/parameters",
        "personalisation": "/app/settings/personalisation",
        "audit": "/app/settings/audit?service=identity",
        "status": "/app/settings/status",
    },
}
RECORDS = (
    "tasks",
    "leads",
    "opportunities",
    "customers",
    "contacts",
    "quotes",
    "contracts",
    "tickets",
    "campaigns",
    "forms",
    "territories",
    "subject-requests",
    "conflicts",
    "promises",
    "feedback",
    "products",
    "pipelines",
    "pools",
    "distribution-rules",
)
"""Lists whose first record is opened as well."""


QUIET_MS = 500
LONGEST_MS = 30_000
_under_way: WeakKeyDictionary[Any, set[Any]] = WeakKeyDictionary()
_listening: WeakSet[Any] = WeakSet()


def watch(page: Any) -> None:
    """From now on ``quiet`` knows what the page asks for. The live stream never ends, so it does not count."""
    asked = _under_way[page] = set()

    def over(request: Any) -> None:
        asked.discard(request)

    page.on("request", lambda request: asked.add(request) if not request.url.endswith("/v1/live") else None)
    page.on("response", lambda response: _listening.add(page) if response.url.endswith("/v1/live") else None)
    page.on("requestfinished", over)
    page.on("requestfailed", over)


def quiet(page: Any) -> None:
    """Wait until the page has asked for nothing for half a second."""
    still = 0
    for _ in range(LONGEST_MS // 100):
        page.wait_for_timeout(100)
        still = 0 if _under_way[page] else still + 100
        if still >= QUIET_MS:
            return
    raise AssertionError(f"still under way: {[request.url for request in _under_way[page]]}")


def listening(page: Any) -> None:
    """Wait until the page has a stream of its own: nothing that is changed from now on is missed."""
    for _ in range(LONGEST_MS // 100):
        if page in _listening:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page opened no stream")


def open_page(page: Any, path: str) -> None:
    _listening.discard(page)
    page.goto(path)
    settle(page)


def open_record(page: Any) -> None:
    """The first record of the list on the page."""
    page.locator("tbody a, .crm-cards a").first.click()
    page.wait_for_selector(".crm-record")
    settle(page)


def settle(page: Any) -> None:
    page.wait_for_function(SETTLED)
    quiet(page)


def loaded(page: Any) -> set[str]:
    """Paths of the console's files that the page was loaded with or has asked for since."""
    names = page.evaluate("() => performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)")
    return {name for name in names if name.startswith("/console/")}


def weight(paths: set[str]) -> int:
    """Bytes of files as they travel, compressed."""
    files = [DIST / path.removeprefix("/console/") for path in paths]
    return sum(
        min(file.stat().st_size for file in (path, path.with_name(f"{path.name}.gz")) if file.is_file())
        for path in files
    )
