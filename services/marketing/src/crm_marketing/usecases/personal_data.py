"""What the marketing service holds of persons, and what is left when one is forgotten (domain rule 8.8).

Members and touchpoints name a person by ids only; once what the ids name is empty, they name nobody, and campaigns keep
their numbers. What ties them to a browser goes.
"""

from typing import Any

from sqlalchemy import Table

from crm_kit.personal_data import Holding, PersonalData
from crm_marketing.domain.campaign_member import CampaignMember
from crm_marketing.domain.person import known_conversion
from crm_marketing.domain.touchpoint import Touchpoint

LEAD, CONTACT, CUSTOMER = "leads.lead", "customers.contact", "customers.customer"


def _table(entity: Any) -> Table:
    found: Table = entity.__table__
    return found


member, touchpoint = _table(CampaignMember), _table(Touchpoint)

PERSONAL_DATA = PersonalData(
    holdings=(
        Holding(
            member,
            {LEAD: member.c.lead_id, CONTACT: member.c.contact_id, CUSTOMER: member.c.customer_id},
            blank=("custom_fields",),
        ),
        Holding(
            touchpoint,
            {LEAD: touchpoint.c.lead_id, CONTACT: touchpoint.c.contact_id, CUSTOMER: touchpoint.c.customer_id},
            blank=("anonymous_id", "content", "term", "custom_fields"),
        ),
        Holding(
            known_conversion,
            {
                LEAD: known_conversion.c.lead_id,
                CONTACT: known_conversion.c.contact_id,
                CUSTOMER: known_conversion.c.customer_id,
            },
        ),
    ),
)
