"""Views over several services: asked in parallel, with the caller's rights in each, whole even when one is away."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import grpc
from crm.customers.v1 import contact_service_pb2, customer_service_pb2, timeline_service_pb2
from crm.leads.v1 import lead_service_pb2
from crm.sales.v1 import contract_service_pb2, opportunity_service_pb2
from crm.service_desk.v1 import ticket_service_pb2
from crm.views.v1.customer_overview_service_pb2 import CustomerOverview, GetCustomerOverviewRequest
from google.protobuf.message import Message

from crm_gateway.backends import Backends
from crm_gateway.problems import Problem
from crm_kit.principal import Principal, Scope
from crm_kit.rpc import descriptors

VIEWS = "views"
"""The backend name of what this module answers itself."""

SHOWN = 20
SECONDS = 3.0
IN_PARALLEL = 16

_PARTS: tuple[tuple[str, str, str, Callable[[str], Message]], ...] = (
    (
        "contacts",
        "customers",
        "crm.customers.v1.ContactService/ListContacts",
        lambda key: contact_service_pb2.ListContactsRequest(filter=_of(key), page_size=SHOWN),
    ),
    (
        "timeline",
        "customers",
        "crm.customers.v1.TimelineService/ListTimeline",
        lambda key: timeline_service_pb2.ListTimelineRequest(customer_id=key, page_size=SHOWN),
    ),
    (
        "leads",
        "leads",
        "crm.leads.v1.LeadService/ListLeads",
        lambda key: lead_service_pb2.ListLeadsRequest(filter=_of(key), page_size=SHOWN),
    ),
    (
        "opportunities",
        "sales",
        "crm.sales.v1.OpportunityService/ListOpportunities",
        lambda key: opportunity_service_pb2.ListOpportunitiesRequest(filter=_of(key), page_size=SHOWN),
    ),
    (
        "contracts",
        "sales",
        "crm.sales.v1.ContractService/ListContracts",
        lambda key: contract_service_pb2.ListContractsRequest(filter=_of(key), page_size=SHOWN),
    ),
    (
        "tickets",
        "service-desk",
        "crm.service_desk.v1.TicketService/ListTickets",
        lambda key: ticket_service_pb2.ListTicketsRequest(filter=_of(key), page_size=SHOWN),
    ),
)
"""Field of the overview, service, RPC, and the request for a customer's id."""


class Composed:
    """Answers the RPCs of ``crm.views.v1``."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        self._pool = ThreadPoolExecutor(IN_PARALLEL, thread_name_prefix="composed")

    def answer(self, request: Any, principal: Principal, metadata: Mapping[str, str]) -> Message:
        """The view; raises grpc.RpcError when the customer itself cannot be read."""
        assert isinstance(request, GetCustomerOverviewRequest)
        ask = _Ask(self._backends, principal, metadata)
        customer = ask(
            "customers",
            "crm.customers.v1.CustomerService/GetCustomer",
            customer_service_pb2.GetCustomerRequest(id=request.id),
        )
        overview = CustomerOverview(customer=customer)
        waiting: dict[str, tuple[str, Future[Any]]] = {
            # The trace goes with the work into its thread.
            part: (service, self._pool.submit(copy_context().run, ask, service, path, make(customer.id)))
            for part, service, path, make in _PARTS
            if principal.scope(descriptors.method(path).permission) is not Scope.NONE
        }
        for part, (service, future) in waiting.items():
            try:
                page = future.result()
            except (grpc.RpcError, Problem):
                if service not in overview.unavailable:
                    overview.unavailable.append(service)
                continue
            items = next(field.name for field in page.DESCRIPTOR.fields if field.is_repeated)
            getattr(overview, part).extend(getattr(page, items))
        return overview


class _Ask:
    """One caller's question to any service."""

    def __init__(self, backends: Backends, principal: Principal, metadata: Mapping[str, str]) -> None:
        self._backends, self._principal, self._metadata = backends, principal, metadata

    def __call__(self, service: str, path: str, request: Message) -> Any:
        method = descriptors.method(path)
        answer = self._backends.call(
            service,
            method,
            request.SerializeToString(),
            principal=self._principal,
            timeout=SECONDS,
            metadata=self._metadata,
            retry=True,
        )
        return method.response_type.FromString(answer.body)


def _of(customer_id: str) -> str:
    return f'customer_id = "{customer_id}"'
