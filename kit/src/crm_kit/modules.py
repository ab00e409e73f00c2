"""A service whose module the enterprise has switched off: its timers and jobs wait, and catch up when it is on again.

Events still arrive and records still follow their units, so that nothing is missing on that day.
"""

from collections.abc import Awaitable, Callable, Sequence

from crm.identity.v1.identity_events_pb2 import ModuleUpdated
from sqlalchemy import Column, DateTime, Table, Text, delete
from sqlalchemy.dialects.postgresql import insert

from crm_kit.consumer import Received
from crm_kit.metadata import kit_metadata
from crm_kit.tx import Tx

suspension = Table(
    "suspension",
    kit_metadata,
    # A service knows of its own module only: any row means that work waits.
    Column("module", Text, primary_key=True),
    Column("start_time", DateTime(timezone=True), nullable=False),
)


def suspending(module: str) -> Callable[[Tx, Sequence[Received[ModuleUpdated]]], Awaitable[None]]:
    """The handler by which the service of this module learns whether it is on."""

    async def on_module_updated(tx: Tx, events: Sequence[Received[ModuleUpdated]]) -> None:
        for event in events:
            if event.message.module.code != module:
                continue
            if event.message.module.enabled:
                await tx.session.execute(delete(suspension).where(suspension.c.module == module))
            else:
                row = {"module": module, "start_time": event.occur_time}
                await tx.session.execute(insert(suspension).values(row).on_conflict_do_nothing())

    return on_module_updated
