"""People at customers, and who of them is the main one."""

import asyncio

from crm_kit.principal import Scope

from .clerk import Clerk, names, refused


async def main_contact(clerk: Clerk, customer_id: str) -> str:
    """The name of the main contact; both sides must agree on who it is."""
    customer = await clerk.get(customer_id)
    main = [one.name for one in await clerk.contacts_of(customer) if one.is_main]
    assert len(main) <= 1
    if not customer.main_contact_id:
        assert not main
        return ""
    assert main == [(await clerk.get_contact(customer.main_contact_id)).name]
    return main[0]


async def test_the_first_contact_is_the_main_one(clerk: Clerk) -> None:
    made = await clerk.customer()
    first = await clerk.contact(made, "李雷", mobile="13800138000", classification="unimportant")
    second = await clerk.contact(made, "韩梅梅")
    assert (first.is_main, second.is_main) == (True, False)
    assert await main_contact(clerk, made.id) == "李雷"


async def test_contacts_made_at_once_leave_exactly_one_main_contact(clerk: Clerk) -> None:
    made = await clerk.customer()
    await asyncio.gather(*(clerk.contact(made, f"联系人{n}") for n in range(6)))
    assert await main_contact(clerk, made.id)


async def test_another_contact_is_made_the_main_one(clerk: Clerk) -> None:
    made = await clerk.customer()
    await clerk.contact(made, "李雷")
    second = await clerk.contact(made, "韩梅梅")
    assert (await clerk.ask("ContactService/MakeMainContact", id=second.id)).is_main
    assert await main_contact(clerk, made.id) == "韩梅梅"
    before = await clerk.events()
    await clerk.ask("ContactService/MakeMainContact", id=second.id)
    assert await clerk.events() == before


async def test_main_contacts_chosen_at_once_leave_exactly_one(clerk: Clerk) -> None:
    made = await clerk.customer()
    chosen = [await clerk.contact(made, f"联系人{n}") for n in range(4)]
    await asyncio.gather(*(clerk.ask("ContactService/MakeMainContact", id=one.id) for one in chosen))
    assert await main_contact(clerk, made.id)


async def test_a_removed_main_contact_is_followed_by_classification_then_age(clerk: Clerk) -> None:
    made = await clerk.customer()
    first = await clerk.contact(made, "主", classification="very_important")
    await clerk.contact(made, "失效", classification="lapsed")
    await clerk.contact(made, "普通", classification="ordinary")
    await clerk.contact(made, "重要一", classification="important")
    await clerk.contact(made, "重要二", classification="important")
    await clerk.ask("ContactService/DeleteContact", id=first.id)
    assert await main_contact(clerk, made.id) == "重要一"


async def test_without_contacts_there_is_no_main_contact(clerk: Clerk) -> None:
    made = await clerk.customer()
    only = await clerk.contact(made)
    await clerk.ask("ContactService/DeleteContact", id=only.id)
    assert await main_contact(clerk, made.id) == ""
    assert (await clerk.contact(made, "新人")).is_main


async def test_removing_and_choosing_at_once_leave_exactly_one_main_contact(clerk: Clerk) -> None:
    made = await clerk.customer()
    first, second, third = [await clerk.contact(made, f"联系人{n}") for n in range(3)]
    await asyncio.gather(
        clerk.ask("ContactService/DeleteContact", id=first.id),
        clerk.ask("ContactService/MakeMainContact", id=second.id),
        clerk.ask("ContactService/MakeMainContact", id=third.id),
        return_exceptions=True,
    )
    assert await main_contact(clerk, made.id)


async def test_nobody_reports_to_themselves_over_however_many_steps(clerk: Clerk) -> None:
    made = await clerk.customer()
    chief = await clerk.contact(made, "总经理")
    head = await clerk.contact(made, "部长", reports_to_id=chief.id)
    clerk_at_customer = await clerk.contact(made, "职员", reports_to_id=head.id)
    async with refused("REPORTING_CYCLE"):
        await clerk.change_contact(chief, reports_to_id=clerk_at_customer.id)
    async with refused("REPORTING_CYCLE"):
        await clerk.change_contact(head, reports_to_id=head.id)


async def test_a_superior_works_for_the_same_customer(clerk: Clerk) -> None:
    made, other = await clerk.customer("甲公司"), await clerk.customer("乙公司")
    stranger = await clerk.contact(other, "外人")
    async with refused("INVALID_ARGUMENT"):
        await clerk.contact(made, "职员", reports_to_id=stranger.id)


async def test_who_reported_to_a_removed_contact_reports_to_its_superior(clerk: Clerk) -> None:
    made = await clerk.customer()
    chief = await clerk.contact(made, "总经理")
    head = await clerk.contact(made, "部长", reports_to_id=chief.id)
    member = await clerk.contact(made, "职员", reports_to_id=head.id)
    await clerk.ask("ContactService/DeleteContact", id=head.id)
    assert (await clerk.get_contact(member.id)).reports_to_id == chief.id


async def test_wrong_contact_data_is_refused(clerk: Clerk) -> None:
    made = await clerk.customer()
    for wrong in ({"mobile": "12"}, {"email": "x"}, {"classification": "best"}, {"birth_date": "2999-01-01"}):
        async with refused("INVALID_ARGUMENT"):
            await clerk.contact(made, **wrong)
    assert await clerk.contacts_of(made) == []


async def test_a_contact_needs_a_customer_that_the_caller_sees(clerk: Clerk) -> None:
    made = await clerk.customer()
    dealer = clerk.as_(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    async with refused("NOT_FOUND"):
        await dealer.contact(made)


async def test_a_contact_lies_where_its_customer_lies(clerk: Clerk) -> None:
    dealer = clerk.as_(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    made = await dealer.customer()
    contact = await clerk.contact(made)
    assert (contact.unit_path, contact.owner_id) == ("/hq/d1/", dealer.principal.subject)


async def test_a_contact_is_edited_and_found(clerk: Clerk) -> None:
    made = await clerk.customer()
    contact = await clerk.contact(made, "李雷", mobile="13800138000")
    changed = await clerk.change_contact(contact, job_title="采购经理", mobile="13900139000", opt_outs=["sms"])
    assert (changed.job_title, changed.mobile, list(changed.opt_outs)) == ("采购经理", "+8613900139000", ["sms"])
    found = await clerk.ask("ContactService/ListContacts", search="13900139000")
    assert names(found.contacts) == ["李雷"]
    async with refused("STALE_ETAG"):
        await clerk.change_contact(contact, job_title="总监")
