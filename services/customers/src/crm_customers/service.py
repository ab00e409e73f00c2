"""Composition root: the one place that knows all parts of the customers service."""

from crm_customers import consumers, jobs
from crm_customers.domain.record import Record
from crm_customers.rpc.consent_service import ConsentService
from crm_customers.rpc.contact_service import ContactService
from crm_customers.rpc.conversion_service import ConversionService
from crm_customers.rpc.customer_service import CustomerService
from crm_customers.rpc.follow_up_service import FollowUpService
from crm_customers.rpc.legal_hold_service import LegalHoldService
from crm_customers.rpc.subject_request_service import SubjectRequestService
from crm_customers.rpc.territory_alignment_service import TerritoryAlignmentService
from crm_customers.rpc.timeline_service import TimelineService
from crm_customers.settings import CustomersSettings
from crm_customers.usecases.ask_services import OURS, Services
from crm_customers.usecases.discover_subject import DiscoverSubject
from crm_customers.usecases.erase_again import ENDINGS
from crm_customers.usecases.erase_subject import EraseSubject
from crm_customers.usecases.export_subject import ExportSubject
from crm_customers.usecases.hand_on import TRANSFERABLE
from crm_customers.usecases.personal_data import PERSONAL_DATA
from crm_customers.usecases.start_request import StartRequest
from crm_kit.following import Following
from crm_kit.personal_data_service import PersonalDataService
from crm_kit.service import Parts, Runtime, Service
from crm_kit.settings import read

CALLERS = {
    "crm.customers.v1.ConversionService": ("leads",),
    "crm.ops.v1.RestrictionService": ("identity",),
    # Recognising our customers in submissions takes their numbers and addresses.
    "crm.ops.v1.SealedValueService": ("leads",),
}


def compose(runtime: Runtime) -> Parts:
    """The parts of one process."""
    following = Following(runtime, "customers", Record.metadata, transferable=TRANSFERABLE)
    # Whoever is installed beside it may hold records of a person, but for the edge.
    peers = sorted(runtime.settings.peers.keys() - {OURS, "gateway"})
    services = Services(runtime.channels, peers, PersonalDataService(OURS, PERSONAL_DATA))
    requests = SubjectRequestService(DiscoverSubject(services), StartRequest(runtime.sagas))
    return Parts(
        servicers={
            "crm.customers.v1.CustomerService": CustomerService(),
            "crm.customers.v1.ContactService": ContactService(),
            "crm.customers.v1.ConsentService": ConsentService(),
            "crm.customers.v1.FollowUpService": FollowUpService(),
            "crm.customers.v1.TerritoryAlignmentService": TerritoryAlignmentService(),
            "crm.customers.v1.TimelineService": TimelineService(),
            "crm.customers.v1.ConversionService": ConversionService(),
            "crm.customers.v1.SubjectRequestService": requests,
            "crm.customers.v1.LegalHoldService": LegalHoldService(),
        },
        callers=CALLERS,
        consumers=[
            consumers.timeline(read(CustomersSettings).time_zone),
            consumers.territories,
            consumers.alignment,
            following.consumer,
        ],
        following=following,
        timers=jobs.timers(runtime.db),
        plans=[*EraseSubject(services).plans(), ExportSubject(services).plan()],
        personal_data=PERSONAL_DATA,
        jobs=jobs.jobs(runtime.db),
        endings=ENDINGS,
    )


service = Service("customers", "crm_customers", Record.metadata, compose)
