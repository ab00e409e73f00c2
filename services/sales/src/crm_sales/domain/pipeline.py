"""A way of selling: the ordered stages a deal passes (domain rule 4.1)."""

from typing import Any

from sqlalchemy import Column, DateTime, Index, Integer, Table, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.errors import FailedPrecondition
from crm_sales.domain.record import Record
from crm_sales.domain.stages import Stage, Status


class StageUnknown(FailedPrecondition):
    """The pipeline has no such stage. Facts: stage, pipeline, stages."""

    en = "The pipeline {pipeline} has no stage {stage!r}. It has: {stages}."
    zh = "流程“{pipeline}”没有阶段“{stage}”。可选：{stages}。"


class StageInUse(FailedPrecondition):
    """Open deals are in stages that would go away. Facts: stages (each with its number of deals)."""

    en = "Open deals are in stages that would go away: {stages}. Map each of them to a stage that stays."
    zh = "以下将被移除的阶段仍有进行中的商机：{stages}。请为其指定新的阶段。"


class PipelineInUse(FailedPrecondition):
    """A pipeline with open deals, or the default one, cannot be removed. Facts: name, deals."""

    en = "The pipeline {name} still has {deals} open deals. Move or close them first."
    zh = "流程“{name}”仍有 {deals} 个进行中的商机，请先转移或关闭。"


class DefaultPipelineNeeded(FailedPrecondition):
    """One pipeline is always the default. Facts: name."""

    en = "{name} is the default pipeline. Make another one the default first."
    zh = "“{name}”是默认流程，请先将其他流程设为默认。"


class Pipeline(Record):
    """Its stages apply to all its deals; replacing them makes the next version and moves open deals along a map."""

    __tablename__ = "pipeline"
    __unscoped__ = "every seller needs the stages of every deal they may see"
    __table_args__ = (
        Index(
            "uq_pipeline_default",
            "is_default",
            unique=True,
            postgresql_where=text("is_default AND delete_time IS NULL"),
        ),
    )

    name: Mapped[str] = mapped_column(default="")
    stage_version: Mapped[int] = mapped_column(default=1)
    stages: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    win_policy: Mapped[str] = mapped_column(default="QUOTE_OR_CONTRACT")
    is_default: Mapped[bool] = mapped_column(default=False)

    @property
    def ordered(self) -> list[Stage]:
        """The stages in order."""
        return [Stage.of(item) for item in self.stages]

    def stage(self, code: str) -> Stage:
        """The stage with this code, else StageUnknown."""
        for stage in self.ordered:
            if stage.code == code:
                return stage
        raise StageUnknown(stage=code, pipeline=self.name, stages=", ".join(stage.code for stage in self.ordered))

    def position(self, code: str) -> int:
        """Where the stage stands, from 0; -1 when the pipeline has it no more."""
        return next((i for i, stage in enumerate(self.ordered) if stage.code == code), -1)

    def first(self, status: Status) -> Stage:
        """The first stage of a status; there is always one."""
        return next(stage for stage in self.ordered if stage.status is status)

    def replace_stages(self, stages: list[dict[str, Any]], moves: dict[str, str], in_use: dict[str, int]) -> None:
        """Make the next version. ``in_use``: open deals per stage, each to be kept open or mapped to an open stage."""
        open_codes = {item["code"] for item in stages if item.get("status") == Status.OPEN}
        stranded = {
            code: count
            for code, count in in_use.items()
            if code not in open_codes and moves.get(code, "") not in open_codes
        }
        if stranded:
            raise StageInUse(stages=", ".join(f"{code} ({count})" for code, count in sorted(stranded.items())))
        self.stages = stages
        self.stage_version += 1


pipeline_version = Table(
    "pipeline_version",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("pipeline_id", Uuid, nullable=False),
    Column("stage_version", Integer, nullable=False),
    Column("stages", JSONB, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    UniqueConstraint("pipeline_id", "stage_version"),
)
"""The stages of every pipeline as they were: closed deals keep the version they were closed under."""
