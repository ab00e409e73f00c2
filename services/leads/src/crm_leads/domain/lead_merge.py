"""Merges of leads by hand: how far each is, what it replaced and what followed it (domain rule 2.5)."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_kit.errors import FailedPrecondition
from crm_leads.domain.record import Record

ACKNOWLEDGING = ("marketing", "sales")
"""Services that keep records of leads and say when those have followed a merge. The one list: who keeps more joins it."""
UNDO = timedelta(days=90)
"""How long what a merge replaced is kept, so that it can be taken back."""
MOST_LEADS = 10


class State(StrEnum):
    """How far a merge is; the contract describes each value."""

    SETTLING = "SETTLING"
    SETTLED = "SETTLED"
    UNMERGING = "UNMERGING"
    UNMERGED = "UNMERGED"


class MergeTakenBack(FailedPrecondition):
    """A merge is taken back once. Facts: id."""

    en = "This merge has been taken back already."
    zh = "该合并已撤销。"


class MergeTooOld(FailedPrecondition):
    """What the leads were is no longer kept. Facts: id."""

    en = "This merge can no longer be taken back: what the leads were before is not kept any more."
    zh = "该合并已超过可撤销期限，合并前的数据不再保留。"


class MergedFurther(FailedPrecondition):
    """The survivor was itself merged since. Facts: id, survivor_id."""

    en = "The lead that went on has itself been merged since. Take that later merge back first."
    zh = "保留的线索之后又被合并，请先撤销后一次合并。"


class LeadMerge(Record):
    """One merge (线索合并). Whoever sees the survivor sees its merges."""

    __tablename__ = "lead_merge"

    survivor_id: Mapped[UUID] = mapped_column(default=None)
    merged_ids: Mapped[list[str]] = mapped_column(default_factory=list)
    state: Mapped[str] = mapped_column(default=State.SETTLING)
    merged_by: Mapped[str] = mapped_column(default="")
    moved: Mapped[list[dict[str, object]]] = mapped_column(JSONB(none_as_null=True), default_factory=list)
    waiting_for: Mapped[list[str]] = mapped_column(default_factory=list)
    undo_until_time: Mapped[datetime] = mapped_column(default=None)
    unmerge_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (scope_index("lead_merge"), Index("ix_lead_merge_survivor", "survivor_id", text("id DESC")))

    @property
    def is_undone(self) -> bool:
        return self.state in {State.UNMERGING, State.UNMERGED}

    def wait(self) -> None:
        """Nobody has answered yet."""
        self.waiting_for = [f"{service}:{lead}" for service in ACKNOWLEDGING for lead in self.merged_ids]

    def count(self, service: str, kind: str, moved: int, changed: int = 0) -> None:
        """So many records of a kind followed; those that had changed are counted when they go back."""
        counts = {(str(one["service"]), str(one["kind"])): dict(one) for one in self.moved}
        entry = counts.setdefault((service, kind), {"service": service, "kind": kind, "count": 0, "changed_count": 0})
        entry["count"] = int(str(entry["count"])) + moved
        entry["changed_count"] = int(str(entry["changed_count"])) + changed
        self.moved = [one for one in counts.values() if one["count"]]

    def answered(self, service: str, lead_id: str, *, unmerged: bool) -> None:
        """A service is through with one lead; the last one settles the merge."""
        if unmerged is not self.is_undone:
            return
        self.waiting_for = [one for one in self.waiting_for if one != f"{service}:{lead_id}"]
        if not self.waiting_for:
            self.state = State.UNMERGED if self.is_undone else State.SETTLED

    def take_back(self, now: datetime) -> None:
        """Everything returns; the services are waited for anew."""
        self.check_undo(now)
        self.state, self.unmerge_time = State.UNMERGING, now
        self.wait()

    def check_undo(self, now: datetime) -> None:
        """Refuse loudly what cannot be taken back."""
        if self.is_undone:
            raise MergeTakenBack(id=self.id)
        if now >= self.undo_until_time:
            raise MergeTooOld(id=self.id)


lead_merge_image = Table(
    "lead_merge_image",
    Record.metadata,
    Column("lead_merge_id", Uuid, primary_key=True),
    Column("survivor_id", Uuid, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("states", JSONB, nullable=False),
    Index("ix_lead_merge_image_survivor", "survivor_id"),
)
"""The survivor before and after, sealed as it was, and the states of the merged leads, which keep all else themselves."""

lead_merge_child = Table(
    "lead_merge_child",
    Record.metadata,
    Column("lead_merge_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("lead_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
)
"""What followed the survivor, whose it was, and in which version it came; 0 for what has none."""
