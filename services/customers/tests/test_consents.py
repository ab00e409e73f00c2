"""What people allowed and took back: added and never changed, the stricter word wins."""

from typing import Any
from uuid import UUID

import pytest
from crm.customers.v1 import customers_events_pb2 as events
from crm.customers.v1.consent_pb2 import Consent
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from crm_kit.principal import Scope

from .clerk import Clerk, days_ago, refused
from .converting import Conversion

EVIDENCE = {"text_version": "2026-09", "proof": "web form 4711"}


async def says(clerk: Clerk, contact_id: str, decision: str, **facts: Any) -> Consent:
    said = {"purpose": "marketing", "channel": "sms", **(EVIDENCE if decision == "GIVEN" else {}), **facts}
    entry = Consent(contact_id=contact_id, decision=decision, **said)
    return await clerk.ask("ConsentService/CreateConsent", consent=entry)


async def ledger(clerk: Clerk, contact_id: str, **asked: Any) -> list[tuple[str, str, str]]:
    found = await clerk.ask("ConsentService/ListConsents", contact_id=contact_id, **asked)
    return [(one.channel, Consent.Decision.Name(one.decision), one.source) for one in found.consents]


async def opt_outs(clerk: Clerk, contact_id: str) -> list[str]:
    return list((await clerk.get_contact(contact_id)).opt_outs)


async def test_withdrawing_opts_out_and_consenting_later_ends_that(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    await says(clerk, contact.id, "WITHDRAWN", occur_time=days_ago(2))
    assert await opt_outs(clerk, contact.id) == ["sms"]
    made = await says(clerk, contact.id, "GIVEN", occur_time=days_ago(1))
    assert (made.recorder_id, made.basis, made.source) == (clerk.principal.subject, "consent", "recorded")
    assert await opt_outs(clerk, contact.id) == []
    assert await ledger(clerk, contact.id) == [("sms", "GIVEN", "recorded"), ("sms", "WITHDRAWN", "recorded")]
    assert await ledger(clerk, contact.id, current=True) == [("sms", "GIVEN", "recorded")]
    assert len(await clerk.service.announced(events.ConsentRecorded)) == 2


async def test_an_older_consent_does_not_undo_a_later_withdrawal(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    await says(clerk, contact.id, "WITHDRAWN", occur_time=days_ago(1))
    await says(clerk, contact.id, "GIVEN", occur_time=days_ago(3))
    assert await opt_outs(clerk, contact.id) == ["sms"]
    assert await ledger(clerk, contact.id, current=True) == [("sms", "WITHDRAWN", "recorded")]


async def test_of_two_words_of_one_instant_the_stricter_wins(clerk: Clerk) -> None:
    contact, instant = await clerk.contact(await clerk.customer()), days_ago(1)
    await says(clerk, contact.id, "WITHDRAWN", occur_time=instant)
    await says(clerk, contact.id, "GIVEN", occur_time=instant)
    assert await opt_outs(clerk, contact.id) == ["sms"]


async def test_another_purpose_opts_nobody_out(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    await says(clerk, contact.id, "WITHDRAWN", purpose="profiling", channel="all")
    assert await opt_outs(clerk, contact.id) == []


async def test_consent_without_evidence_is_refused_and_withdrawing_needs_none(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    for missing in ("text_version", "proof"):
        async with refused("INVALID_ARGUMENT"):
            await says(clerk, contact.id, "GIVEN", **{missing: ""})
    for wrong in ({"purpose": "spam"}, {"channel": "drum"}, {"basis": "because"}, {"occur_time": days_ago(-2)}):
        async with refused("INVALID_ARGUMENT"):
            await says(clerk, contact.id, "WITHDRAWN", **wrong)
    await says(clerk, contact.id, "GIVEN", basis="contract", text_version="", proof="")


async def test_an_opt_out_entered_at_the_contact_is_in_the_ledger_and_no_edit_lifts_it(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer(), opt_outs=["email"])
    contact = await clerk.change_contact(contact, opt_outs=["email", "sms"])
    assert await ledger(clerk, contact.id, order_by="occur_time") == [
        ("email", "WITHDRAWN", "contact"),
        ("sms", "WITHDRAWN", "contact"),
    ]
    async with refused("OPT_OUT_STANDS"):
        await clerk.change_contact(contact, opt_outs=["sms"])
    await says(clerk, contact.id, "GIVEN", channel="email")
    assert await opt_outs(clerk, contact.id) == ["sms"]


@pytest.mark.parametrize("existing", [False, True])
async def test_what_a_lead_said_counts_for_the_contact_it_becomes(clerk: Clerk, existing: bool) -> None:
    made = await clerk.customer("老客户")
    contact = await clerk.contact(made, "李雷", opt_outs=["email"])
    known = {"existing_customer_id": made.id, "existing_contact_id": contact.id} if existing else {}
    conversion = Conversion(clerk, contact={"opt_outs": ["sms"]}, existing=known)
    answer = await conversion.create()
    await conversion.confirm()
    assert await opt_outs(clerk, answer.contact_id) == (["email", "sms"] if existing else ["sms"])
    assert ("sms", "WITHDRAWN", "lead") in await ledger(clerk, answer.contact_id)


async def test_the_ledger_is_below_a_contact_the_caller_sees(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    stranger = clerk.as_(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    async with refused("NOT_FOUND"):
        await ledger(stranger, contact.id)
    async with refused("NOT_FOUND"):
        await says(stranger, contact.id, "WITHDRAWN")


@pytest.mark.parametrize("statement", ["UPDATE consent SET decision = 'GIVEN' WHERE id = :id", "DELETE FROM consent"])
async def test_the_database_itself_refuses_to_rewrite_the_ledger(clerk: Clerk, statement: str) -> None:
    contact = await clerk.contact(await clerk.customer())
    made = await says(clerk, contact.id, "WITHDRAWN")
    async with clerk.service.db.connect() as connection:
        with pytest.raises(IntegrityError, match="never changed"):
            await connection.execute(text(statement), {"id": UUID(made.id)} if ":id" in statement else {})
