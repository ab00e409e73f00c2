"""Leads becoming new customers: each step once, nothing half-made ever seen."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from crm.customers.v1.customer_pb2 import Customer
from crm.leads.v1 import leads_events_pb2 as leads_events
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch

from .clerk import Clerk, Deal, names, refused
from .converting import Conversion, new_id, rows


async def test_what_is_made_is_seen_by_nobody_before_it_is_confirmed(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    answer = await conversion.create()
    assert (answer.customer_id, answer.contact_id) == (conversion.customer["id"], conversion.contact["id"])
    async with refused("NOT_FOUND"):
        await clerk.get(answer.customer_id)
    async with refused("NOT_FOUND"):
        await clerk.get_contact(answer.contact_id)
    async with refused("NOT_FOUND"):
        await clerk.timeline(answer.customer_id)
    assert await clerk.find(search="华东机械") == []
    assert (await clerk.ask("CustomerService/ListCustomers", count="COUNT_MODE_EXACT")).total_size == 0
    assert await clerk.events() == []


async def test_confirming_makes_both_visible_and_announces_them(clerk: Clerk) -> None:
    conversion = Conversion(clerk, customer={"tags": ["展会"], "city": "上海"})
    await conversion.create()
    await conversion.confirm()
    made = await clerk.get(conversion.customer["id"])
    assert (made.lead_id, made.main_contact_id) == (conversion.lead_id, conversion.contact["id"])
    assert made.code.startswith("CU-")
    contact = await clerk.get_contact(made.main_contact_id)
    assert (contact.is_main, contact.customer_id, contact.lead_id) == (True, made.id, conversion.lead_id)
    assert await clerk.events() == ["CustomerCreated", "ContactCreated"]
    assert names(await clerk.find(search="13800138000")) == ["华东机械"]


async def test_each_step_may_be_repeated(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    first, again = await conversion.create(), await conversion.create()
    assert first == again
    await conversion.confirm()
    await conversion.confirm()
    assert await conversion.create() == first
    assert await clerk.events() == ["CustomerCreated", "ContactCreated"]
    assert await rows(clerk) == (1, 1)


async def test_steps_repeated_at_once_take_effect_once(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    answers = await asyncio.gather(*(conversion.create() for _ in range(5)))
    assert len({answer.customer_id for answer in answers}) == 1
    await asyncio.gather(*(conversion.confirm() for _ in range(5)))
    assert await clerk.events() == ["CustomerCreated", "ContactCreated"]


async def test_cancelling_leaves_no_trace_and_may_be_repeated(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    await conversion.create()
    await conversion.cancel()
    await conversion.cancel()
    assert await rows(clerk) == (0, 0)
    assert await clerk.events() == []
    async with refused("OPERATION_CANCELLED"):
        await conversion.create()
    async with refused("CONVERSION_UNKNOWN"):
        await conversion.confirm()


async def test_a_create_that_arrives_after_its_cancellation_is_refused(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    await conversion.cancel()
    async with refused("OPERATION_CANCELLED"):
        await conversion.create()
    assert await rows(clerk) == (0, 0)


async def test_create_and_cancel_at_once_leave_nothing(clerk: Clerk) -> None:
    for _ in range(5):
        conversion = Conversion(clerk)
        await asyncio.gather(conversion.create(), conversion.cancel(), return_exceptions=True)
        await conversion.cancel()
    assert await rows(clerk) == (0, 0)


async def test_a_confirmed_conversion_cannot_be_cancelled(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    await conversion.create()
    await conversion.confirm()
    async with refused("CONVERSION_CONFIRMED"):
        await conversion.cancel()
    assert await rows(clerk) == (1, 1)


async def test_a_confirmation_of_nothing_is_refused(clerk: Clerk) -> None:
    async with refused("CONVERSION_UNKNOWN"):
        await Conversion(clerk).confirm()


async def test_a_person_gets_the_contact_that_stands_in_for_it_under_the_chosen_id(clerk: Clerk) -> None:
    person = {"type": "PERSON", "name": "王小明", "phone": "13800138000"}
    for contact in ({"name": "王小明"}, None):
        conversion = Conversion(clerk, customer=person, contact=contact)
        answer = await conversion.create()
        await conversion.confirm()
        made = await clerk.get(answer.customer_id)
        shadow = await clerk.get_contact(answer.contact_id)
        assert made.main_contact_id == shadow.id
        assert (shadow.is_shadow, shadow.mobile) == (True, "+8613800138000")
        if conversion.contact is not None:
            assert shadow.id == conversion.contact["id"]
        assert await clerk.contacts_of(made) == []


async def test_a_refused_create_may_be_repeated_once_the_cause_is_gone(clerk: Clerk) -> None:
    conversion = Conversion(clerk, customer={"code": "K-1"})
    taken = await clerk.customer("别家", code="K-1")
    async with refused("ALREADY_EXISTS"):
        await conversion.create()
    await clerk.change(taken, code="K-2")
    await conversion.create()
    await conversion.confirm()
    assert (await clerk.get(conversion.customer["id"])).code == "K-1"


async def test_a_lead_accepted_with_an_odd_number_converts_with_it(clerk: Clerk) -> None:
    conversion = Conversion(clerk, contact={"mobile": "62345678"})
    await conversion.create()
    await conversion.confirm()
    assert (await clerk.get_contact(conversion.contact["id"])).mobile == "62345678"


async def test_only_leads_may_convert(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    for caller in ("gateway", "sales"):
        async with refused("PERMISSION_DENIED"):
            await clerk.ask("ConversionService/CancelConversion", caller=caller, operation_id=conversion.operation_id)


async def test_what_happened_before_the_customer_was_known_is_not_lost(clerk: Clerk) -> None:
    conversion = Conversion(clerk)
    await conversion.create()
    customer_id, spoke = conversion.customer["id"], datetime.now(UTC) - timedelta(days=3)
    touch = Touch(id=new_id(), lead_id=conversion.lead_id, kind="call", direction="outbound", valid=True, note="谈过")
    touch.occur_time.FromDatetime(spoke)
    lead = Lead(id=conversion.lead_id, number="LD-2026-000001", company="华东机械", customer_id=customer_id)
    converted = leads_events.LeadConverted(lead=lead, touches=[touch])
    await clerk.deliver((uuid4(), 1, converted), Deal(customer_id).signed())
    assert await clerk.events() == []
    await conversion.confirm()
    made = await clerk.get(customer_id)
    assert made.phase == Customer.EXECUTING
    assert made.last_contact_time.ToDatetime(tzinfo=UTC) >= spoke
    kinds = [entry.kind for entry in await clerk.timeline(customer_id)]
    assert sorted(kinds) == ["call", "contract_signed", "lead_converted", "phase_changed"]
