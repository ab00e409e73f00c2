"""Leads joining customers we have: reserved, filled where blank, never overwritten, never removed."""

from crm_kit.principal import Scope

from .clerk import Clerk, names, refused
from .converting import Conversion, rows


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
