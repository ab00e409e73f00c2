"""The transaction block: what it commits, what it announces, what its failures mean."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm_kit import loading
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.errors import AlreadyExists, DeadlineExceeded, NotFound, Overloaded, StaleEtag, Unavailable
from crm_kit.principal import Scope
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin, refusal

from .shelf import BoxOpened, StoredBox

PERMISSION = "shelf.box.update"


def a_call(shelf: RunningService, **facts: Any) -> Call:
    return Call(shelf.db, somebody(unit_path=f"/hq/{uuid4().hex[:8]}/"), PERMISSION, **facts)


async def a_box(shelf: RunningService, call: Call, **facts: Any) -> StoredBox:
    async with begin(call) as tx:
        return tx.add(StoredBox(**{"name": "Box", "kind": "TIN", **facts}))


async def test_a_block_that_raises_leaves_nothing_behind(shelf: RunningService) -> None:
    call, key = a_call(shelf), uuid4()

    async def fail() -> None:
        async with begin(call) as tx:
            tx.publish(tx.add(StoredBox(id=key, name="Box", kind="TIN")), BoxOpened())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    with pytest.raises(NotFound):
        async with begin(call) as tx:
            await tx.load(StoredBox, key)
    assert [event for event in await shelf.announced(BoxOpened) if event.aggregate_id == key] == []


async def test_an_event_carries_the_state_at_commit_and_its_place_in_the_history(shelf: RunningService) -> None:
    call = a_call(shelf)
    async with begin(call) as tx:
        box = tx.add(StoredBox(name="Box", kind="TIN"))
        tx.publish(box, BoxOpened(reason="first"))
        box.name = "Later"
        tx.publish(box, BoxOpened(reason="second"))
    async with begin(call) as tx:
        again = await tx.load(StoredBox, box.id)
        again.name = "Last"
        tx.publish(again, BoxOpened(reason="third"))
    events = [event for event in await shelf.announced(BoxOpened) if event.aggregate_id == box.id]
    assert [(e.event_seq, e.message.reason, e.message.box.name) for e in events] == [
        (1, "first", "Later"),
        (2, "second", "Later"),
        (3, "third", "Last"),
    ]
    assert events[-1].message.box.etag == again.etag


async def test_many_announcements_of_few_records_are_committed_once_each(shelf: RunningService) -> None:
    async with begin(a_call(shelf)) as tx:
        box = tx.add(StoredBox(name="Box", kind="TIN"))
        for _ in range(30):
            tx.publish(box, BoxOpened())
    events = [event for event in await shelf.announced(BoxOpened) if event.aggregate_id == box.id]
    assert [event.event_seq for event in events] == list(range(1, 31))


async def test_a_commit_that_announced_something_wakes_the_relay(shelf: RunningService) -> None:
    call = a_call(shelf)
    shelf.db.after_commit.clear()
    await a_box(shelf, call)
    assert not shelf.db.after_commit.is_set()
    async with begin(call) as tx:
        tx.publish(tx.add(StoredBox(name="Box", kind="TIN")), BoxOpened())
    assert shelf.db.after_commit.is_set()


async def test_a_new_record_is_completed_from_its_caller(shelf: RunningService) -> None:
    call = a_call(shelf)
    box = await a_box(shelf, call)
    assert isinstance(box.id, UUID)
    assert (box.unit_path, box.version) == (call.principal.unit_path, 1)
    assert box.create_time == box.update_time == call.now


async def test_every_change_moves_version_and_time_and_no_change_does_not(shelf: RunningService) -> None:
    call = a_call(shelf)
    box = await a_box(shelf, call)
    later = Call(shelf.db, call.principal, PERMISSION, now=datetime(2030, 1, 1, tzinfo=UTC))
    async with begin(later) as tx:
        same = await tx.load(StoredBox, box.id)
        same.name = "Box"
    assert (same.version, same.update_time) == (1, call.now)
    async with begin(later) as tx:
        other = await tx.load(StoredBox, box.id, etag='"1"')
        other.name = "Other"
    assert (other.version, other.update_time) == (2, later.now)
    with pytest.raises(StaleEtag) as stale:
        async with begin(later) as tx:
            await tx.load(StoredBox, box.id, etag="1")
    assert stale.value.facts == {"etag": "2"}


async def test_fifty_writers_lose_no_update(shelf: RunningService) -> None:
    call = a_call(shelf)
    box = await a_box(shelf, call)

    async def raise_shelf() -> None:
        async with begin(call) as tx:
            (await tx.load(StoredBox, box.id)).shelf += 1

    await asyncio.gather(*(raise_shelf() for _ in range(50)))
    async with begin(call) as tx:
        assert (await tx.load(StoredBox, box.id)).shelf == 50


async def test_a_lock_somebody_keeps_is_waited_for_two_seconds_only(shelf: RunningService) -> None:
    call = a_call(shelf)
    box = await a_box(shelf, call)
    async with begin(call) as tx:
        await tx.load(StoredBox, box.id)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            async with begin(call) as other:
                await other.load(StoredBox, box.id)
        assert 1.5 < time.monotonic() - began < 5


async def test_a_statement_ends_at_the_deadline_of_its_call(shelf: RunningService) -> None:
    with pytest.raises(DeadlineExceeded):
        async with begin(a_call(shelf, deadline=time.monotonic() + 0.3)) as tx:
            await tx.session.execute(text("SELECT pg_sleep(5)"))
    with pytest.raises(DeadlineExceeded):
        async with begin(a_call(shelf, deadline=time.monotonic() - 1)):
            pass


async def test_a_unique_value_that_is_taken_is_named(shelf: RunningService) -> None:
    call = a_call(shelf)
    await a_box(shelf, call, maker="acme")
    with pytest.raises(AlreadyExists) as taken:
        await a_box(shelf, call, maker="acme")
    assert (taken.value.facts["resource"], taken.value.facts["field"]) == ("box", "unit_path_maker")


async def test_the_same_is_said_of_a_bulk_write(shelf: RunningService) -> None:
    call = a_call(shelf)
    with pytest.raises(AlreadyExists):
        async with begin(call) as tx:
            await tx.add_many([StoredBox(name="Box", kind="TIN", maker="acme") for _ in range(2)])


async def test_a_busy_pool_and_a_lost_database_are_no_bugs_of_ours() -> None:
    assert isinstance(refusal(PoolTimeout()), Overloaded)
    assert isinstance(refusal(ConnectionRefusedError()), Unavailable)
    bug = ZeroDivisionError()
    assert refusal(bug) is bug
    db = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ConnectionRefusedError) as away:
        async with begin(Call(db, somebody(), PERMISSION)):
            pass
    assert isinstance(refusal(away.value), Unavailable)
    await db.dispose()


async def test_a_full_pool_is_an_overload(shelf: RunningService) -> None:
    db = Database(str(shelf.db.url.render_as_string(hide_password=False)), pool_size=1)
    db.engine.sync_engine.pool._timeout = 0.2  # type: ignore[attr-defined]
    call = Call(db, somebody(), PERMISSION)
    async with begin(call):
        with pytest.raises(Overloaded):
            async with begin(call):
                pass
    await db.dispose()


async def test_a_hidden_record_is_not_found(shelf: RunningService) -> None:
    box = await a_box(shelf, a_call(shelf))
    stranger = Call(shelf.db, somebody(unit_path="/hq/x/", scope=Scope.SUBTREE), PERMISSION)
    with pytest.raises(NotFound):
        async with begin(stranger) as tx:
            await tx.load(StoredBox, box.id)


async def test_callers_with_rights_of_one_form_load_what_is_theirs_by_one_statement(shelf: RunningService) -> None:
    places = ("/hq/d1/", "/hq/d2/")
    async with begin(shelf.work()) as tx:
        kept = {path: tx.add(StoredBox(name=path, kind="TIN", unit_path=path)).id for path in places}
    said = set()
    for mine, other in (places, places[::-1]):
        call = Call(shelf.db, somebody(unit_path=mine, scope=Scope.SUBTREE), "shelf.box.repack")
        said.add(loading.visible_one(call, StoredBox, deleted=False).sql)
        async with begin(call) as tx:
            assert (await tx.load(StoredBox, kept[mine])).name == mine
            with pytest.raises(NotFound):
                await tx.load(StoredBox, kept[other])
    assert len(said) == 1
