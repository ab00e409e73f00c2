"""Customers are compared with the rules of a model of territories, and moved or not (区域调整)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_customers.domain.record import Record

PREVIEW, RUN = "PREVIEW", "RUN"
QUEUED, RUNNING, DONE, FAILED = "QUEUED", "RUNNING", "DONE", "FAILED"
SAMPLE = 50


class TerritoryAlignment(Record):
    """One pass over all customers; ``after_customer_id`` is how far it got."""

    __tablename__ = "territory_alignment"
    __unscoped__ = "it counts customers of every unit and names none; only who sees all of them may ask for it"

    territory_model_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default=PREVIEW)
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=QUEUED)
    state_reason: Mapped[str] = mapped_column(default="")
    customer_count: Mapped[int] = mapped_column(default=0)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    sample: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    plan_digest: Mapped[str] = mapped_column(default="")
    after_customer_id: Mapped[UUID | None] = mapped_column(default=None)
    end_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        Index("ix_territory_alignment_create_time", text("create_time DESC"), text("id DESC")),
        Index("ix_territory_alignment_queued", "kind", postgresql_where=text("state = 'QUEUED'")),
    )

    @property
    def moves(self) -> bool:
        return self.kind == RUN

    @property
    def room(self) -> int:
        """How many more customers the sample takes."""
        return SAMPLE - len(self.sample)

    def begin(self, digest: str, parts: Iterable[dict[str, Any]]) -> None:
        """Begin, or begin again because the territories are others than when it began."""
        self.plan_digest = digest
        self.state, self.after_customer_id, self.customer_count, self.sample = RUNNING, None, 0, []
        self.parts = list(parts)

    def count(self, last: UUID, looked_at: int, found: Iterable[Any], sample: list[dict[str, Any]]) -> None:
        """Add a piece: rows of ``code, name, moved_in, moved_out, unchanged``."""
        self.after_customer_id, self.customer_count = last, self.customer_count + looked_at
        parts = {part["territory_code"]: dict(part) for part in self.parts}
        for row in found:
            part = parts.setdefault(row.code, part_of(row.code, row.name))
            for name in ("moved_in", "moved_out", "unchanged"):
                part[name] += getattr(row, name)
        self.parts = [parts[code] for code in sorted(parts)]
        self.sample = [*self.sample, *sample]

    def end(self, state: str, now: datetime, reason: str = "") -> None:
        self.state, self.state_reason, self.end_time = state, reason, now


def part_of(code: str, name: str, fault: str = "") -> dict[str, Any]:
    """What is counted of one territory, nothing yet."""
    counts = {"moved_in": 0, "moved_out": 0, "unchanged": 0}
    return {"territory_code": code, "territory_name": name, **counts, "fault": fault}
