"""Where a new lead goes: ordered rules, the first whose filter holds wins (domain rule 2.9)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import Path
from crm_leads.domain.record import Record

POOL, ROUND_ROBIN, LEAST_OPEN = "POOL", "ROUND_ROBIN", "LEAST_OPEN"


class DistributionRule(Record):
    """One line of the ordered list (分发规则)."""

    __tablename__ = "distribution_rule"

    name: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    filter: Mapped[str] = mapped_column(default="")
    method: Mapped[str] = mapped_column(default=POOL)
    target_unit_path: Mapped[str] = mapped_column(Path, default="")
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    member_capacity: Mapped[int] = mapped_column(default=0)
    accept_hours: Mapped[int] = mapped_column(default=0)
    disabled: Mapped[bool] = mapped_column(default=False)
    last_member_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (Index("ix_distribution_rule_position", "position", "id"),)

    @property
    def label(self) -> str:
        """How decisions name it."""
        return f"{self.name or self.id}@{self.version}"

    @property
    def in_force(self) -> bool:
        return not self.disabled and self.delete_time is None

    @property
    def takes_turns(self) -> bool:
        """Whether it hands leads to its members."""
        return self.method != POOL

    def next_member(self, open_leads: Mapping[UUID, int], present: Sequence[UUID]) -> UUID | None:
        """The member whose turn it is: present, below capacity; None when nobody can take the lead."""
        able = [
            member
            for member in self.member_ids
            if member in present and (not self.member_capacity or open_leads.get(member, 0) < self.member_capacity)
        ]
        if not able:
            return None
        if self.method == LEAST_OPEN:
            return min(able, key=lambda member: (open_leads.get(member, 0), self.member_ids.index(member)))
        return min(able, key=self._turn)

    def _turn(self, member: UUID) -> int:
        """Distance behind the member who was served last."""
        size = len(self.member_ids)
        last = self.member_ids.index(self.last_member_id) if self.last_member_id in self.member_ids else size - 1
        return (self.member_ids.index(member) - last - 1) % size
