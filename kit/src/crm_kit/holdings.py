"""What a service holds of one person: counted, and listed by id. One statement per kind of record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.ops.v1.personal_data_service_pb2 import Finding
from sqlalchemy import and_, func, select

from crm_kit.access import unscoped
from crm_kit.personal_data import KEPT, RECORD, Holding, Subjects, kept_out
from crm_kit.tx import Tx

MOST_IDS = 10_000
WHY = unscoped("a person's request is about all that the house knows of them, in every unit")


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of one holding. ``ids`` are those of records that go, none where rows have no id."""

    holding: Holding
    going: int
    kept: int
    kept_until: str
    ids: Sequence[UUID]

    def findings(self, service: str) -> list[Finding]:
        """The same for the officer."""
        record_type, found = self.holding.table.name, []
        if self.going:
            outcome = Finding.Outcome.Value(self.holding.outcome)
            found.append(Finding(service=service, record_type=record_type, count=self.going, outcome=outcome))
        if self.kept and self.holding.kept is not None:
            outcome = Finding.Outcome.Value(KEPT)
            facts = {"reason": self.holding.kept.reason, "kept_until": self.kept_until}
            found.append(Finding(service=service, record_type=record_type, count=self.kept, outcome=outcome, **facts))
        return found


async def held(tx: Tx, holdings: Sequence[Holding], subjects: Subjects) -> list[Held]:
    """What the service holds; what is found by the records of one holding counts for the holdings after it."""
    known: dict[str, Sequence[UUID]] = dict(subjects)
    records = set(known.get(RECORD, ()))
    found = []
    for holding in holdings:
        known[RECORD] = sorted(records)
        one = await _held(tx, holding, known)
        found.append(one)
        records.update(one.ids)
    return found


async def record_ids(tx: Tx, holdings: Sequence[Holding], subjects: Subjects) -> list[UUID]:
    """Ids of the records that go; what is kept is not among them, nor what belongs to it."""
    return sorted({id for one in await held(tx, holdings, subjects) for id in one.ids})


async def _held(tx: Tx, holding: Holding, subjects: Subjects) -> Held:
    mine, table = holding.mine(subjects), holding.table
    until = func.max(holding.kept.until).filter(holding.is_kept) if holding.kept is not None else func.max(None)
    counted: Any = select(
        func.count().filter(kept_out(holding)).label("going"), func.count().filter(holding.is_kept).label("kept"), until
    ).select_from(table)
    row = (await tx.session.execute(counted.where(mine).execution_options(**WHY))).one()
    ids: Sequence[UUID] = ()
    if row.going and "id" in table.c:
        listed = select(table.c.id).where(and_(mine, kept_out(holding))).order_by(table.c.id).limit(MOST_IDS)
        ids = (await tx.session.execute(listed.execution_options(**WHY))).scalars().all()
    return Held(holding, row.going, row.kept, "" if row[2] is None else str(row[2]), ids)
