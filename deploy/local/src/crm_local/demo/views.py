"""Views the demo's people share: what everybody calls on first, and what a region keeps an eye on."""

from crm_local.demo.people import EAST
from crm_local.demo.staff import Person, Record

EVERYONES: Record = {
    "resource": "leads.lead",
    "name": "高分未跟进 Hot and untouched",
    "filter": "score >= 60 AND state = ASSIGNED",
    "order_by": "score desc",
    "columns": ["name", "company", "score", "phone", "source", "owner_id", "create_time"],
    "audience": "EVERYONE",
}
EASTS: Record = {
    "resource": "sales.opportunity",
    "name": "华东进行中 Open in East China",
    "filter": "state = OPEN",
    "order_by": "expected_close_date",
    "audience": "UNIT",
    "unit_path": EAST,
}


def share_views(operations: Person, manager: Person) -> None:
    """One for the whole enterprise, one for a region and its subsidiaries and dealers."""
    operations.create("saved-views", EVERYONES, "view for everyone")
    manager.create("saved-views", EASTS, "view for East China")
