"""Numbers and addresses are sealed wherever they are kept, and read by those who may."""

from dataclasses import replace
from uuid import UUID

import pytest
from crm.customers.v1 import customers_events_pb2 as events
from crm.ops.v1.event_service_pb2 import ListChangesRequest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from crm_kit.field_rules import FieldRule, Read
from crm_kit.secret_box import SecretBox, SecretUnreadable
from crm_kit.subject_keys import SubjectKeys
from crm_kit.testing.service import RunningService

from .clerk import Clerk, names, refused
from .converting import Conversion

PHONE, MAIL, HANDLE = "13800138000", "li.lei@huadong.cn", "lilei_2026"
SECRETS = ("8001380", "li.lei", "lilei_2026", "中山路")


async def everything_stored(running: RunningService) -> str:
    """All rows of all tables as text, payloads of events included."""
    async with running.db.connect() as connection:
        found = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = []
        for table in found.scalars().all():
            payload = ", encode(payload, 'escape')" if table in {"outbox", "inbox"} else ""
            rows += (await connection.execute(text(f'SELECT t::text{payload} FROM "{table}" t'))).all()
    return "\n".join(str(value) for row in rows for value in row)


async def value_of(running: RunningService, table: str, column: str, id: str) -> str:
    async with running.db.connect() as connection:
        found = await connection.execute(text(f"SELECT {column} FROM {table} WHERE id = :id"), {"id": UUID(id)})
        return str(found.scalar_one())


async def test_no_table_holds_a_number_or_an_address_in_plain(clerk: Clerk) -> None:
    made = await clerk.customer(phone="021-62345678", email="info@huadong.cn", fax="021-62345679")
    contact = await clerk.contact(made, mobile=PHONE, email=MAIL, messenger=HANDLE, home_address="中山路 1 号")
    await clerk.change_contact(contact, mobile="13900139000", job_title="采购经理")
    await clerk.ask("ContactService/DeleteContact", id=contact.id)
    person = await clerk.person(phone=PHONE, email=MAIL)
    await clerk.change(person, name="王大明")
    await Conversion(clerk, contact={"mobile": PHONE, "email": MAIL, "messenger": HANDLE}).create()
    await Conversion(
        clerk, customer={"phone": PHONE}, contact={"email": MAIL}, existing={"existing_customer_id": made.id}
    ).create()
    kept = await everything_stored(clerk.service)
    assert "采购经理" in kept
    assert [secret for secret in (*SECRETS, "62345678", "62345679", "info@") if secret in kept] == []


async def test_who_may_see_them_is_answered_as_if_nothing_were_sealed(clerk: Clerk) -> None:
    made = await clerk.customer(phone="021-62345678")
    contact = await clerk.contact(made, mobile=PHONE, email=MAIL, messenger=HANDLE, home_address="中山路 1 号")
    for seen in (contact, await clerk.get_contact(contact.id), *await clerk.contacts_of(made)):
        assert (seen.mobile, seen.email, seen.messenger) == ("+8613800138000", MAIL, HANDLE)
        assert seen.home_address == "中山路 1 号"
    assert [one.phone for one in await clerk.find()] == ["+862162345678"]


async def test_a_mask_is_made_of_the_value_and_what_is_hidden_stays_closed(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), mobile=PHONE)
    for read, seen in ((Read.MASKED, "+86138****8000"), (Read.HIDDEN, "")):
        rules = (FieldRule("customers.contact.mobile", read),)
        who = Clerk(clerk.service, replace(clerk.principal, field_rules=rules))
        assert (await who.get_contact(contact.id)).mobile == seen
        assert (await who.ask("ContactService/ListContacts", search="13800138000")).contacts == []


async def test_a_contact_is_found_by_its_whole_number_address_or_handle(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), mobile=PHONE, email="Li.Lei@Huadong.cn", messenger=HANDLE)
    for asked in (
        'mobile = "13800138000"',
        'mobile = "+86 138-0013-8000"',
        f'email = "{MAIL}"',
        f'messenger = "{HANDLE}" AND mobile:*',
        'mobile != "13900139000" AND phone = ""',
    ):
        assert names((await clerk.ask("ContactService/ListContacts", filter=asked)).contacts) == ["李雷"], asked
    for word in ("13800138000", "+8613800138000", "0138000", "8000", MAIL, HANDLE):
        assert names((await clerk.ask("ContactService/ListContacts", search=word)).contacts) == ["李雷"], word
    await clerk.change_contact(contact, mobile="")
    assert (await clerk.ask("ContactService/ListContacts", filter='mobile = "13800138000"')).contacts == []
    assert (await clerk.ask("ContactService/ListContacts", search="13800138000")).contacts == []


@pytest.mark.parametrize("asked", ['mobile:"138"', 'mobile = "138*"', 'mobile > "138"'])
async def test_a_part_of_a_sealed_value_is_refused_with_what_to_do(clerk: Clerk, asked: str) -> None:
    async with refused("INVALID_ARGUMENT"):
        await clerk.ask("ContactService/ListContacts", filter=asked)


async def test_a_list_is_not_ordered_by_a_sealed_value(clerk: Clerk) -> None:
    async with refused("INVALID_ARGUMENT"):
        await clerk.ask("ContactService/ListContacts", order_by="mobile")


async def test_an_unchanged_value_stays_the_same_text_and_is_no_change(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), mobile=PHONE)
    before = await value_of(clerk.service, "contact", "mobile", contact.id)
    changed = await clerk.change_contact(contact, job_title="采购经理", mobile=PHONE)
    assert await value_of(clerk.service, "contact", "mobile", contact.id) == before
    assert before.startswith("sealed:1:")
    assert changed.mobile == "+8613800138000"


async def test_the_history_tells_old_and_new_values_to_those_who_may_see_them(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), mobile=PHONE)
    await clerk.change_contact(contact, mobile="13900139000")
    for read, seen in ((Read.FULL, "+8613900139000"), (Read.MASKED, "+86139****9000")):
        rules = (FieldRule("customers.contact.mobile", read),)
        who = replace(clerk.principal, field_rules=rules)
        asked = ListChangesRequest(record_type="contact", record_id=contact.id)
        answer = await clerk.service.call("crm.ops.v1.EventService/ListChanges", asked, who)
        [changed] = [dict(change.fields)["mobile"] for change in answer.changes if "mobile" in change.fields]
        assert changed["new"] == seen


async def test_events_carry_the_sealed_text(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), mobile=PHONE)
    [told] = await clerk.service.announced(events.ContactCreated)
    assert told.message.contact.mobile == await value_of(clerk.service, "contact", "mobile", contact.id)


async def test_a_value_moved_to_another_place_is_not_opened(clerk: Clerk) -> None:
    made = await clerk.customer()
    first, second = await clerk.contact(made, mobile=PHONE), await clerk.contact(made, "韩梅梅", mobile="13900139000")
    async with clerk.service.db.connect() as connection:
        await connection.execute(text("UPDATE contact SET phone = mobile WHERE id = :id"), {"id": UUID(first.id)})
        await connection.execute(
            text("UPDATE contact SET email = (SELECT mobile FROM contact WHERE id = :from) WHERE id = :to"),
            {"from": UUID(first.id), "to": UUID(second.id)},
        )
    for id in (first.id, second.id):
        async with refused("INTERNAL"):
            await clerk.get_contact(id)


async def test_the_database_refuses_a_value_that_nobody_sealed(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), mobile=PHONE)
    async with clerk.service.db.connect() as connection:
        with pytest.raises(IntegrityError, match="ck_contact_mobile_sealed"):
            await connection.execute(
                text("UPDATE contact SET mobile = '13800138000' WHERE id = :id"), {"id": UUID(contact.id)}
            )


async def test_without_its_key_a_subject_is_forgotten_wherever_it_was_written(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), mobile=PHONE, email=MAIL)
    call, subjects = clerk.service.work(), clerk.service.db.subjects
    assert subjects is not None
    assert await subjects.destroy([UUID(contact.id)], call.now, call.db.fetch) == [UUID(contact.id)]
    seen = await clerk.get_contact(contact.id)
    assert (seen.name, seen.mobile, seen.email) == ("李雷", "", "")
    async with refused("SUBJECT_ERASED"):
        await clerk.change_contact(contact, mobile="13900139000")


async def test_another_key_file_opens_nothing(clerk: Clerk) -> None:

    stranger = SubjectKeys("customers", SecretBox([b"x" * 32]))
    with pytest.raises(SecretUnreadable):
        await stranger.start(clerk.service.db.fetch)
