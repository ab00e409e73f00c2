"""A report of somebody's own making: what is counted, by what, and how it is drawn (自定义报表)."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.audience import PRIVATE
from crm_reporting.domain.record import Record


class ReportDefinition(Record):
    """``rows``, ``columns`` and ``measures`` are written as its result names them: ``owner_id``, ``close_date.month``,
    ``amount.sum``; ``unit_path`` is the unit it is shared with when ``audience`` is UNIT.
    """

    __tablename__ = "report_definition"
    __unscoped__ = "who may use a report follows from its audience, which every statement about reports asks"

    name: Mapped[str] = mapped_column(default="")
    dataset: Mapped[str] = mapped_column(default="")
    rows: Mapped[list[str]] = mapped_column(default_factory=list)
    columns: Mapped[list[str]] = mapped_column(default_factory=list)
    measures: Mapped[list[str]] = mapped_column(default_factory=list)
    filter: Mapped[str] = mapped_column(default="")
    order_by: Mapped[str] = mapped_column(default="")
    row_limit: Mapped[int] = mapped_column(default=0)
    chart: Mapped[str] = mapped_column(default="TABLE")
    audience: Mapped[str] = mapped_column(default=PRIVATE)

    __table_args__ = (
        Index("ix_report_definition_owner_id", "owner_id", postgresql_where=text("delete_time IS NULL")),
        Index(
            "ix_report_definition_shared",
            "audience",
            "unit_path",
            postgresql_where=text("audience <> 'PRIVATE' AND delete_time IS NULL"),
        ),
    )
