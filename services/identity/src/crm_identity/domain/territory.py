"""Parts of the market, as a tree, with the people who work them (销售区域, domain rule 1.8)."""

import re
from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition, Violation

CODE = re.compile(r"[0-9a-z][0-9a-z_-]{0,39}")
DEEPEST = 10
MOST = 500
"""Territories of a model: all their rules are asked of a customer in one statement."""
MOST_MEMBERS = 1000
PEOPLE = frozenset({"writer_ids", "reader_ids"})
ALWAYS_OPEN = PEOPLE | {"name"}
"""What may change of a territory in force; everything else moves customers and is previewed first."""


class TerritoryInUse(FailedPrecondition):
    """Others would hang in the air. Facts: code."""

    en = "Other territories lie below {code}. Move or remove them first."
    zh = "区域 {code} 下还有其他区域，请先移走或删除。"


class Territory(Record):
    """One part of the market in one model."""

    __tablename__ = "territory"
    __unscoped__ = "territories divide the whole market, across units; whoever may read them reads all"

    model_id: Mapped[UUID] = mapped_column(default=None)
    parent_id: Mapped[UUID | None] = mapped_column(default=None)
    ancestor_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    code: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    priority: Mapped[int] = mapped_column(default=0)
    rule: Mapped[str] = mapped_column(default="")
    inherit: Mapped[bool] = mapped_column(default=False)
    writer_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    reader_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)

    __table_args__ = (
        Index(
            "uq_territory_model_id_code", "model_id", "code", unique=True, postgresql_where=text("delete_time IS NULL")
        ),
        Index("ix_territory_ancestor_ids", "ancestor_ids", postgresql_using="gin"),
        Index("ix_territory_writer_ids", "writer_ids", postgresql_using="gin"),
        Index("ix_territory_reader_ids", "reader_ids", postgresql_using="gin"),
    )

    @property
    def member_ids(self) -> set[UUID]:
        return {*self.writer_ids, *self.reader_ids}

    def place_below(self, parent: "Territory | None") -> None:
        """What lies above it follows from the parent."""
        self.parent_id = parent.id if parent else None
        self.ancestor_ids = [*parent.ancestor_ids, parent.id] if parent else []

    def seat_members(self) -> None:
        """Each person once; who writes also reads."""
        self.writer_ids = list(dict.fromkeys(self.writer_ids))
        self.reader_ids = [id for id in dict.fromkeys(self.reader_ids) if id not in set(self.writer_ids)]

    def copy_to(self, model_id: UUID, ids: Mapping[UUID, UUID]) -> "Territory":
        """The same in another model, announced once; ``ids`` gives each territory of this model its id there."""
        return Territory(
            id=ids[self.id],
            event_seq=1,
            model_id=model_id,
            parent_id=ids[self.parent_id] if self.parent_id else None,
            ancestor_ids=[ids[above] for above in self.ancestor_ids],
            code=self.code,
            name=self.name,
            priority=self.priority,
            rule=self.rule,
            inherit=self.inherit,
            writer_ids=list(self.writer_ids),
            reader_ids=list(self.reader_ids),
        )

    def faults(self) -> Iterator[Violation]:
        """What is wrong with it by itself."""
        if not CODE.fullmatch(self.code):
            en = "Use 1 to 40 lower-case letters, digits, hyphens and underscores."
            yield Violation("code", "BAD_CODE", en, "请使用 1 到 40 个小写字母、数字、连字符或下划线。")
        if not self.name.strip():
            yield Violation("name", "REQUIRED", "Give the territory a name.", "请填写区域名称。")
        for field in sorted(PEOPLE):
            if len(getattr(self, field)) > MOST_MEMBERS:
                en, zh = f"At most {MOST_MEMBERS} people.", f"最多 {MOST_MEMBERS} 人。"
                yield Violation(field, "TOO_MANY", en, zh)
