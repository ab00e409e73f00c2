"""Convert (转化): a qualified lead becomes a customer, a contact and an opportunity, whatever dies (domain rule 2.10).

The ids are chosen before the first step, every step may be repeated, nothing is visible to anybody before the lead
says CONVERTED, and a refusal undoes what was made.
"""

import time
from typing import Any
from uuid import UUID

from crm.customers.v1 import conversion_service_pb2 as customers_pb
from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.customer_pb2 import Customer
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.sales.v1 import conversion_service_pb2 as sales_pb
from crm.sales.v1.opportunity_pb2 import Opportunity
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import select

from crm_kit import saga
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.errors import FailedPrecondition, InvalidArgument
from crm_kit.field_rules import mask
from crm_kit.fieldtypes import decimal_of
from crm_kit.privacy import seal_values
from crm_kit.revealing import open_texts
from crm_kit.rpc.channels import Channels
from crm_kit.saga import Plan, Run, Sagas, Step
from crm_kit.tx import Tx, begin, parse_id
from crm_leads import mappings, queries
from crm_leads.domain.lead import Lead
from crm_leads.domain.matching.defaults import DEFAULT_RULES
from crm_leads.domain.matching.rules import Band
from crm_leads.domain.matching.scoring import score
from crm_leads.domain.touch import Touch
from crm_leads.usecases.hand_over import RECYCLE
from crm_leads.usecases.prepare_lead import match_record, record_of

KIND = "lead_conversion"
PERMISSION = "leads.lead.convert"
CUSTOMERS = "crm.customers.v1.ConversionService"
SALES = "crm.sales.v1.ConversionService"
PLACES = {"phone": "phone", "mobile": "phone", "email": "email", "messenger": "open_id"}
"""Fields of a customer or contact and the lead's that they come from."""
ANSWER_SECONDS = 0.2
"""How long before the deadline the caller is told that the conversion goes on without them."""
PATIENCE_SECONDS = 8.0


class CertainCustomerExists(FailedPrecondition):
    """We have this customer. Facts: customer_id."""

    en = "This is customer {customer_id}. Attach the lead to it, or say in duplicate_reason why a new one is needed."
    zh = "该客户已存在（{customer_id}）。请关联该客户，或在 duplicate_reason 中说明新建原因。"


class ConvertLead:
    """Starts conversions and knows their steps."""

    def __init__(self, channels: Channels, sagas: Sagas) -> None:
        self._channels, self._sagas = channels, sagas

    async def __call__(self, request: pb.ConvertLeadRequest, call: Call) -> None:
        """Run the conversion and wait for its end within the caller's deadline."""
        _check(request)
        async with begin(call) as tx:
            saga_id = await start_conversion(tx, request)
        left = PATIENCE_SECONDS if call.deadline is None else call.deadline - time.monotonic() - ANSWER_SECONDS
        await self._sagas.advance(saga_id, left)

    def plan(self) -> Plan:
        """The steps, in order; marking the lead is the point of no return."""
        return Plan(
            KIND,
            PERMISSION,
            [
                Step("customers.create", self._create_customer, self._cancel_customer),
                Step("sales.create", self._create_opportunity, self._cancel_opportunity),
                Step("leads.convert", _mark_converted, pivot=True),
                Step("customers.confirm", self._confirm_customer),
                Step("sales.confirm", self._confirm_opportunity),
            ],
            _abandon,
        )

    async def _create_customer(self, run: Run) -> None:
        facts = run.input
        request = customers_pb.CreateForConversionRequest(
            operation_id=str(run.id),
            lead_id=facts["lead_id"],
            existing_customer_id=facts["existing_customer_id"],
            customer=Customer(**await self._opened(run, facts["customer"])),
        )
        if facts["contact"]:
            request.contact.CopyFrom(Contact(**await self._opened(run, facts["contact"])))
        await self._call(
            run, "customers", f"{CUSTOMERS}/CreateForConversion", request, customers_pb.CreateForConversionResponse
        )

    async def _opened(self, run: Run, facts: dict[str, Any]) -> dict[str, Any]:
        """What the log of the saga keeps sealed."""
        kept = {PLACES[field]: facts[field] for field in PLACES if facts.get(field)}
        plain = await open_texts(run.call.db, Lead, kept)
        return {**facts, **{field: plain[PLACES[field]] for field in PLACES if facts.get(field)}}

    async def _cancel_customer(self, run: Run) -> None:
        request = customers_pb.CancelConversionRequest(operation_id=str(run.id))
        await self._call(run, "customers", f"{CUSTOMERS}/CancelConversion", request, Empty)

    async def _confirm_customer(self, run: Run) -> None:
        request = customers_pb.ConfirmConversionRequest(operation_id=str(run.id))
        await self._call(run, "customers", f"{CUSTOMERS}/ConfirmConversion", request, Empty)

    async def _create_opportunity(self, run: Run) -> None:
        if not run.input["opportunity"]:
            return
        request = sales_pb.CreateForConversionRequest(
            operation_id=str(run.id), lead_id=run.input["lead_id"], opportunity=Opportunity(**run.input["opportunity"])
        )
        await self._call(run, "sales", f"{SALES}/CreateForConversion", request, sales_pb.CreateForConversionResponse)

    async def _cancel_opportunity(self, run: Run) -> None:
        if run.input["opportunity"]:
            request = sales_pb.CancelConversionRequest(operation_id=str(run.id))
            await self._call(run, "sales", f"{SALES}/CancelConversion", request, Empty)

    async def _confirm_opportunity(self, run: Run) -> None:
        if run.input["opportunity"]:
            request = sales_pb.ConfirmConversionRequest(operation_id=str(run.id))
            await self._call(run, "sales", f"{SALES}/ConfirmConversion", request, Empty)

    async def _call(self, run: Run, peer: str, path: str, request: Any, answer: Any) -> Any:
        return await self._channels.call(
            peer, path, request, answer, principal=run.call.principal, request_id=str(run.id)
        )


async def start_conversion(tx: Tx, request: pb.ConvertLeadRequest) -> UUID:
    """Reserve the lead and note the saga with every id it will use."""
    lead = await tx.load(Lead, request.id, etag=request.etag)
    if not (request.customer_id or request.duplicate_reason):
        await _refuse_certain_duplicate(tx, lead)
    lead.start_conversion()
    return await saga.start(tx, KIND, str(lead.id), await _input(tx, lead, request))


async def _input(tx: Tx, lead: Lead, request: pb.ConvertLeadRequest) -> dict[str, Any]:
    await tx.reveal(lead)
    sealed = await seal_values(tx, lead, {field: getattr(lead, field) for field in ("phone", "email", "open_id")})
    # Who has no name is called by what is left of the number or address when it is masked: names are kept in plain.
    nameless = mask(lead.phone or lead.email)
    is_company = bool(lead.company)
    customer_id = request.customer_id or str(tx.new_id())
    contact_id = str(tx.new_id())
    holder = {"owner_id": str(lead.owner_id or tx.principal.user_id or ""), "unit_path": lead.unit_path}
    place = {
        field: getattr(lead, field)
        for field in ("country_code", "province", "city", "postal_code", "address", "website")
    }
    customer = {
        "id": customer_id,
        "type": "ORGANIZATION" if is_company else "PERSON",
        "name": lead.company or lead.name or nameless,
        "credit_code": lead.credit_code,
        "source": lead.source,
        "lead_id": str(lead.id),
        "tags": lead.tags,
        **holder,
        **place,
    }
    if not is_company:
        customer |= {"phone": sealed["phone"], "email": sealed["email"]}
    contact = {
        "id": contact_id,
        "customer_id": customer_id,
        "name": lead.name or nameless or lead.company,
        "job_title": lead.job_title,
        "mobile": sealed["phone"],
        "email": sealed["email"],
        "messenger": sealed["open_id"],
        "opt_outs": lead.opt_outs,
        "lead_id": str(lead.id),
        **holder,
    }
    opportunity: dict[str, Any] = (
        {}
        if request.without_opportunity
        else {
            "id": str(tx.new_id()),
            "name": request.opportunity_name or lead.need[:120] or lead.company or lead.name,
            "customer_id": customer_id,
            "contact_id": contact_id,
            "lead_id": str(lead.id),
            "source": lead.source,
            "campaign_id": str(lead.campaign_id or ""),
            "need": lead.need,
            "discovery_date": lead.create_time.date().isoformat(),
            **holder,
        }
    )
    if opportunity and request.expected_amount:
        opportunity["amount"] = {"amount": request.expected_amount, "currency": request.currency or "CNY"}
    return {
        "lead_id": str(lead.id),
        "customer": customer,
        "contact": contact,
        "opportunity": opportunity,
        "existing_customer_id": request.customer_id,
    }


async def _mark_converted(run: Run) -> None:
    """The pivot: the lead says so, and from here on there is no way back."""
    async with begin(run.call) as tx:
        lead = await tx.load(Lead, run.input["lead_id"])
        if lead.customer_id is not None:
            return
        opportunity = run.input["opportunity"]
        lead.convert(
            UUID(run.input["customer"]["id"]),
            UUID(run.input["contact"]["id"]),
            UUID(opportunity["id"]) if opportunity else None,
        )
        await tx.cancel_timer(RECYCLE, lead.id)
        why = unscoped("the lead itself is in scope, and its touches go where it goes")
        statement = select(Touch).where(Touch.lead_id == lead.id).order_by(Touch.occur_time).limit(200)
        touches = (await tx.session.execute(statement.execution_options(**why))).scalars()
        tx.publish(lead, events.LeadConverted(touches=[mappings.touch.write(touch) for touch in touches]))


async def _abandon(run: Run, why: str) -> None:
    async with begin(run.call) as tx:
        lead = await tx.load(Lead, run.input["lead_id"])
        lead.abandon_conversion(why)


async def _refuse_certain_duplicate(tx: Tx, lead: Lead) -> None:
    await tx.reveal(lead)
    known = await queries.sharing(tx, lead.match_keys, customers_only=True)
    matches = score(match_record(lead), [record_of(facts) for facts in known.values()], DEFAULT_RULES)
    certain = next((match for match in matches if match.band is Band.CERTAIN), None)
    if certain is not None:
        raise CertainCustomerExists(customer_id=known[certain.id]["customer_id"])


def _check(request: pb.ConvertLeadRequest) -> None:
    if request.customer_id:
        parse_id(Lead, request.customer_id)
    if not request.expected_amount:
        return
    try:
        decimal_of(request.expected_amount)
    except ValueError:
        raise InvalidArgument.of(
            "expected_amount", "NOT_A_NUMBER", "Give a decimal number like 1234.50.", "请填写形如 1234.50 的数字。"
        ) from None
