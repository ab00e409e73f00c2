"""How much a run does, and the seed it can be repeated from."""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass

from crm_local.settings import SERVICES


@dataclass(frozen=True)
class Scale:
    """Counts of one form of the suite; seconds where the name says so."""

    service_kills: int
    broker_kills: int
    broker_down_seconds: float
    conversions: int
    conversion_kills: int
    increments_each: int
    import_rows: int
    import_kills: int
    shuffles: int
    workers: int
    restarted: Sequence[str]
    """Services that are restarted one process after the other."""
    settle_seconds: float = 60.0


SHORT = Scale(
    service_kills=5,
    broker_kills=2,
    broker_down_seconds=3,
    conversions=24,
    conversion_kills=4,
    increments_each=4,
    import_rows=2_400,
    import_kills=1,
    shuffles=1,
    workers=4,
    restarted=("leads", "sales"),
)
LONG = Scale(
    service_kills=50,
    broker_kills=10,
    broker_down_seconds=60,
    conversions=500,
    conversion_kills=40,
    increments_each=20,
    import_rows=50_000,
    import_kills=8,
    shuffles=20,
    workers=8,
    restarted=SERVICES,
)
WRITERS = 50
"""Writers of one record at the same time, in either form."""


def scale() -> Scale:
    """The short form for every change; ``CRM_FAULTS=long`` for the counts of the nightly plan."""
    return LONG if os.environ.get("CRM_FAULTS") == "long" else SHORT


def seed() -> int:
    """``CRM_FAULT_SEED`` repeats a run: the same victims, pauses and orders; otherwise a new one."""
    given = os.environ.get("CRM_FAULT_SEED", "")
    return int(given) if given else random.SystemRandom().randrange(1_000_000_000)
