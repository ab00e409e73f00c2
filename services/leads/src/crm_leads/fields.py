"""By which fields leads are filtered, ordered, distributed and routed: the one list for API and rules."""

from crm_kit.filtering import Fields
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State

LEAD_FILTERS = (
    "number",
    "state",
    "state_reason",
    "name",
    "company",
    "job_title",
    "phone",
    "email",
    "open_id",
    "credit_code",
    "country_code",
    "province",
    "city",
    "postal_code",
    "channel",
    "source",
    "campaign_id",
    "external_id",
    "product_line",
    "need",
    "intent_count",
    "tags",
    "score",
    "grade",
    "pool_id",
    "owner_id",
    "unit_path",
    "own_time",
    "protect_until_time",
    "recycle_due_time",
    "offer_due_time",
    "first_touch_time",
    "last_touch_time",
    "recycle_count",
    "customer_id",
    "import_id",
    "create_time",
    "update_time",
)
SEARCH = ("name", "company", "phone", "email", "number")

LEAD_FIELDS = Fields.of_entity(
    Lead, ["id", *LEAD_FILTERS], enums={"state": [state.value for state in State]}, search=SEARCH
)
