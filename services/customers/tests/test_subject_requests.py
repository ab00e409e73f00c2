"""Requests of persons and legal holds, through the RPCs of customers alone."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from crm.customers.v1 import customers_events_pb2 as events
from crm.customers.v1.consent_pb2 import Consent
from crm.customers.v1.subject_request_pb2 import SubjectRequest
from sqlalchemy import text

from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService
from crm_kit.tx import begin

from .clerk import Clerk

CONTACT, CUSTOMER = "customers.contact", "customers.customer"


async def a_request(clerk: Clerk, *subjects: tuple[str, str], kind: str = "ERASURE", **facts: Any) -> SubjectRequest:
    named = [{"resource": resource, "id": id} for resource, id in subjects]
    made = SubjectRequest(kind=kind, identity_check="rang back", subjects=named, **facts)
    return await clerk.ask("SubjectRequestService/CreateSubjectRequest", subject_request=made)


async def verb(clerk: Clerk, name: str, request: SubjectRequest, **fields: Any) -> SubjectRequest:
    return await clerk.ask(f"SubjectRequestService/{name}SubjectRequest", id=request.id, **fields)


async def a_hold(clerk: Clerk, record_id: str, **facts: Any) -> Any:
    hold = {"resource": CONTACT, "record_id": record_id, "reason": "Case 2026-77", **facts}
    return await clerk.ask("LegalHoldService/CreateLegalHold", legal_hold=hold)


async def reason_of(refused: Any) -> str:
    with pytest.raises(RemoteError) as error:
        await refused
    return str(error.value.reason)


async def test_a_request_is_due_after_thirty_days_and_overdue_when_they_pass(
    customers: RunningService, clerk: Clerk
) -> None:
    contact = await clerk.contact(await clerk.customer())
    request = await a_request(clerk, (CONTACT, contact.id))
    assert request.number.startswith("SR-")
    assert request.due_time.ToDatetime() - request.receive_time.ToDatetime() == timedelta(days=30)
    [created] = await customers.announced(events.SubjectRequestCreated)
    assert (created.message.number, created.message.kind) == (request.number, SubjectRequest.ERASURE)
    async with begin(customers.work()) as tx:
        await tx.schedule("subject_request.due", UUID(request.id), tx.now)
    assert customers.parts.timers is not None
    await customers.parts.timers.fire_due()
    found = await verb(clerk, "Get", request)
    assert found.overdue
    assert len(await customers.announced(events.SubjectRequestOverdue)) == 1


async def test_only_records_that_are_persons_can_be_subjects(clerk: Clerk) -> None:
    company = await clerk.customer()
    for resource, id in (
        (CUSTOMER, company.id),
        (CONTACT, str(uuid4())),
        ("sales.quote", str(uuid4())),
        (CONTACT, "x"),
    ):
        assert await reason_of(a_request(clerk, (resource, id))) == "INVALID_ARGUMENT"
    assert await reason_of(a_request(clerk)) == "INVALID_ARGUMENT"


async def test_a_person_customer_and_what_stands_in_for_it_are_one_person(clerk: Clerk) -> None:
    person = await clerk.person(phone="13800138000")
    request = await a_request(clerk, (CUSTOMER, person.id))
    assert {(one.resource, one.id) for one in request.subjects} == {
        (CUSTOMER, person.id),
        (CONTACT, person.main_contact_id),
    }


async def test_what_was_refused_or_taken_back_is_not_started(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    refused = await a_request(clerk, (CONTACT, contact.id))
    assert await reason_of(verb(clerk, "Refuse", refused, reason=" ")) == "INVALID_ARGUMENT"
    assert (await verb(clerk, "Refuse", refused, reason="not the person")).state == SubjectRequest.REFUSED
    cancelled = await a_request(clerk, (CONTACT, contact.id))
    assert (await verb(clerk, "Cancel", cancelled)).state == SubjectRequest.CANCELLED
    for ended in (refused, cancelled):
        assert await reason_of(verb(clerk, "Start", ended)) == "SUBJECT_REQUEST_BEGUN"
        assert await reason_of(verb(clerk, "Discover", ended)) == "SUBJECT_REQUEST_BEGUN"


async def test_whoever_reaches_less_than_all_neither_asks_nor_sees_nor_holds(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    request = await a_request(clerk, (CONTACT, contact.id))
    for scope in (Scope.OWN, Scope.UNIT, Scope.SUBTREE):
        other = clerk.as_(scope=scope, permissions=("customers.*",))
        assert await reason_of(a_request(other, (CONTACT, contact.id))) == "PERMISSION_DENIED"
        assert await reason_of(a_hold(other, contact.id)) == "PERMISSION_DENIED"
        for name in ("Get", "Start", "Discover", "Cancel"):
            assert await reason_of(verb(other, name, request)) == "NOT_FOUND"
        page = await other.ask("SubjectRequestService/ListSubjectRequests")
        assert not page.subject_requests


async def test_an_erased_main_contact_is_followed_and_its_customer_no_longer_found_by_it(
    customers: RunningService, clerk: Clerk
) -> None:
    company = await clerk.customer()
    gone = await clerk.contact(company, "诸葛清风", mobile="13800138000")
    stays = await clerk.contact(company, "李四")
    assert await clerk.find(search="诸葛清风")
    request = await a_request(clerk, (CONTACT, gone.id), requester="诸葛清风")
    done = await verb(clerk, "Start", request)
    assert (done.state, done.requester, done.identity_check) == (SubjectRequest.DONE, "", "")
    assert (await clerk.get(company.id)).main_contact_id == stays.id
    for word in ("诸葛清风", "13800138000"):
        assert await clerk.find(search=word) == []
    assert await reason_of(clerk.ask("ContactService/GetContact", id=gone.id)) == "NOT_FOUND"
    [deleted] = await customers.announced(events.ContactDeleted)
    assert (deleted.message.contact.name, deleted.message.contact.mobile) == ("", "")
    [told] = await customers.announced(events.SubjectRequestCompleted)
    assert told.message.number == request.number


async def test_an_erasure_is_repeated_for_what_was_on_its_way_and_once_streams_have_forgotten(
    customers: RunningService, clerk: Clerk
) -> None:
    company = await clerk.customer()
    contact = await clerk.contact(company)
    await verb(clerk, "Start", await a_request(clerk, (CONTACT, contact.id)))
    assert customers.parts.timers is not None
    for pause in ("1 hour", "15 days"):
        due = "SELECT t.due_time - r.end_time FROM timer t JOIN subject_request r ON r.id = subject_id "
        [(waited,)] = await rows(customers, f"{due} WHERE t.kind = 'subject_request.sweep' AND t.state = 'pending'")
        [(meant,)] = await rows(customers, f"SELECT interval '{pause}'")
        assert waited == meant
        await customers.administer(LATE.format(customer=company.id, contact=contact.id, pause=pause))
        await customers.parts.timers.fire_due()
        [(replay,)] = await rows(customers, "SELECT id FROM saga WHERE kind LIKE '%replay' AND state = 'running'")
        await customers.sagas.advance(replay, 20)
        assert [row.facts for row in await rows(customers, "SELECT facts FROM timeline_entry")] == [{"number": "T-1"}]
    assert await rows(customers, "SELECT id FROM timer WHERE state = 'pending'") == []


async def rows(customers: RunningService, statement: str) -> list[Any]:
    async with customers.db.connect() as connection:
        return list(await connection.execute(text(statement)))


LATE = """
    DELETE FROM timeline_entry;
    INSERT INTO timeline_entry (id, customer_id, contact_id, occur_time, kind, channel, direction, is_contact, actor, facts,
        source_event_type, subject_type, subject_id, record_time)
    VALUES (uuidv7(), '{customer}', '{contact}', now(), 'call', '', '', false, '', '{{"note": "late", "number": "T-1"}}',
        '', '', uuidv7(), now());
    UPDATE subject_request SET end_time = now() - interval '{pause}' - interval '1 minute';
    UPDATE timer SET due_time = now() WHERE kind = 'subject_request.sweep' AND state = 'pending'
"""
"""An event that told of the person arrived after the erasure; time passes."""


async def test_a_person_customer_is_called_by_its_code_and_cannot_get_a_number_again(clerk: Clerk) -> None:
    person = await clerk.person(phone="13800138000", address="南京路 1 号")
    await verb(clerk, "Start", await a_request(clerk, (CUSTOMER, person.id)))
    found = await clerk.get(person.id)
    assert (found.name, found.phone, found.address) == (person.code, "", "")
    assert [one.id for one in await clerk.find(search=person.code)] == [person.id]
    assert await reason_of(clerk.change(found, phone="13800138001")) == "SUBJECT_ERASED"


async def test_of_a_consent_its_proof_may_go_and_nothing_else(customers: RunningService, clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    given = Consent(
        contact_id=contact.id, purpose="marketing", channel="sms", decision="GIVEN", text_version="v1", proof="Form 7"
    )
    await clerk.ask("ConsentService/CreateConsent", consent=given)
    for change in ("proof = 'Form 8'", "purpose = 'service'", "proof = '', decision = 'WITHDRAWN'"):
        with pytest.raises(asyncpg.PostgresError, match="never changed"):
            await customers.administer(f"UPDATE consent SET {change}")
    with pytest.raises(asyncpg.PostgresError, match="never changed"):
        await customers.administer("DELETE FROM consent")
    await verb(clerk, "Start", await a_request(clerk, (CONTACT, contact.id)))
    async with customers.db.connect() as connection:
        row = (await connection.exec_driver_sql("SELECT proof, decision FROM consent")).one()
    assert tuple(row) == ("", "GIVEN")


async def test_a_hold_counts_until_its_time_or_its_release_and_is_released_once(clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    assert await reason_of(a_hold(clerk, contact.id, until_time={"seconds": 1})) == "INVALID_ARGUMENT"
    hold = await a_hold(clerk, contact.id)
    request = await a_request(clerk, (CONTACT, contact.id))
    assert await reason_of(verb(clerk, "Start", request)) == "SUBJECT_ON_HOLD"
    release = {"id": hold.id, "reason": "The case is closed"}
    assert await reason_of(clerk.ask("LegalHoldService/ReleaseLegalHold", id=hold.id, reason="")) == "INVALID_ARGUMENT"
    released = await clerk.ask("LegalHoldService/ReleaseLegalHold", **release)
    assert (released.release_reason, released.releaser_id) == ("The case is closed", clerk.principal.subject)
    assert await reason_of(clerk.ask("LegalHoldService/ReleaseLegalHold", **release)) == "LEGAL_HOLD_RELEASED"
    assert (await verb(clerk, "Start", request)).state == SubjectRequest.DONE


async def test_who_asked_to_be_forgotten_is_in_no_trail_of_the_request(customers: RunningService, clerk: Clerk) -> None:
    contact = await clerk.contact(await clerk.customer())
    request = await a_request(clerk, (CONTACT, contact.id), requester="诸葛清风，电话 13800138000")
    await verb(clerk, "Start", request)
    async with customers.db.connect() as connection:
        told = "SELECT count(*) FROM audit_entry WHERE details::text LIKE '%诸葛%' OR details::text LIKE '%rang back%'"
        assert (await connection.exec_driver_sql(told.replace("%", "%%"))).scalar_one() == 0
        erased = "SELECT count(*) FROM audit_entry WHERE action = 'erase' AND record_type = 'subject_request'"
        assert (await connection.exec_driver_sql(erased)).scalar_one() == 1
