"""crm.customers.v1.ConsentService."""

from uuid import UUID

from crm.customers.v1 import consent_pb2
from crm.customers.v1 import consent_service_pb2 as pb

from crm_customers import mappings, queries
from crm_customers.domain.consent import Consent
from crm_customers.usecases.record_consent import record_consent
from crm_kit.call import Call
from crm_kit.resource import Resource, read_one
from crm_kit.tx import begin

FILTERS = (
    "purpose",
    "channel",
    "decision",
    "basis",
    "text_version",
    "source",
    "occur_time",
    "recorder_id",
    "create_time",
)

consents = Resource(mappings.consent, filters=FILTERS, order="occur_time desc")


class ConsentService:
    """What people allowed and took back."""

    async def CreateConsent(self, request: pb.CreateConsentRequest, call: Call) -> consent_pb2.Consent:
        entered = await consents.read(call, request.consent)
        async with begin(call) as tx:
            consent = await record_consent(tx, entered)
        return consents.write(consent)

    async def ListConsents(self, request: pb.ListConsentsRequest, call: Call) -> pb.ListConsentsResponse:
        contact = await read_one(call, mappings.contact.full_name, request.contact_id)
        mine = [Consent.contact_id == UUID(contact.id), *([queries.counts()] if request.current else [])]
        parent = f"{contact.id} {request.current}"
        page: pb.ListConsentsResponse = await consents.page(request, call, *mine, parent=parent)
        return page
