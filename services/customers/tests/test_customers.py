"""Customers as they are entered, edited and removed."""

import asyncio

from crm.customers.v1.customer_pb2 import Customer
from crm.sales.v1 import sales_events_pb2 as sales_events

from crm_kit.principal import Scope

from .clerk import Clerk, Deal, refused


async def test_a_customer_gets_a_code_a_mnemonic_and_an_owner(clerk: Clerk) -> None:
    made = await clerk.customer(
        "上海华东机械有限公司", phone="021-6234 5678", email="Li.Lei@HUADONG.cn", tags=["重点", "重点"]
    )
    assert made.code.startswith("CU-")
    assert made.mnemonic == "SHHDJX"
    assert made.owner_id == clerk.principal.subject
    assert (made.phone, made.email, list(made.tags)) == ("+862162345678", "Li.Lei@huadong.cn", ["重点"])
    assert (made.phase, made.kind) == (Customer.PRESALE, "prospect")
    assert await clerk.events() == ["CustomerCreated"]


async def test_codes_of_two_units_never_collide(clerk: Clerk) -> None:
    one = await clerk.as_(unit_path="/hq/east/").customer("甲")
    other = await clerk.as_(unit_path="/hq/west/").customer("乙")
    assert (one.code[:8], other.code[:8]) == ("CU-EAST-", "CU-WEST-")


async def test_a_code_is_taken_once(clerk: Clerk) -> None:
    await clerk.customer("甲", code="K-1")
    async with refused("ALREADY_EXISTS"):
        await clerk.as_(unit_path="/hq/east/").customer("乙", code="K-1")
    async with refused("INVALID_ARGUMENT"):
        await clerk.customer("丙", code="CU-2026-000001")


async def test_a_mnemonic_that_the_unit_has_gets_the_next_number(clerk: Clerk) -> None:
    made = await asyncio.gather(*(clerk.customer("张三") for _ in range(4)))
    assert sorted(one.mnemonic for one in made) == ["ZS", "ZS2", "ZS3", "ZS4"]
    assert (await clerk.as_(unit_path="/hq/east/").customer("张三")).mnemonic == "ZS"


async def test_the_same_name_with_the_same_credit_code_is_the_same_customer(clerk: Clerk) -> None:
    await clerk.customer("华东机械", credit_code="91110000600037341L")
    await clerk.customer("华东机械")
    async with refused("ALREADY_EXISTS"):
        await clerk.customer("华东机械 ", credit_code="91110000-600037341l")


async def test_wrong_contact_data_is_refused_field_by_field(clerk: Clerk) -> None:
    async with refused("INVALID_ARGUMENT"):
        await clerk.customer(phone="abc", email="nobody", kind="friend", country_code="XX", credit_code="9" * 18)
    assert await clerk.find() == []


async def test_a_person_has_no_headcount_and_an_organisation_no_gender(clerk: Clerk) -> None:
    async with refused("INVALID_ARGUMENT"):
        await clerk.person(headcount=3)
    async with refused("INVALID_ARGUMENT"):
        await clerk.customer(gender="female")


async def test_a_person_has_a_contact_that_is_never_listed(clerk: Clerk) -> None:
    person = await clerk.person("王小明", phone="13800138000", gender="male")
    shadow = await clerk.get_contact(person.main_contact_id)
    assert (shadow.name, shadow.mobile, shadow.is_shadow, shadow.is_main) == ("王小明", "+8613800138000", True, True)
    assert await clerk.contacts_of(person) == []
    await clerk.change(person, name="王大明", email="wang@qq.com")
    shadow = await clerk.get_contact(person.main_contact_id)
    assert (shadow.name, shadow.email) == ("王大明", "wang@qq.com")
    assert "ContactCreated" not in await clerk.events()


async def test_a_request_repeated_with_its_key_makes_one_customer(clerk: Clerk) -> None:
    wanted = Customer(type="PERSON", name="王小明")
    answers = [await clerk.ask("CustomerService/CreateCustomer", key="k-1", customer=wanted) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(await clerk.find()) == 1


async def test_what_stands_in_for_a_person_is_changed_through_the_customer(clerk: Clerk) -> None:
    person = await clerk.person()
    shadow = await clerk.get_contact(person.main_contact_id)
    async with refused("CONTACT_STANDS_IN_FOR_CUSTOMER"):
        await clerk.change_contact(shadow, name="别人")
    async with refused("CONTACT_STANDS_IN_FOR_CUSTOMER"):
        await clerk.ask("ContactService/DeleteContact", id=shadow.id)
    friend = await clerk.contact(person, "朋友")
    async with refused("PERSON_IS_MAIN_CONTACT"):
        await clerk.ask("ContactService/MakeMainContact", id=friend.id)


async def test_an_old_etag_does_not_overwrite(clerk: Clerk) -> None:
    made = await clerk.customer()
    await clerk.change(made, city="上海")
    async with refused("STALE_ETAG"):
        await clerk.change(made, city="北京")


async def test_type_and_output_fields_cannot_be_changed(clerk: Clerk) -> None:
    made = await clerk.customer()
    for fields in ({"type": "PERSON"}, {"phase": "EXPIRED"}, {"unit_path": "/hq/east/"}):
        async with refused("INVALID_ARGUMENT"):
            await clerk.change(made, **fields)


async def test_contacts_and_follow_ups_go_to_the_new_owner(clerk: Clerk) -> None:
    made = await clerk.customer()
    contact = await clerk.contact(made)
    await clerk.follow_up(made, note="谈过")
    successor = clerk.as_(scope=Scope.OWN)
    async with refused("NOT_FOUND"):
        await successor.get(made.id)
    await clerk.change(await clerk.get(made.id), owner_id=successor.principal.subject)
    assert (await successor.get_contact(contact.id)).owner_id == successor.principal.subject
    listed = await successor.ask("FollowUpService/ListFollowUps", customer_id=made.id)
    assert [one.note for one in listed.follow_ups] == ["谈过"]


async def test_a_customer_goes_with_its_contacts(clerk: Clerk) -> None:
    made = await clerk.customer()
    contact = await clerk.contact(made)
    await clerk.ask("CustomerService/DeleteCustomer", id=made.id)
    async with refused("NOT_FOUND"):
        await clerk.get(made.id)
    async with refused("NOT_FOUND"):
        await clerk.get_contact(contact.id)
    assert (await clerk.events())[-2:] == ["ContactDeleted", "CustomerDeleted"]


async def test_a_customer_with_others_below_it_cannot_be_removed(clerk: Clerk) -> None:
    group = await clerk.customer("集团")
    child = await clerk.customer("子公司", parent_id=group.id)
    async with refused("CUSTOMER_IN_USE"):
        await clerk.ask("CustomerService/DeleteCustomer", id=group.id)
    await clerk.ask("CustomerService/DeleteCustomer", id=child.id)
    await clerk.ask("CustomerService/DeleteCustomer", id=group.id)


async def test_a_customer_with_an_active_contract_cannot_be_removed(clerk: Clerk) -> None:
    made = await clerk.customer()
    contract = Deal(made.id)
    await clerk.deliver(contract.signed())
    async with refused("CUSTOMER_IN_USE"):
        await clerk.ask("CustomerService/DeleteCustomer", id=made.id)
    await clerk.deliver(contract.fulfilled())
    await clerk.ask("CustomerService/DeleteCustomer", id=made.id)


async def test_a_customer_with_an_open_opportunity_cannot_be_removed(clerk: Clerk) -> None:
    made = await clerk.customer()
    deal = Deal(made.id)
    await clerk.deliver(deal.opportunity(sales_events.OpportunityCreated, "OPEN"))
    async with refused("CUSTOMER_IN_USE"):
        await clerk.ask("CustomerService/DeleteCustomer", id=made.id)
    await clerk.deliver(deal.opportunity(sales_events.OpportunityLost, "LOST"))
    await clerk.ask("CustomerService/DeleteCustomer", id=made.id)
