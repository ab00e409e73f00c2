"""Imports of leads from files: the uploaded file, the job over it and what became of each row (domain rule 8.5)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import Path, scope_index
from crm_kit.errors import FailedPrecondition
from crm_leads.domain.record import Record

QUEUED, RUNNING, DRY_RUN_DONE, DONE, CANCELLED, FAILED = (
    "QUEUED",
    "RUNNING",
    "DRY_RUN_DONE",
    "DONE",
    "CANCELLED",
    "FAILED",
)


class ImportEnded(FailedPrecondition):
    """The import is over. Facts: id, state."""

    en = "This import has ended ({state})."
    zh = "该导入任务已结束（{state}）。"


class LeadImport(Record):
    """A resumable job that turns the rows of a file into leads."""

    __tablename__ = "lead_import"

    file_id: Mapped[UUID] = mapped_column(default=None)
    filename: Mapped[str] = mapped_column(default="")
    mappings: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    dry_run: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(default="")
    campaign_id: Mapped[UUID | None] = mapped_column(default=None)
    country_code: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=QUEUED)
    row_count: Mapped[int] = mapped_column(default=0)
    processed_count: Mapped[int] = mapped_column(default=0)
    created_count: Mapped[int] = mapped_column(default=0)
    merged_count: Mapped[int] = mapped_column(default=0)
    overwritten_count: Mapped[int] = mapped_column(default=0)
    ignored_count: Mapped[int] = mapped_column(default=0)
    attached_count: Mapped[int] = mapped_column(default=0)
    reopened_count: Mapped[int] = mapped_column(default=0)
    held_count: Mapped[int] = mapped_column(default=0)
    error_count: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")

    __table_args__ = (scope_index("lead_import"),)

    def cancel(self) -> None:
        """Stopped by a person; rows already written stay."""
        if self.state not in {QUEUED, RUNNING}:
            raise ImportEnded(id=self.id, state=self.state)
        self.state = CANCELLED


CONTENT = "lead_file|content"
"""Where the sealed bytes of files lie."""

lead_file = Table(
    "lead_file",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("owner_id", Uuid),
    Column("unit_path", Path, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
)
"""The bytes as uploaded, sealed; ``facts`` hold what was detected."""

lead_import_row = Table(
    "lead_import_row",
    Record.metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("subject_id", Uuid),
    Column("field", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("message_en", Text, nullable=False, server_default=""),
    Column("message_zh", Text, nullable=False, server_default=""),
    Index("ix_lead_import_row_verdict", "import_id", "verdict", "line"),
)
"""What became of each row; ``line`` counts the heading as line 1."""
