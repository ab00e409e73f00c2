"""Processes that are killed at any moment: every acknowledged event takes effect once and in order."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

PROGRAM = Path(__file__).with_name("relay_and_consumer.py")
ROUNDS = 3


def start(db, nats_url: str) -> subprocess.Popen[bytes]:
    url = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, str(PROGRAM), url, nats_url], stderr=subprocess.DEVNULL)


async def test_relays_and_consumers_killed_at_random_moments_lose_and_double_nothing(
    db, fresh_nats, announce, effects
) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    dice = random.Random(seed)
    leads = [uuid4() for _ in range(25)]
    processes = [start(db, fresh_nats), start(db, fresh_nats)]
    try:
        for round_number in range(ROUNDS):
            # At least one of them has come up and is in the middle of its work.
            already = len(await effects.rows())
            await announce(leads)
            await effects.until(already + 1, seconds=30)
            for _ in range(10):
                await announce(leads)
                await asyncio.sleep(dice.uniform(0, 0.02))
            victim = processes[round_number % 2]
            victim.kill()
            victim.wait()
            processes[round_number % 2] = start(db, fresh_nats)
        await effects.until(sum(announce.seqs.values()), seconds=60)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    await effects.are_once_and_in_order(announce.seqs)
    assert await effects.rows("SELECT count(*) FROM outbox WHERE published_at IS NULL") == [(0,)]
