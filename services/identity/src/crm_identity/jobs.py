"""Timers of identity, each a call of a use case."""

from collections.abc import Sequence

from crm_identity.usecases.transfers import TIMER, start_transfer
from crm_kit.database import Database
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx


def timers(db: Database, keepers: Sequence[str]) -> Timers:
    """Transfers whose time has come; ``keepers``: the services that keep records."""
    made = Timers(db)

    @made.on(TIMER)
    async def on_transfer_due(tx: Tx, timer: Timer) -> None:
        await start_transfer(tx, timer.subject_id, keepers)

    return made
