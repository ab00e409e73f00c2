"""Timers of identity, each a call of a use case."""

from collections.abc import Sequence

from crm_identity.usecases import manage_territory_models, transfers
from crm_kit.database import Database
from crm_kit.timers import Timer, Timers
from crm_kit.tx import Tx


def timers(db: Database, keepers: Sequence[str]) -> Timers:
    """Transfers and models of territories whose time has come; ``keepers``: the services that keep records."""
    made = Timers(db)

    @made.on(transfers.TIMER)
    async def on_transfer_due(tx: Tx, timer: Timer) -> None:
        await transfers.start_transfer(tx, timer.subject_id, keepers)

    @made.on(manage_territory_models.TIMER)
    async def on_model_due(tx: Tx, timer: Timer) -> None:
        await manage_territory_models.activate_due_model(tx, timer.subject_id)

    return made
