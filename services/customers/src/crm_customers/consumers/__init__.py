"""What this service learns from others: everything that happens with a customer, where its contracts stand, where it lies."""

from crm_customers.consumers import leads, sales, service_desk
from crm_customers.consumers.territories import alignment, territories
from crm_kit.consumer import Consumer, Mode


def timeline(zone: str) -> Consumer:
    """What is told of a customer: each event counts, so it keeps a ledger. ``zone``: of contracts that name none of their own."""
    made = Consumer("customers-timeline", Mode.LEDGER)
    leads.register(made)
    sales.register(made, zone)
    service_desk.register(made)
    return made


__all__ = ["alignment", "territories", "timeline"]
