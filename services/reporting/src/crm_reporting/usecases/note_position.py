"""Note how far a source is counted in."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from crm_kit.consumer import Received
from crm_kit.envelope import domain_of
from crm_kit.tx import Tx
from crm_reporting.domain.projection import source_position


async def note_position(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Every handler notes first: whoever holds the row of a source works alone on its sums, so none deadlock."""
    statement = insert(source_position).values(
        service=domain_of(events[0].event_type).replace("_", "-"),
        fresh_as_of=max(event.occur_time for event in events),
        applied_seq=len(events),
    )
    await tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["service"],
            set_={
                "fresh_as_of": func.greatest(source_position.c.fresh_as_of, statement.excluded.fresh_as_of),
                "applied_seq": source_position.c.applied_seq + statement.excluded.applied_seq,
            },
        )
    )
