"""The parts of the enterprise as a tree of paths (domain rules 1.1, 1.2)."""

import re
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.entity import Path

CODE = re.compile(r"[0-9a-z]{1,20}")
DEEPEST = 12


class Unit(Record):
    """A part of the enterprise. ``path`` is made of the codes from headquarters down and ends with a slash."""

    __tablename__ = "unit"
    __unscoped__ = "the tree itself is no secret to those who may read units; what hangs on it is"

    name: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default="DEPARTMENT")
    path: Mapped[str] = mapped_column(Path, default="")

    __table_args__ = (
        Index("uq_unit_path", "path", unique=True),
        Index("uq_unit_parent_id_name", "parent_id", "name", unique=True, postgresql_where=text("delete_time IS NULL")),
    )

    def place_below(self, parent: "Unit | None") -> None:
        """The path follows from the parent's; headquarters has none."""
        self.path = f"{parent.path if parent else '/'}{self.code}/"
        self.unit_path = self.path

    @property
    def depth(self) -> int:
        return self.path.count("/") - 1
