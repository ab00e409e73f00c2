"""A service asked for more than it can do, over a real server and a real database."""

import asyncio
import time

import asyncpg

from crm_kit.errors import DeadlineExceeded
from crm_kit.keys import Keys
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import Channels
from crm_kit.testing.service import RunningService, somebody

LIST = "crm.shelf.v1.BoxService/ListBoxes"
LOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_read_whose_caller_gave_up_stops_in_the_database_and_its_connection_serves_on(
    shelf: RunningService,
) -> None:
    method = descriptors.method(LIST)
    channels = Channels({"shelf": shelf.address}, Keys.load(shelf.keys_dir, "gateway"))
    holder, watcher = await asyncpg.connect(shelf.admin_url), await asyncpg.connect(shelf.admin_url)
    loop = asyncio.get_running_loop()

    async def ask(seconds: float) -> object:
        return await channels.call(
            "shelf",
            LIST,
            method.request_type(),
            method.response_type,
            principal=somebody(),
            deadline=time.monotonic() + seconds,
        )

    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE box IN ACCESS EXCLUSIVE MODE")
            asked = [asyncio.create_task(ask(1.5)) for _ in range(3)]
            until = loop.time() + 10
            while await watcher.fetchval(LOCKED) < len(asked) and loop.time() < until:
                await asyncio.sleep(0.02)
            assert await watcher.fetchval(LOCKED) == len(asked)
            refused = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(one) for one in refused] == [DeadlineExceeded] * len(asked)
            while await watcher.fetchval(LOCKED) and loop.time() < until:
                await asyncio.sleep(0.02)
            assert await watcher.fetchval(LOCKED) == 0
        assert await asyncio.gather(*(ask(20) for _ in range(8)))
    finally:
        await channels.close()
        await holder.close()
        await watcher.close()
