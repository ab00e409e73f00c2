"""A plan of territories, drawn and previewed before it is put in force (区域模型, domain rule 1.8)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition

PLANNING, ACTIVE, ARCHIVED = "PLANNING", "ACTIVE", "ARCHIVED"


class ModelNotInPlanning(FailedPrecondition):
    """What is in force or was is not redrawn. Facts: name, state."""

    en = "The model {name} is {state}. Copy it, change the copy and activate that."
    zh = "区域模型“{name}”的状态为 {state}，不能修改。请复制后修改副本，再启用副本。"


class ModelArchived(FailedPrecondition):
    """What has ended does not end again. Facts: name."""

    en = "The model {name} is archived already."
    zh = "区域模型“{name}”已归档。"


class ModelInForce(FailedPrecondition):
    """People reach records by it. Facts: name."""

    en = "The model {name} is in force. Archive it, or activate another one, before you remove it."
    zh = "区域模型“{name}”正在生效。请先归档，或启用其他模型，再删除。"


class TerritoryModel(Record):
    """From planning to in force to archived; at most one is in force."""

    __tablename__ = "territory_model"
    __unscoped__ = "territories divide the whole market, across units; whoever may read them reads all"

    name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=PLANNING)
    effective_time: Mapped[datetime | None] = mapped_column(default=None)
    source_model_id: Mapped[UUID | None] = mapped_column(default=None)
    activate_time: Mapped[datetime | None] = mapped_column(default=None)
    archive_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        Index(
            "uq_territory_model_name", text("lower(name)"), unique=True, postgresql_where=text("delete_time IS NULL")
        ),
        Index(
            "uq_territory_model_state",
            "state",
            unique=True,
            postgresql_where=text("state = 'ACTIVE' AND delete_time IS NULL"),
        ),
    )

    def require_planning(self) -> None:
        """Only a plan is redrawn."""
        if self.state != PLANNING:
            raise ModelNotInPlanning(name=self.name, state=self.state)

    def plan_for(self, moment: datetime) -> None:
        """It takes effect by itself at that time."""
        self.require_planning()
        self.effective_time = moment

    def activate(self, now: datetime) -> None:
        """In force from now on."""
        self.require_planning()
        self.state, self.activate_time, self.effective_time = ACTIVE, now, None

    def archive(self, now: datetime) -> None:
        """Ended, whether it was ever in force or not."""
        if self.state == ARCHIVED:
            raise ModelArchived(name=self.name)
        self.state, self.archive_time, self.effective_time = ARCHIVED, now, None

    def refuse_removal(self) -> None:
        """What is in force stays."""
        if self.state == ACTIVE:
            raise ModelInForce(name=self.name)
