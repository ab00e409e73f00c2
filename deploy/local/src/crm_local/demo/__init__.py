"""The demo enterprise: a maker of sensors in China with two regions, a subsidiary and two dealers.

Everything is made through the public API, by the people who would make it, and is the same at every load; days are
counted back from the first load.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

from crm_client.catalog import Catalog
from crm_local.demo import people
from crm_local.demo.campaigns import run_campaigns
from crm_local.demo.dashboards import share_dashboard
from crm_local.demo.deals import stock, work_deals
from crm_local.demo.knowledge import write_articles
from crm_local.demo.lead_flow import dispute, import_file, set_rules, work_leads
from crm_local.demo.people import LOGINS, PASSWORD
from crm_local.demo.privacy import answer_access
from crm_local.demo.staff import Person, sign_in, together
from crm_local.demo.tasks import log_follow_ups, plan_tasks
from crm_local.demo.territories import divide, plan_next, preview
from crm_local.demo.tickets import promise, work_tickets
from crm_local.demo.views import share_views
from crm_local.demo.web_forms import publish_form

__all__ = ["LOGINS", "load"]

ADMINISTRATOR = "admin"
FILES = (
    ("demo-expo.csv", 170, ("exhibition", "referral")),
    ("demo-online.csv", 130, ("internet", "media", "phone_enquiry", "referral")),
)
"""Name, rows and the sources that occur; the first belongs to the exhibition, the second to the advertisement."""
TICKETS = 30
IN_OFFICES = frozenset({"sun.li", "david.miller", "zhao.min", "gao.yan", "xu.qing"})
"""Who sells nothing."""


def load(base_url: str, *, administrator_password: str, report: Callable[[str], None]) -> None:
    """Load the demo data; ``report`` gets a line per finished step.

    A load that was interrupted goes on where it stopped when it is repeated within the 72 hours for which the services
    remember what was done; a complete one is left as it is. Raises ``crm_client.ClientError`` when something is refused.
    """
    catalog = Catalog.load()
    boss = sign_in(base_url, catalog, ADMINISTRATOR, administrator_password)
    if people.complete(boss.client):
        report("the demo data is already there")
        return
    units = people.build_units(boss)
    hired = together(partial(people.hire, boss, units, employee) for employee in people.EMPLOYEES)
    ids = dict(zip((employee.login for employee in people.EMPLOYEES), hired, strict=True))
    signed_in = together(partial(sign_in, base_url, catalog, login, PASSWORD) for login in ids)
    staff = dict(zip(ids, signed_in, strict=True))
    report(f"{len(people.UNITS) + 1} units and {len(ids)} people; everybody's password is {PASSWORD}")

    set_rules(boss, ids)
    share_views(staff["gao.yan"], staff["zhang.wei"])
    share_dashboard(boss)
    divide(staff["gao.yan"], ids)
    next_model = plan_next(staff["gao.yan"])
    promise(boss)
    today = first_day(boss)
    dealers = frozenset(ids[employee.login] for employee in people.EMPLOYEES if employee.role == "dealer")
    shop = stock(boss, staff["wang.fang"], dealers, today)
    campaigns = run_campaigns(staff["zhao.min"], today)
    publish_form(staff["zhao.min"], campaigns[1])
    report(
        "pools, distribution rules, territories, products, competitors, service promises, two campaigns and a web form"
    )

    imports = [
        import_file(staff["zhao.min"], name, rows, sources, campaign)
        for (name, rows, sources), campaign in zip(FILES, campaigns, strict=True)
    ]
    rows, created = (sum(done[count] for done in imports) for count in ("row_count", "created_count"))
    report(f"{rows} rows of two files imported: {created} new leads, the rest repeats and refusals")

    sellers = {login: staff[login] for login in staff if login not in IN_OFFICES}
    converted = work_leads(boss, sellers, [str(done["id"]) for done in imports])
    report(f"leads claimed, followed up and closed; {len(converted)} converted into customers")
    dispute(sellers["lin.tao"], sellers["liu.yang"])
    report("two dealers claim one customer; headquarters has to decide (crm list conflicts)")
    # Tickets first: the hotline's promise needs its minute to be broken.
    work_tickets([staff["sun.li"], staff["david.miller"]], converted, TICKETS)
    write_articles(staff["sun.li"], staff["david.miller"])
    report(f"{TICKETS} tickets from first word to rating, and the articles that answer them")
    work_deals(sellers, shop, converted)
    report("deals in every stage, with quotes, contracts and payments")
    report(f"{plan_tasks(staff, today)} tasks around today, {log_follow_ups(staff, today)} follow-ups with customers")
    preview(staff["gao.yan"], next_model)
    answer_access(staff["xu.qing"], converted)
    report("next year's territories planned; one person has asked what is known about them, and was answered")
    people.hire(boss, units, people.ANALYST)


def first_day(boss: Person) -> date:
    """The day of the first load: a repeated one must count from the same."""
    region = next(unit for unit in boss.client.list("units") if unit["path"] == people.EAST)
    return datetime.fromisoformat(str(region["create_time"])).astimezone(UTC).date()
