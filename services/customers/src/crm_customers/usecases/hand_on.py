"""A person leaves or changes posts: a colleague looks after their customers, with contacts and what was said."""

from typing import Any

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers.domain.contact import Contact
from crm_customers.domain.customer import Customer
from crm_customers.domain.follow_up import FollowUp
from crm_kit.handover import Handover, Transferable


def _customer(_customer: Any, _handover: Handover) -> events.CustomerUpdated:
    return events.CustomerUpdated()


def _contact(_contact: Any, _handover: Handover) -> events.ContactUpdated:
    return events.ContactUpdated()


_IS_SHADOW = Contact.__table__.c.is_shadow

TRANSFERABLE = (
    Transferable(Customer, announce=_customer),
    Transferable(Contact, _IS_SHADOW.is_(False), _contact),
    # Nobody else hears of those that stand in for person customers.
    Transferable(Contact, _IS_SHADOW),
    Transferable(FollowUp),
)
