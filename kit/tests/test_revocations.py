"""Ended rights are heard of on the broker, and refuse what was said before."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from crm.identity.v1.identity_events_pb2 import AccessChanged

from crm_kit.announcements import entries_for_batch
from crm_kit.call import Call
from crm_kit.errors import PrincipalOutdated
from crm_kit.keys import Keys
from crm_kit.outbox import BatchItem, write
from crm_kit.relay import Relay
from crm_kit.revocations import Revocations
from crm_kit.stream import Broker
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Keys, Keys]:
    Keys.generate(tmp_path, ["gateway", "leads"])
    return Keys.load(tmp_path, "gateway"), Keys.load(tmp_path, "leads")


async def announce(shelf: RunningService, *facts: AccessChanged) -> None:
    call: Call = shelf.work()
    async with begin(call) as tx:
        items = [BatchItem(uuid4(), 1, fact) for fact in facts]
        await write(tx.session, entries_for_batch("session", items, occur_time=tx.now, actor="test"))


async def test_what_was_said_before_a_change_is_refused_within_a_moment(
    shelf: RunningService, fresh_nats: str, keys: tuple[Keys, Keys]
) -> None:
    gateway, leads = keys
    ended, other = replace(somebody(), epoch=6), replace(somebody(), epoch=6)
    tokens = [gateway.sign(each, "leads") for each in (ended, other)]
    assert [leads.verify(token).epoch for token in tokens] == [6, 6]
    stop = asyncio.Event()
    broker, sender = Broker(fresh_nats, name="leads"), Broker(fresh_nats, name="identity")
    loops = [
        asyncio.create_task(Revocations(broker, leads.refuse_before, gateway.refuse_before).run(stop)),
        asyncio.create_task(Relay(shelf.db, sender, "identity").run(stop)),
    ]
    await sender.ready(stop)
    await broker.ready(stop)
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    await announce(shelf, AccessChanged(ids=[ended.subject], epoch=7), AccessChanged(ids=["nobody"], epoch=7))
    while not gateway.outdated(ended):
        assert time.monotonic() - begun < 5
        await asyncio.sleep(0.005)
    with pytest.raises(PrincipalOutdated):
        leads.verify(tokens[0])
    assert leads.verify(tokens[1]).subject == other.subject
    assert leads.verify(gateway.sign(replace(ended, epoch=7), "leads")).epoch == 7
    await announce(shelf, AccessChanged(everybody=True, epoch=8))
    while not gateway.outdated(other):
        assert time.monotonic() - begun < 5
        await asyncio.sleep(0.005)
    stop.set()
    await asyncio.gather(*loops)
    await broker.close()
    await sender.close()
