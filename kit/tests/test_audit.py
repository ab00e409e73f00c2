"""What is noted besides changed rows, and who may read of it."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from crm.identity.v1 import api_key_pb2, session_pb2
from crm.ops.v1 import audit_service_pb2 as pb
from crm.ops.v1 import event_service_pb2
from crm.ops.v1 import share_service_pb2 as shares
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm_kit.audit import erase_details, note
from crm_kit.audit_reads import sensitive_in
from crm_kit.call import Call
from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Principal, Scope
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import StoredBox

ENTRIES = "crm.ops.v1.AuditService/ListAuditEntries"
SHARE = "crm.ops.v1.ShareService/CreateShare"


def a_unit() -> str:
    return f"/hq/{uuid4().hex[:8]}/"


def a_call(shelf: RunningService, principal: Principal, **facts: Any) -> Call:
    return Call(shelf.db, principal, "shelf.box.update", request_id="r-7", **facts)


async def a_box(shelf: RunningService, principal: Principal, **facts: Any) -> UUID:
    async with begin(a_call(shelf, principal, **facts)) as tx:
        made = tx.add(StoredBox(name="tea", kind="TIN", maker=""))
    async with begin(a_call(shelf, principal, **facts)) as tx:
        (await tx.load(StoredBox, made.id)).name = "coffee"
    return made.id


async def entries(shelf: RunningService, principal: Principal, **asked: Any) -> list[pb.AuditEntry]:
    request = pb.ListAuditEntriesRequest(service="shelf", **asked)
    return list((await shelf.call(ENTRIES, request, principal)).audit_entries)


async def test_a_change_tells_who_for_whom_from_where_and_in_which_unit(shelf: RunningService) -> None:
    unit, boss = a_unit(), uuid4()
    delegate = Principal(subject=str(uuid4()), unit_path=unit, grants=(("*", Scope.ALL),), on_behalf_of=str(boss))
    box = await a_box(shelf, delegate, address="203.0.113.7")
    newest, oldest = await entries(shelf, somebody(), filter=f'record_id = "{box}"')
    assert (oldest.action, newest.action) == ("insert", "update")
    assert (newest.actor, newest.on_behalf_of) == (delegate.actor, str(boss))
    assert (newest.address, newest.unit_path, newest.cause_id) == ("203.0.113.7", unit, "r-7")
    assert json.loads(newest.details) == {"name": {"old": "tea", "new": "coffee"}}


async def test_the_address_the_gateway_saw_reaches_the_trail(shelf: RunningService) -> None:
    method, who = descriptors.method("crm.shelf.v1.BoxService/CreateBox"), somebody(unit_path=a_unit())
    request = method.request_type()
    request.box.name, request.box.kind = "salt", 2
    made = await shelf.call(method.full_name, request, who, x_client_address="2001:db8::1 (proxy)")
    (entry,) = await entries(shelf, somebody(), filter=f'record_id = "{made.id}"')
    assert entry.address == "2001:db8::1proxy"


async def test_whoever_audits_a_unit_sees_the_entries_of_that_unit_and_below(shelf: RunningService) -> None:
    region, dealer = a_unit(), somebody(unit_path="/")
    dealer = somebody(unit_path=f"{region}d1/")
    box = await a_box(shelf, dealer)
    asked = f'record_id = "{box}"'

    async def seen(scope: Scope, unit: str, **who: Any) -> int:
        return len(await entries(shelf, somebody(scope=scope, unit_path=unit, **who), filter=asked))

    assert await seen(Scope.SUBTREE, region) == 2
    assert await seen(Scope.UNIT, f"{region}d1/") == 2
    assert await seen(Scope.UNIT, region) == 0
    assert await seen(Scope.SUBTREE, f"{region}d10/") == 0
    assert await seen(Scope.OWN, region) == 0
    assert await seen(Scope.OWN, region, user_id=UUID(dealer.subject)) == 2
    assert await seen(Scope.SUBTREE, f"{region}d2/") == 0


async def test_values_a_reader_may_not_see_are_masked_here_as_everywhere(shelf: RunningService) -> None:
    box = await a_box(shelf, somebody(unit_path=a_unit()))
    for read, expected in ((Read.MASKED, {"name": {"old": "t**", "new": "c**"}}), (Read.HIDDEN, {})):
        rules = (FieldRule("shelf.box.name", read),)
        reader = Principal(subject=str(uuid4()), grants=(("*", Scope.ALL),), field_rules=rules)
        newest, _ = await entries(shelf, reader, filter=f'record_id = "{box}"')
        assert json.loads(newest.details) == expected
        changes = await shelf.call(
            "crm.ops.v1.EventService/ListChanges",
            event_service_pb2.ListChangesRequest(service="shelf", record_type="box", record_id=str(box)),
            reader,
        )
        assert {name: dict(change) for name, change in changes.changes[0].fields.items()} == expected


async def test_pages_go_both_ways_and_lose_nothing(shelf: RunningService) -> None:
    who = somebody(unit_path=a_unit())
    for _ in range(3):
        await a_box(shelf, who)
    for order in ("", "id"):
        found, token = [], ""
        while True:
            request = pb.ListAuditEntriesRequest(
                filter=f'actor = "{who.actor}"', page_size=2, page_token=token, order_by=order
            )
            page = await shelf.call(ENTRIES, request, somebody())
            found += [entry.id for entry in page.audit_entries]
            token = page.next_page_token
            if not token:
                break
        assert len(set(found)) == len(found) == 6
        assert found == sorted(found, reverse=not order)


async def test_a_part_of_a_chain_proves_nothing_and_is_not_given_as_a_proof(shelf: RunningService) -> None:
    narrow = somebody(scope=Scope.SUBTREE, unit_path=a_unit())
    with pytest.raises(RemoteError) as refused:
        await entries(shelf, narrow, canonical=True)
    assert refused.value.status is grpc.StatusCode.PERMISSION_DENIED


async def test_a_share_and_its_end_are_entries_of_the_records_unit(shelf: RunningService) -> None:
    unit = a_unit()
    who = somebody(unit_path=unit)
    box = await a_box(shelf, who)
    request = shares.CreateShareRequest()
    request.share.resource, request.share.record_id, request.share.reason = "box", str(box), "help wanted"
    request.share.grantee_kind, request.share.grantee = shares.Share.USER, str(uuid4())
    request.share.access = shares.Share.READ
    giver = somebody(unit_path=a_unit())
    made = await shelf.call(SHARE, request, giver)
    await shelf.call("crm.ops.v1.ShareService/DeleteShare", shares.DeleteShareRequest(id=made.id), giver)
    ended, given = await entries(shelf, somebody(), filter=f'record_id = "{box}" AND action = "share"')
    assert {ended.unit_path, given.unit_path} == {unit}
    assert json.loads(given.details) == {
        "grantee": f"user:{request.share.grantee}",
        "access": "READ",
        "reason": "help wanted",
    }
    assert json.loads(ended.details)["ended"] is True


async def test_refusals_are_written_down_once_a_minute_with_their_number(shelf: RunningService) -> None:
    nobody = somebody(permissions=(), unit_path=a_unit())
    method = descriptors.method("crm.shelf.v1.BoxService/GetBox")
    for _ in range(5):
        with pytest.raises(RemoteError):
            await shelf.call(method.full_name, method.request_type(id=str(uuid4())), nobody)
    stop = asyncio.Event()
    stop.set()
    await shelf.db.notes.run(stop)
    found = await entries(shelf, somebody(), filter=f'actor = "{nobody.actor}"', order_by="id")
    assert [(entry.action, entry.record_type) for entry in found] == [("denied", method.permission)] * 2
    assert [json.loads(entry.details)["count"] for entry in found] == [1, 4]
    assert json.loads(found[0].details)["reason"] == "PERMISSION_DENIED"


async def test_a_refusal_by_a_rule_inside_the_handler_is_written_down_too(shelf: RunningService) -> None:
    narrow = somebody(scope=Scope.UNIT, unit_path=a_unit())
    method = descriptors.method("crm.shelf.v1.BoxService/CreateBox")
    request = method.request_type()
    request.box.name, request.box.kind, request.box.unit_path = "tea", 2, "/hq/elsewhere/"
    with pytest.raises(RemoteError):
        await shelf.call(method.full_name, request, narrow)
    await shelf.db.notes.flush()
    (entry,) = await entries(shelf, somebody(), filter=f'actor = "{narrow.actor}"')
    assert (entry.action, entry.record_type, entry.unit_path) == ("denied", method.permission, narrow.unit_path)


async def test_what_was_noted_before_the_process_drains_is_written(shelf: RunningService) -> None:
    who, stop = somebody(unit_path=a_unit()), asyncio.Event()
    writing = asyncio.create_task(shelf.db.notes.run(stop))
    for number in range(2_500):
        note(a_call(shelf, who), "export", "box", details={"rows": number})
        if number % 500 == 0:
            await asyncio.sleep(0)
    stop.set()
    await writing
    found = await entries(shelf, somebody(), filter=f'actor = "{who.actor}"', page_size=1000)
    assert len(found) == 1000
    async with shelf.db.connect() as connection:
        count = await connection.exec_driver_sql("SELECT count(*) FROM audit_entry WHERE actor = $1", (who.actor,))
        assert count.scalar_one() == 2_500


async def test_notes_wait_while_the_database_is_away(shelf: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    who = somebody(unit_path=a_unit())
    note(a_call(shelf, who), "export", "box", details={"rows": 1})
    with monkeypatch.context() as away:
        away.setattr(shelf.db.reader, "_free", asyncio.Semaphore(0))
        away.setattr("crm_kit.reader.WAIT_SECONDS", 0.05)
        with pytest.raises(PoolTimeout):
            await shelf.db.notes.flush()
    await shelf.db.notes.flush()
    assert len(await entries(shelf, somebody(), filter=f'actor = "{who.actor}"')) == 1


async def test_a_note_of_a_transaction_that_fails_was_never_made(shelf: RunningService) -> None:
    who = somebody(unit_path=a_unit())

    async def fail() -> None:
        async with begin(a_call(shelf, who)) as tx:
            note(tx, "export", "box", details={"rows": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await entries(shelf, somebody(), filter=f'actor = "{who.actor}"') == []


async def test_erasing_removes_what_was_said_about_a_person_and_says_so(shelf: RunningService) -> None:
    who = somebody(unit_path=a_unit())
    box = await a_box(shelf, who)
    async with begin(a_call(shelf, who)) as tx:
        assert await erase_details(tx, "box", [box], "subject request") == 1
    erase, update, insert = await entries(shelf, somebody(), filter=f'record_id = "{box}"')
    assert (update.details, update.erased, insert.erased) == ("", True, False)
    assert json.loads(erase.details) == {"entries": 1, "last_id": update.id, "reason": "subject request"}


async def test_sensitive_values_in_an_answer_are_found_wherever_they_are() -> None:
    key = api_key_pb2.ApiKey(id=str(uuid4()), name="partner")
    assert sensitive_in(key, ()) is None
    key.secret = "once"
    seen = sensitive_in(key, ())
    assert seen is not None
    assert (list(seen.fields), list(seen.ids)) == (["identity.api_key.secret"], [key.id])
    assert sensitive_in(key, (FieldRule("identity.api_key.@sensitive", Read.MASKED),)) is None
    assert sensitive_in(pb.ListAuditEntriesResponse(), ()) is None
    assert sensitive_in(session_pb2.Session(token="t"), ()) is not None


async def test_entries_can_be_filtered_by_time(shelf: RunningService) -> None:
    who = somebody(unit_path=a_unit())
    await a_box(shelf, who)
    year = datetime.now(UTC).year
    asked = f'actor = "{who.actor}" AND time >= {year}-01-01'
    assert len(await entries(shelf, somebody(), filter=asked)) == 2
    assert await entries(shelf, somebody(), filter=asked.replace(">=", "<")) == []


async def test_heads_are_listed_in_pages_by_who_may_see_everything(shelf: RunningService) -> None:
    async def heads(principal: Principal, **asked: Any) -> Any:
        request = pb.ListAuditHeadsRequest(service="shelf", **asked)
        return await shelf.call("crm.ops.v1.AuditService/ListAuditHeads", request, principal)

    async with shelf.db.session() as session:
        rows = text("INSERT INTO audit_head SELECT n, '', now(), '', 'k' FROM generate_series(1, 5) n")
        await session.execute(rows)
        await session.commit()
    page = await heads(somebody(), page_size=3)
    assert [head.chain_seq for head in page.audit_heads] == [1, 2, 3]
    page = await heads(somebody(), page_size=3, page_token=page.next_page_token)
    assert ([head.chain_seq for head in page.audit_heads], page.next_page_token) == ([4, 5], "")
    for principal, asked in ((somebody(scope=Scope.UNIT), {}), (somebody(), {"kept_by": "elsewhere"})):
        with pytest.raises(RemoteError):
            await heads(principal, **asked)
