"""The parts of the enterprise as a tree of paths (domain rules 1.1, 1.2)."""

import re
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.entity import Path
from crm_kit.errors import FailedPrecondition, InvalidArgument
from crm_kit.searchable import Searchable, search_indexes


class HeadquartersStays(FailedPrecondition):
    """The top of the tree has no other place. Facts: path."""

    en = "Headquarters cannot be moved."
    zh = "总部不能移动。"


class MoveUnderWay(FailedPrecondition):
    """Records are still on their way there or from there. Facts: path."""

    en = "The unit {path} is being moved. Wait until its former_path is empty, then try again."
    zh = "组织 {path} 正在移动，请等其 former_path 为空后再试。"


CODE = re.compile(r"[0-9a-z]{1,20}")
DEEPEST = 12


class Unit(Searchable, Record):
    """A part of the enterprise. ``path`` is made of the codes from headquarters down and ends with a slash."""

    __tablename__ = "unit"
    __searched__ = ("name", "code")
    __unscoped__ = "the tree itself is no secret to those who may read units; what hangs on it is"

    name: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[UUID | None] = mapped_column(default=None)
    kind: Mapped[str] = mapped_column(default="DEPARTMENT")
    path: Mapped[str] = mapped_column(Path, default="")
    former_path: Mapped[str] = mapped_column(Path, default="")
    moving_services: Mapped[list[str]] = mapped_column(default_factory=list)
    move_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        Index("uq_unit_path", "path", unique=True),
        Index("ix_unit_former_path", "former_path", postgresql_where=text("former_path <> ''")),
        Index("uq_unit_parent_id_name", "parent_id", "name", unique=True, postgresql_where=text("delete_time IS NULL")),
        *search_indexes("unit"),
    )

    def place_below(self, parent: "Unit | None") -> None:
        """The path follows from the parent's; headquarters has none."""
        self.path = f"{parent.path if parent else '/'}{self.code}/"
        self.unit_path = self.path

    def move_below(self, parent: "Unit", deepest_below: int) -> None:
        """Hang it under another unit, with all below it; ``deepest_below`` is the greatest depth among those.

        Its records are rewritten by others, who look for them at ``former_path`` until then.
        """
        if self.parent_id is None:
            raise HeadquartersStays(path=self.path)
        if self.former_path:
            raise MoveUnderWay(path=self.path)
        if parent.path.startswith(self.path):
            raise InvalidArgument.of(
                "parent_id", "CYCLE", "Choose a unit outside the one that moves.", "不能移动到该组织自身或其下级之下。"
            )
        if parent.id == self.parent_id:
            raise InvalidArgument.of("parent_id", "ALREADY_THERE", "It is below this unit.", "该组织已在此上级之下。")
        if parent.depth + 1 + deepest_below - self.depth > DEEPEST:
            raise InvalidArgument.of("parent_id", "TOO_DEEP", f"At most {DEEPEST} levels.", f"最多 {DEEPEST} 级。")
        self.parent_id, self.former_path = parent.id, self.path
        self.place_below(parent)

    @property
    def depth(self) -> int:
        return self.path.count("/") - 1
