"""Leads becoming customers: each step once, nothing half-made ever seen, nothing overwritten."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from crm.customers.v1.contact_pb2 import Contact
from crm.customers.v1.customer_pb2 import Customer
from crm.leads.v1 import leads_events_pb2 as leads_events
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from sqlalchemy import func, select

from crm_customers.domain.contact import Contact as StoredContact
from crm_customers.domain.customer import Customer as StoredCustomer
from crm_kit.access import unscoped
from crm_kit.principal import Scope

from .clerk import Clerk, Deal, names, refused


def new_id() -> str:
    return str(uuid4())


@dataclass
class Conversion:
    """One operation of the leads service."""

    clerk: Clerk
    operation_id: str = field(default_factory=new_id)
    lead_id: str = field(default_factory=new_id)
    customer: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, Any] | None = field(default_factory=dict)
    existing: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.customer = {
            "id": new_id(),
            "type": "ORGANIZATION",
            "name": "华东机械",
            "unit_path": "/hq/",
        } | self.customer
        if self.contact is not None:
            self.contact = {"id": new_id(), "name": "李雷", "mobile": "13800138000"} | self.contact

    async def create(self) -> Any:
        fields = {"customer": Customer(**self.customer)}
        if self.contact is not None:
            fields["contact"] = Contact(**self.contact)
        return await self.step("Create", lead_id=self.lead_id, **fields, **self.existing)

    async def confirm(self) -> Any:
        return await self.step("Confirm")

    async def cancel(self) -> Any:
        return await self.step("Cancel")

    async def step(self, name: str, **fields: Any) -> Any:
        method = "CreateForConversion" if name == "Create" else f"{name}Conversion"
        path = f"ConversionService/{method}"
        return await self.clerk.ask(path, caller="leads", operation_id=self.operation_id, **fields)


async def rows(clerk: Clerk) -> tuple[int, int]:
    """How many customers and contacts the database holds, visible or not."""
    async with clerk.service.db.connect() as connection:
        counts = []
        for entity in (StoredCustomer, StoredContact):
            statement = select(func.count()).select_from(entity)
            counts.append(
                (await connection.execute(statement, execution_options=unscoped("a test counts"))).scalar_one()
            )
    return counts[0], counts[1]


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


async def test_blanks_of_an_existing_customer_are_filled_at_confirmation_and_nothing_else(clerk: Clerk) -> None:
    existing = await clerk.customer("华东机械", city="上海")
    conversion = Conversion(
        clerk,
        customer={"name": "Huadong", "city": "北京", "website": "www.huadong.cn", "phone": "02162345678"},
        existing={"existing_customer_id": existing.id},
    )
    answer = await conversion.create()
    assert answer.customer_id == existing.id
    assert (await clerk.get(existing.id)).website == ""
    await conversion.confirm()
    filled = await clerk.get(existing.id)
    assert (filled.name, filled.city, filled.website) == ("华东机械", "上海", "www.huadong.cn")
    assert filled.phone == "+862162345678"
    assert filled.main_contact_id == answer.contact_id
    announced = ["ContactCreated", "CustomerCreated", "CustomerUpdated", "MainContactChanged"]
    assert sorted(await clerk.events()) == announced


async def test_cancelling_never_removes_what_was_there_before(clerk: Clerk) -> None:
    existing = await clerk.customer("华东机械")
    colleague = await clerk.contact(existing, "韩梅梅")
    conversion = Conversion(clerk, existing={"existing_customer_id": existing.id})
    await conversion.create()
    await conversion.cancel()
    assert (await clerk.get(existing.id)).main_contact_id == colleague.id
    assert names(await clerk.contacts_of(existing)) == ["韩梅梅"]
    both = Conversion(clerk, existing={"existing_customer_id": existing.id, "existing_contact_id": colleague.id})
    await both.create()
    await both.cancel()
    assert await rows(clerk) == (1, 1)


async def test_an_existing_contact_is_used_and_its_blanks_are_filled(clerk: Clerk) -> None:
    existing = await clerk.customer("华东机械")
    colleague = await clerk.contact(existing, "韩梅梅", email="han@qq.com")
    conversion = Conversion(
        clerk,
        contact={"name": "Han Meimei", "email": "other@qq.com"},
        existing={"existing_customer_id": existing.id, "existing_contact_id": colleague.id},
    )
    assert (await conversion.create()).contact_id == colleague.id
    await conversion.confirm()
    filled = await clerk.get_contact(colleague.id)
    assert (filled.name, filled.email, filled.mobile) == ("韩梅梅", "han@qq.com", "+8613800138000")


async def test_an_existing_person_is_met_again_without_being_shown_twice(clerk: Clerk) -> None:
    person = await clerk.person("王小明")
    conversion = Conversion(
        clerk, customer={"type": "PERSON", "phone": "13800138000"}, existing={"existing_customer_id": person.id}
    )
    answer = await conversion.create()
    await conversion.confirm()
    assert (await clerk.get(person.id)).main_contact_id == person.main_contact_id
    pointed_to = await clerk.get_contact(answer.contact_id)
    assert (pointed_to.name, pointed_to.mobile, pointed_to.is_shadow) == ("王小明", "+8613800138000", True)
    assert await clerk.contacts_of(person) == []
    without = Conversion(clerk, contact=None, existing={"existing_customer_id": person.id})
    assert (await without.create()).contact_id == person.main_contact_id


async def test_what_a_conversion_needs_cannot_be_removed_while_it_is_at_work(clerk: Clerk) -> None:
    existing = await clerk.customer("华东机械")
    colleague = await clerk.contact(existing, "韩梅梅")
    conversion = Conversion(clerk, existing={"existing_customer_id": existing.id, "existing_contact_id": colleague.id})
    await conversion.create()
    async with refused("CUSTOMER_IN_USE"):
        await clerk.ask("CustomerService/DeleteCustomer", id=existing.id)
    async with refused("CONTACT_IN_CONVERSION"):
        await clerk.ask("ContactService/DeleteContact", id=colleague.id)
    await conversion.confirm()
    await clerk.ask("ContactService/DeleteContact", id=colleague.id)


async def test_an_existing_customer_must_be_seen_by_whoever_converts(clerk: Clerk) -> None:
    existing = await clerk.customer("华东机械")
    dealer = clerk.as_(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    async with refused("NOT_FOUND"):
        await Conversion(dealer, existing={"existing_customer_id": existing.id}).create()


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
