"""What a submitter learns of what others have: partners until when, colleagues of the enterprise which unit [L21]."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from crm.customers.v1.customer_pb2 import Customer
from crm.customers.v1.customers_events_pb2 import CustomerCreated
from crm.leads.v1 import lead_import_service_pb2 as import_pb
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from crm.ops.v1 import share_service_pb2 as shares
from google.protobuf.json_format import MessageToDict

from crm_kit.principal import Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.conformance import Bench, ResourceCase
from crm_kit.testing.service import RunningService, somebody

from . import house
from .house import EAST, HERE, HQ, SOUTH, THERE, person


@pytest_asyncio.fixture
async def units(leads: RunningService) -> AsyncIterator[RunningService]:
    await house.build(leads)
    for path in (HQ, EAST, HERE, THERE):
        await house.a_pool(leads, path)
    yield leads


async def test_a_partner_learns_until_when_and_nothing_else(units: RunningService) -> None:
    here, there = person(HERE), person(THERE)
    theirs = await house.protected(units, there, need="secret", email="ming@yunfan-tech.cn")
    mine = await house.capture(units, here)
    assert mine.state == Lead.HELD
    assert mine.id != theirs.id
    until = theirs.protect_until_time.ToDatetime()
    assert mine.protect_until_time.ToDatetime().date() == until.date()
    # To the day: the instant would tell when the holder took it.
    assert mine.protect_until_time.ToDatetime().time() != until.time()
    told = [mine, await house.get(units, here, mine.id), await house.conflict(units, here, mine.conflict_id)]
    told += await house.decisions(units, here, mine.id)
    told += (await house.explained(units, here, mine.id)).values()
    told += (await house.listed(units, here)).leads
    for secret in (theirs.id, theirs.number + '"', theirs.owner_id, THERE, "secret", "ming@", 'score":0.9'):
        assert secret not in "".join(map(str, map(MessageToDict, told))), secret


async def test_a_customer_of_another_unit_is_answered_like_a_lead(units: RunningService) -> None:
    customer = Customer(id=str(uuid4()), type=Customer.PERSON, name="王小明", phone="+8613800138000", unit_path=THERE)
    await units.deliver((UUID(customer.id), 1, CustomerCreated(customer=customer)))
    mine = await house.capture(units, person(HERE))
    assert (mine.state, mine.customer_id, mine.contact_id) == (Lead.HELD, "", "")
    assert mine.protect_until_time.seconds > 0


async def test_what_another_unit_has_without_protection_is_as_if_it_were_not_there(units: RunningService) -> None:
    here, there = person(HERE), person(THERE)
    theirs = await house.capture(units, there)
    mine = await house.capture(units, here)
    assert (mine.state, mine.unit_path) == (Lead.POOLED, HERE)
    assert mine.id != theirs.id
    assert mine.intent_count == 1
    assert (await house.get(units, there, theirs.id)).intent_count == 1


async def test_the_enterprises_own_people_learn_which_unit_has_the_party(units: RunningService) -> None:
    await house.protected(units, person(THERE))
    seller = person(EAST)
    held = await house.capture(units, seller)
    assert held.state == Lead.HELD
    assert (await house.conflict(units, seller, held.conflict_id)).holder.unit_path == THERE
    [decision] = await house.decisions(units, seller, held.id)
    assert MessageToDict(decision.inputs)["matches"] == [{"owned_by": THERE}]


async def test_who_may_see_all_sees_the_match_with_its_reasons(units: RunningService) -> None:
    theirs = await house.protected(units, person(THERE))
    held = await house.capture(units, person(HERE))
    [decision] = await house.decisions(units, somebody(unit_path=HQ), held.id)
    [match] = MessageToDict(decision.inputs)["matches"]
    assert match["id"] == theirs.id
    assert match["because"]


async def test_a_key_is_blind_whatever_its_unit(units: RunningService) -> None:
    await house.protected(units, person(THERE))
    key = person(EAST, kind="key")
    held = await house.capture(units, key)
    assert held.state == Lead.HELD
    assert (await house.conflict(units, key, held.conflict_id)).holder.unit_path == ""


async def test_submitting_again_is_counted_on_what_is_held(units: RunningService) -> None:
    await house.protected(units, person(THERE))
    here = person(HERE)
    first = await house.capture(units, here)
    again = await house.capture(units, here)
    assert (again.id, again.state, again.intent_count) == (first.id, Lead.HELD, 2)


async def test_whoever_has_an_open_lead_of_the_party_goes_on_with_it(units: RunningService) -> None:
    here = person(HERE)
    mine = await house.capture(units, here)
    await house.protected(units, person(THERE))
    again = await house.capture(units, here)
    assert (again.id, again.state) == (mine.id, Lead.POOLED)


async def test_what_a_colleague_has_is_joined_and_answered_with_a_receipt(units: RunningService) -> None:
    one, other = house.clerk(EAST), house.clerk(EAST)
    theirs = await house.claim(units, one, await house.capture(units, one, need="secret"))
    facts = {"external_id": "form-7", "channel": "web_form", "product_line": "valves"}
    receipt = await house.capture(units, other, **facts)
    assert receipt.state == Lead.DUPLICATE_CLOSED
    assert receipt.id != theirs.id
    assert "secret" not in str(receipt)
    assert (await house.get(units, one, theirs.id)).intent_count == 2
    assert (await house.capture(units, other, **facts)).id == receipt.id
    with pytest.raises(RemoteError) as hidden:
        await house.get(units, other, theirs.id)
    assert hidden.value.reason == "NOT_FOUND"


async def test_rows_of_a_file_are_held_alike_and_a_dry_run_says_the_same(units: RunningService) -> None:
    here = person(HERE)
    theirs = await house.protected(units, person(THERE))
    file = "姓名,公司,手机\n王小明,上海云帆科技有限公司,13800138000\n李娜,,13900139000\n王小明,,13800138000\n"
    dry = await house.imported(units, here, file, dry_run=True)
    job = await house.imported(units, here, file)
    assert (job.held_count, job.created_count, job.ignored_count, job.error_count) == (1, 1, 1, 0)
    told = [
        [(row.line, row.verdict, row.reason, row.message) for row in await house.rows_of(units, here, each)]
        for each in (dry, job)
    ]
    assert told[0] == told[1]
    assert [verdict for _, verdict, _, _ in told[1]] == ["held", "created", "ignored"]
    day = theirs.protect_until_time.ToDatetime().date().isoformat()
    assert told[1][0][2] == "PROTECTED_ELSEWHERE"
    assert day in told[1][0][3]
    assert theirs.id not in str(await house.rows_of(units, here, job))
    request = import_pb.DownloadLeadImportErrorsRequest(id=job.id)
    errors = await units.call(f"{house.IMPORTS}/DownloadLeadImportErrors", request, here)
    assert errors.data.decode("utf-8-sig").count("\n") == 1
    [held] = (await house.listed(units, here, filter="state = HELD")).leads
    assert (await house.conflict(units, person(HQ), held.conflict_id)).holder_lead_id == theirs.id


async def test_a_submission_taken_from_a_colleague_before_is_said_to_be(units: RunningService) -> None:
    one, other = house.clerk(EAST), house.clerk(EAST)
    facts = {"external_id": "form-8", "channel": "web_form"}
    await house.claim(units, one, await house.capture(units, one, **facts))
    with pytest.raises(RemoteError) as refused:
        await house.capture(units, other, **facts)
    assert refused.value.reason == "SUBMITTED_BEFORE"


async def test_a_shared_lead_is_answered_in_full(units: RunningService) -> None:
    one, other = house.clerk(EAST), house.clerk(EAST)
    theirs = await house.claim(units, one, await house.capture(units, one))
    share = shares.Share(
        service="leads", resource="lead", record_id=theirs.id, grantee_kind="USER", grantee=other.subject, access="READ"
    )
    sharer = somebody(unit_path=EAST, scope=Scope.SUBTREE)
    await units.call("crm.ops.v1.ShareService/CreateShare", shares.CreateShareRequest(share=share), sharer)
    assert (await house.capture(units, other, product_line="valves")).id == theirs.id


async def test_a_region_does_not_arbitrate_for_another(units: RunningService) -> None:
    await house.protected(units, person(THERE))
    held = await house.capture(units, person(HERE))
    for manager in (person(SOUTH), person(THERE)):
        with pytest.raises(RemoteError) as hidden:
            await house.conflict(units, manager, held.conflict_id)
        assert hidden.value.reason == "NOT_FOUND"


async def test_hidden_matches_cost_the_same_statements_whatever_they_are(units: RunningService) -> None:
    bench = Bench(units, ResourceCase(house.LEADS, Lead, ("need", "valves")))
    there, sent = person(THERE), []
    lead = {"name": "李娜", "company": "", "phone": "13900139001"}
    worked = {"name": "陈静", "company": "", "phone": "13900139002", "need": "x" * 400}
    await house.protected(units, there, **lead)
    touch = Touch(lead_id=(await house.protected(units, there, **worked)).id, kind="visit", direction="outbound")
    await units.call("crm.leads.v1.TouchService/CreateTouch", touch_pb.CreateTouchRequest(touch=touch), there)
    customer = Customer(id=str(uuid4()), type=Customer.PERSON, name="张伟", phone="+8613900139003", unit_path=THERE)
    await units.deliver((UUID(customer.id), 1, CustomerCreated(customer=customer)))
    third = {"name": "张伟", "company": "", "phone": "13900139003"}
    here = person(HERE)
    await house.capture(units, here, name="Warm", company="", phone="13900139009")
    for party in (lead, worked, third):
        with bench.statements() as some:
            assert (await house.capture(units, here, **{**party, "need": ""})).state == Lead.HELD
        sent.append(sorted(some))
    assert sent[0] == sent[1] == sent[2]
