"""A qualified lead becomes a customer, a contact and an opportunity over three services, wholly or not at all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from crm.customers.v1 import contact_service_pb2 as contact_pb
from crm.customers.v1 import customer_service_pb2 as customer_pb
from crm.customers.v1 import customers_events_pb2 as customers_events
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1 import leads_events_pb2 as leads_events
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from crm.sales.v1 import opportunity_service_pb2 as opportunity_pb

from crm_customers.service import service as customers_service
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_leads.service import service as leads_service
from crm_sales.service import service as sales_service

LEADS = "crm.leads.v1.LeadService"


@dataclass
class House:
    """The three services of a conversion at work."""

    leads: RunningService
    customers: RunningService
    sales: RunningService

    async def customers_of(self, who: Principal) -> list[Any]:
        page = await self.customers.call(
            "crm.customers.v1.CustomerService/ListCustomers", customer_pb.ListCustomersRequest(), who
        )
        return list(page.customers)

    async def opportunities_of(self, who: Principal) -> list[Any]:
        request = opportunity_pb.ListOpportunitiesRequest()
        return list(
            (await self.sales.call("crm.sales.v1.OpportunityService/ListOpportunities", request, who)).opportunities
        )


@pytest_asyncio.fixture
async def house(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[House]:
    keys = tmp_path / "keys"
    async with (
        running(customers_service, database_factory, keys) as customers,
        running(sales_service, database_factory, keys) as sales,
    ):
        peers = {"customers": customers.address, "sales": sales.address}
        async with running(leads_service, database_factory, keys, peers=peers) as leads:
            yield House(leads, customers, sales)


async def a_qualified_lead(house: House, who: Principal, **facts: Any) -> Lead:
    facts = {"name": "王小明", "company": "上海云帆科技有限公司", "phone": "13800138000", "need": "两条产线", **facts}
    lead = await house.leads.call(f"{LEADS}/CreateLead", lead_pb.CreateLeadRequest(lead=Lead(**facts)), who)
    await house.leads.call(f"{LEADS}/ClaimLead", lead_pb.ClaimLeadRequest(id=lead.id), who)
    touch = Touch(lead_id=lead.id, kind="call", direction="outbound", outcome="interested", note="愿意见面")
    await house.leads.call("crm.leads.v1.TouchService/CreateTouch", touch_pb.CreateTouchRequest(touch=touch), who)
    return await house.leads.call(f"{LEADS}/QualifyLead", lead_pb.QualifyLeadRequest(id=lead.id), who)


async def convert(house: House, who: Principal, lead: Lead, **choices: Any) -> Lead:
    return await house.leads.call(f"{LEADS}/ConvertLead", lead_pb.ConvertLeadRequest(id=lead.id, **choices), who)


async def test_a_converted_lead_names_its_customer_contact_and_opportunity(house: House) -> None:
    who = somebody()
    lead = await convert(house, who, await a_qualified_lead(house, who), expected_amount="120000", currency="CNY")
    assert lead.state == Lead.CONVERTED
    [customer] = await house.customers_of(who)
    [opportunity] = await house.opportunities_of(who)
    assert (customer.id, customer.name) == (lead.customer_id, "上海云帆科技有限公司")
    assert (opportunity.id, opportunity.customer_id, opportunity.lead_id) == (lead.opportunity_id, customer.id, lead.id)
    assert opportunity.amount.amount == "120000"
    request = contact_pb.GetContactRequest(id=lead.contact_id)
    contact = await house.customers.call("crm.customers.v1.ContactService/GetContact", request, who)
    assert (contact.name, contact.customer_id) == ("王小明", customer.id)
    [converted] = await house.leads.announced(leads_events.LeadConverted)
    assert [touch.note for touch in converted.message.touches] == ["愿意见面"]


async def test_nothing_is_visible_before_the_lead_says_converted(house: House) -> None:
    who = somebody()
    lead = await a_qualified_lead(house, who)
    seen: list[tuple[int, int, int]] = []

    async def look() -> None:
        while True:
            state = (await house.leads.call(f"{LEADS}/GetLead", lead_pb.GetLeadRequest(id=lead.id), who)).state
            seen.append((len(await house.customers_of(who)), len(await house.opportunities_of(who)), state))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await convert(house, who, lead)
    looking.cancel()
    assert all(
        customers == opportunities == 0 for customers, opportunities, state in seen[:-1] if state == Lead.CONVERTING
    )


async def test_a_refusal_by_sales_leaves_nothing_behind_and_the_lead_qualified(house: House) -> None:
    who = somebody()
    lead = await a_qualified_lead(house, who)
    after = await convert(house, who, lead, expected_amount="1", currency="XYZ1")
    assert after.state == Lead.QUALIFIED
    assert await house.customers_of(who) == []
    assert await house.opportunities_of(who) == []
    assert await house.customers.announced(customers_events.CustomerCreated) == []
    assert (await convert(house, who, lead)).state == Lead.CONVERTED


async def test_a_converted_lead_cannot_be_converted_again(house: House) -> None:
    who = somebody()
    lead = await convert(house, who, await a_qualified_lead(house, who))
    with pytest.raises(RemoteError) as refused:
        await convert(house, who, lead)
    assert refused.value.reason == "LEAD_STATE_FORBIDS"


async def test_ten_conversions_at_once_of_one_lead_make_one_customer(house: House) -> None:
    who = somebody()
    lead = await a_qualified_lead(house, who)
    await asyncio.gather(*(convert(house, who, lead) for _ in range(10)), return_exceptions=True)
    assert len(await house.customers_of(who)) == 1
    assert len(await house.opportunities_of(who)) == 1


async def test_a_person_without_company_becomes_a_person_customer_and_no_second_contact_is_listed(house: House) -> None:
    who = somebody()
    lead = await convert(house, who, await a_qualified_lead(house, who, company=""))
    [customer] = await house.customers_of(who)
    assert customer.name == "王小明"
    assert customer.phone == "+8613800138000"
    page = await house.customers.call(
        "crm.customers.v1.ContactService/ListContacts", contact_pb.ListContactsRequest(), who
    )
    assert not page.contacts
    assert lead.customer_id == customer.id


async def test_the_work_goes_on_with_the_rights_of_the_person_who_started_it(house: House) -> None:
    seller = somebody(unit_path="/hq/east/", scope=Scope.OWN)
    lead = await a_qualified_lead(house, seller)
    assert (await convert(house, seller, lead)).state == Lead.CONVERTED
    stranger = somebody(unit_path="/hq/west/", scope=Scope.SUBTREE)
    assert await house.customers_of(stranger) == []
    [customer] = await house.customers_of(seller)
    assert customer.unit_path == "/hq/east/"


async def test_a_submission_of_a_known_customer_is_attached_and_a_new_customer_needs_a_reason(house: House) -> None:
    who = somebody()
    first = await convert(house, who, await a_qualified_lead(house, who))
    for fact in await house.customers.announced():
        await house.leads.deliver((fact.aggregate_id, fact.event_seq, fact.message))
    again = Lead(name="王小明", company="上海云帆科技有限公司", phone="13800138000", external_id="web-2")
    attached = await house.leads.call(f"{LEADS}/CreateLead", lead_pb.CreateLeadRequest(lead=again), who)
    assert attached.state == Lead.DUPLICATE_CLOSED
    assert attached.customer_id == first.customer_id
