"""One person's open records become another's, in every service, once, whatever dies; and a leaver is out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from crm.customers.v1 import customer_service_pb2 as customer_pb
from crm.customers.v1.customer_pb2 import Customer
from crm.identity.v1 import transfer_service_pb2 as pb
from crm.identity.v1.transfer_pb2 import Transfer
from crm.identity.v1.user_pb2 import User
from crm.leads.v1 import lead_service_pb2 as lead_pb
from sqlalchemy import text

from crm_customers.service import service as customers_service
from crm_kit import following
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, somebody
from crm_leads.service import service as leads_service
from crm_reporting.service import service as reporting_service

from .moving import ID, LEADS, Enterprise, Killed, enterprise, phone_of


@pytest_asyncio.fixture
async def house(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Enterprise]:
    services = (leads_service, customers_service, reporting_service)
    async with enterprise(database_factory, tmp_path / "keys", *services) as made:
        yield made


async def rows(service: RunningService, statement: str) -> list[Any]:
    async with service.db.connect() as connection:
        return list((await connection.execute(text(statement))).all())


async def transfer(house: Enterprise, former: User, owner: User, **facts: Any) -> Transfer:
    made = Transfer(from_user_id=former.id, to_user_id=owner.id, **facts)
    request = pb.CreateTransferRequest(transfer=made)
    return await house.identity.call(f"{ID}.TransferService/CreateTransfer", request, somebody())


async def now(house: Enterprise, made: Transfer) -> Transfer:
    request = pb.GetTransferRequest(id=made.id)
    return await house.identity.call(f"{ID}.TransferService/GetTransfer", request, somebody())


async def a_seller(house: Enterprise, login: str = "li.na") -> tuple[User, str]:
    """A person with three leads, one of them closed, and a customer."""
    user = await house.user(login, "/hq/east/", ("sales_manager",))
    token = await house.sign_in(login)
    who = await house.who(token)
    await house.tell()
    for number in range(3):
        lead = await house.lead(who, name=f"{login} {number}", phone=phone_of(f"{login} {number}"))
        request = lead_pb.AssignLeadRequest(id=lead.id, owner_id=user.id)
        await house.keepers["leads"].call(f"{LEADS}/AssignLead", request, who)
    closed = lead_pb.DisqualifyLeadRequest(id=lead.id, reason="no_need")
    await house.keepers["leads"].call(f"{LEADS}/DisqualifyLead", closed, who)
    customer = customer_pb.CreateCustomerRequest(customer=Customer(name=f"{login} 客户", type=Customer.ORGANIZATION))
    await house.keepers["customers"].call("crm.customers.v1.CustomerService/CreateCustomer", customer, who)
    await house.tell()
    return user, token


async def test_open_records_change_hands_and_each_service_says_how_many(house: Enterprise) -> None:
    former, _ = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    await house.tell()
    made = await transfer(house, former, owner, reason="产假")
    assert (made.state, [part.done for part in made.parts]) == (Transfer.RUNNING, [False, False, False])
    await house.follow()
    done = await now(house, made)
    assert done.state == Transfer.DONE
    moved = {part.service: {kind: count for kind, count in part.moved.items() if count} for part in done.parts}
    assert moved["leads"] == {"leads.lead": 2}
    assert moved["customers"]["customers.customer"] == 1
    held = await rows(house.keepers["leads"], "SELECT owner_id, state FROM lead ORDER BY state")
    assert {(str(row.owner_id), row.state) for row in held} == {(owner.id, "ASSIGNED"), (former.id, "DISQUALIFIED")}
    facts = await rows(house.keepers["reporting"], "SELECT owner_id FROM lead_fact WHERE state = 'ASSIGNED'")
    assert {str(row.owner_id) for row in facts} == {owner.id}


async def test_the_ledger_of_holdings_and_the_clocks_follow(house: Enterprise) -> None:
    former, _ = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    await house.tell()
    await transfer(house, former, owner)
    await house.follow()
    ledger = await rows(
        house.keepers["leads"],
        "SELECT o.user_id, o.end_why FROM ownership o JOIN lead l ON l.id = o.lead_id WHERE l.state = 'ASSIGNED'",
    )
    assert sorted((str(row.user_id) == owner.id, row.end_why) for row in ledger) == [
        (False, "handed over"),
        (False, "handed over"),
        (True, ""),
        (True, ""),
    ]


async def test_the_former_owner_may_go_on_reading_when_asked(house: Enterprise) -> None:
    former, token = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    await house.tell()
    await transfer(house, former, owner, keep_reading=True)
    await house.follow()
    shares = await rows(house.keepers["leads"], "SELECT grantee, access FROM record_share")
    assert [(row.grantee, row.access) for row in shares] == [(f"user:{former.id}", "READ")] * 2
    assert (await house.who(token)).subject == former.id


async def test_a_leaver_is_out_at_once(house: Enterprise) -> None:
    former, token = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    await house.tell()
    await transfer(house, former, owner, disable_user=True)
    with pytest.raises(RemoteError) as refused:
        await house.who(token)
    assert refused.value.reason == "UNAUTHENTICATED"


async def test_only_the_kinds_asked_for_change_hands(house: Enterprise) -> None:
    former, _ = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    await house.tell()
    made = await transfer(house, former, owner, kinds=["customers.customer"])
    await house.follow()
    assert (await now(house, made)).state == Transfer.DONE
    assert {str(row.owner_id) for row in await rows(house.keepers["leads"], "SELECT owner_id FROM lead")} == {former.id}
    customers = await rows(house.keepers["customers"], "SELECT owner_id FROM customer")
    assert {str(row.owner_id) for row in customers} == {owner.id}


async def test_a_transfer_waits_for_its_time_and_can_be_stopped_until_then(house: Enterprise) -> None:
    former, token = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    later = datetime.now(UTC) + timedelta(days=3)
    made = [await transfer(house, former, owner, effective_time=later, disable_user=True) for _ in range(2)]
    assert [each.state for each in made] == [Transfer.SCHEDULED] * 2
    request = pb.CancelTransferRequest(id=made[0].id)
    stopped = await house.identity.call(f"{ID}.TransferService/CancelTransfer", request, somebody())
    assert stopped.state == Transfer.CANCELLED
    assert (await house.who(token)).subject == former.id
    timers = house.identity.parts.timers
    assert timers is not None
    timers._clock = lambda: later + timedelta(seconds=1)
    assert await timers.fire_due() == 1
    assert [(await now(house, each)).state for each in made] == [Transfer.CANCELLED, Transfer.RUNNING]
    await house.follow()
    assert (await now(house, made[1])).state == Transfer.DONE
    with pytest.raises(RemoteError):
        await house.who(token)
    with pytest.raises(RemoteError) as refused:
        await house.identity.call(
            f"{ID}.TransferService/CancelTransfer", pb.CancelTransferRequest(id=made[1].id), somebody()
        )
    assert refused.value.reason == "TRANSFER_BEGUN"


async def test_a_new_owner_who_has_left_meanwhile_gets_nothing_and_the_leaver_is_out_all_the_same(
    house: Enterprise,
) -> None:
    former, token = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    later = datetime.now(UTC) + timedelta(days=3)
    made = await transfer(house, former, owner, effective_time=later, disable_user=True)
    async with house.identity.db.connect() as connection:
        await connection.execute(text("UPDATE user_account SET disabled = true WHERE login = 'wang'"))
    timers = house.identity.parts.timers
    assert timers is not None
    timers._clock = lambda: later + timedelta(seconds=1)
    await timers.fire_due()
    after = await now(house, made)
    assert (after.state, after.state_reason) == (Transfer.CANCELLED, "NEW_OWNER_DISABLED")
    with pytest.raises(RemoteError):
        await house.who(token)


@pytest.mark.parametrize(
    ("path", "facts", "field"),
    [
        ("/hq/west/", {}, "to_user_id"),
        ("/hq/east/d1/", {}, "to_user_id"),
        ("/hq/east/", {"kinds": ["leads.leed"]}, "kinds"),
    ],
)
async def test_what_cannot_be_handed_over_is_refused_by_field(
    house: Enterprise, path: str, facts: dict[str, Any], field: str
) -> None:
    former = await house.user("li.na", "/hq/east/")
    owner = await house.user("wang", path)
    with pytest.raises(RemoteError) as refused:
        await transfer(house, former, owner, **facts)
    assert refused.value.reason == "INVALID_ARGUMENT"
    assert {"to_user_id": "works neither in", "kinds": "no records called"}[field] in str(refused.value)


async def test_nobody_hands_over_to_themselves_or_to_nobody(house: Enterprise) -> None:
    former = await house.user("li.na", "/hq/east/")
    for owner in (former, User(id=str(UUID(int=7)))):
        with pytest.raises(RemoteError) as refused:
            await transfer(house, former, owner)
        assert refused.value.reason == "INVALID_ARGUMENT"


async def test_a_service_killed_in_the_middle_hands_over_the_rest_and_counts_each_once(
    house: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, _ = await a_seller(house)
    owner = await house.user("wang", "/hq/east/")
    await house.tell()
    made = await transfer(house, former, owner)
    await house.tell()
    leads = house.keepers["leads"]
    assert leads.parts.following is not None
    jobs, real, pieces = leads.parts.following.jobs, following.handover.hand_over, 0

    async def dies(tx: Any, kind: Any, given: Any, _most: int) -> int:
        nonlocal pieces
        pieces += 1
        if pieces == 2:
            raise Killed
        return await real(tx, kind, given, 1)

    monkeypatch.setattr(following.handover, "hand_over", dies)
    [(row, lease)] = await jobs.take(1)
    with pytest.raises(Killed):
        await jobs.work_on(row, lease)
    monkeypatch.setattr(following.handover, "hand_over", real)
    async with leads.db.connect() as connection:
        await connection.execute(text("UPDATE job SET lease_until = now() - interval '1 s' WHERE state = 'running'"))
    await house.follow()
    done = await now(house, made)
    assert (done.state, {part.service: dict(part.moved) for part in done.parts}["leads"]) == (
        Transfer.DONE,
        {"leads.lead": 2},
    )
