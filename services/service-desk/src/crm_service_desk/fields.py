"""By which fields tickets are filtered, ordered and given their SLA policy: the one list for lists and rules."""

from functools import lru_cache

from crm_kit.custom_fields import CustomField, filter_fields
from crm_kit.filtering import Fields
from crm_service_desk.domain.states import OVER, SOLVED, UNSOLVED
from crm_service_desk.domain.ticket import KINDS, PRIORITIES, Ticket

TICKET_FILTERS = (
    "number",
    "state",
    "kind",
    "priority",
    "customer_id",
    "contact_id",
    "channel",
    "category",
    "product_id",
    "owner_id",
    "unit_path",
    "tags",
    "resolution_code",
    "reopen_count",
    "sla_policy_id",
    "sla_breached",
    "first_response_due_time",
    "next_response_due_time",
    "resolution_due_time",
    "resolve_time",
    "close_time",
    "create_time",
    "update_time",
)
TICKET_SEARCH = ("number", "subject", "description")

TICKET_FIELDS = Fields.of_entity(
    Ticket,
    ["id", *TICKET_FILTERS],
    enums={"state": sorted(UNSOLVED | SOLVED | OVER), "kind": KINDS, "priority": PRIORITIES},
    search=TICKET_SEARCH,
)


@lru_cache(maxsize=8)
def with_custom(definitions: tuple[CustomField, ...]) -> Fields:
    """The fields of tickets and those an administrator added."""
    return TICKET_FIELDS.plus(filter_fields(definitions, Ticket.__table__.c.custom_fields))
