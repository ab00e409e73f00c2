"""The main job from first campaign to solved ticket, step by step, through as many mutating routes as one story needs."""

from typing import Any

from . import journey_care as care
from . import journey_leads as leads
from . import journey_privacy as privacy
from . import journey_rights as rights
from . import journey_sales as sales
from . import journey_territories as market
from .load import a_lead
from .telling import Do, Telling


def journey(do: Do, tag: str, user: Any) -> None:
    """One story told under names of its own, in the order in which its parts need each other."""
    tell = Telling(do, tag, user)
    field = rights.organisation(tell)
    campaign = leads.marketing(tell)
    customer, contact = care.customers(tell)
    rights.dealers(tell, field)
    leads.leads(tell, campaign)
    deal, quote = sales.deal(tell, customer, contact, campaign)
    sales.contract(tell, deal, quote)
    sales.lost_business(tell, customer)
    sales.tasks(tell, customer)
    care.service_desk(tell, customer, contact)
    leads.campaign_ends(tell, campaign)
    sales.approvals(tell, customer)
    care.knowledge(tell)
    care.configuration(tell)
    rights.rights(tell, field)
    rights.shares(tell, field, customer)
    market.territories(tell, customer, deal)
    privacy.requests(tell, contact)
    privacy.holds(tell, contact)
    rights.a_pause(tell)
    # By now leads knows the customer it made, and takes the same party for it.
    tell.do("CreateLead", lead={**a_lead(f"{tag} one"), "external_id": f"{tag} back"})
    rights.a_leaver(tell, field)
    rights.followed(tell, field)
    rights.news(tell, field)
