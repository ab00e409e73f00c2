"""Composition root: the one place that knows all parts of the customers service."""

from crm_customers import consumers, jobs
from crm_customers.domain.record import Record
from crm_customers.rpc.consent_service import ConsentService
from crm_customers.rpc.contact_service import ContactService
from crm_customers.rpc.conversion_service import ConversionService
from crm_customers.rpc.customer_service import CustomerService
from crm_customers.rpc.follow_up_service import FollowUpService
from crm_customers.rpc.timeline_service import TimelineService
from crm_customers.settings import CustomersSettings
from crm_customers.usecases.hand_on import TRANSFERABLE
from crm_kit.following import Following
from crm_kit.service import Parts, Runtime, Service
from crm_kit.settings import read

CALLERS = {
    "crm.customers.v1.ConversionService": ("leads",),
    # Recognising our customers in submissions takes their numbers and addresses.
    "crm.ops.v1.SealedValueService": ("leads",),
}


def compose(runtime: Runtime) -> Parts:
    """The parts of one process."""
    following = Following(runtime, "customers", Record.metadata, transferable=TRANSFERABLE)
    return Parts(
        servicers={
            "crm.customers.v1.CustomerService": CustomerService(),
            "crm.customers.v1.ContactService": ContactService(),
            "crm.customers.v1.ConsentService": ConsentService(),
            "crm.customers.v1.FollowUpService": FollowUpService(),
            "crm.customers.v1.TimelineService": TimelineService(),
            "crm.customers.v1.ConversionService": ConversionService(),
        },
        callers=CALLERS,
        consumers=[consumers.timeline(read(CustomersSettings).time_zone), following.consumer],
        following=following,
        timers=jobs.timers(runtime.db),
    )


service = Service("customers", "crm_customers", Record.metadata, compose)
