"""Reports side by side under one name (仪表盘)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.audience import PRIVATE
from crm_kit.errors import Violation
from crm_reporting.domain.record import Record

MOST_TILES = 20
LONGEST_TITLE = 60
WIDTHS = range(3, 13)


class Dashboard(Record):
    """``tiles``: in their order, each with report_definition_id, title, chart and width."""

    __tablename__ = "dashboard"
    __unscoped__ = "who may use a dashboard follows from its audience, which every statement about dashboards asks"

    name: Mapped[str] = mapped_column(default="")
    tiles: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    audience: Mapped[str] = mapped_column(default=PRIVATE)

    __table_args__ = (
        Index("ix_dashboard_owner_id", "owner_id", postgresql_where=text("delete_time IS NULL")),
        Index(
            "ix_dashboard_shared",
            "audience",
            "unit_path",
            postgresql_where=text("audience <> 'PRIVATE' AND delete_time IS NULL"),
        ),
    )


def faults_of_tiles(tiles: list[dict[str, Any]]) -> list[Violation]:
    """What no dashboard could show, by tile."""
    wrong: list[Violation] = []
    if len(tiles) > MOST_TILES:
        en, zh = f"Show at most {MOST_TILES} tiles.", f"最多显示 {MOST_TILES} 个图表。"
        wrong.append(Violation("tiles", "TOO_MANY", en, zh))
    for at, tile in enumerate(tiles):
        try:
            UUID(str(tile.get("report_definition_id", "")))
        except ValueError:
            en, zh = "Name a report definition by its id.", "请填写自定义报表的 ID。"
            wrong.append(Violation(f"tiles[{at}].report_definition_id", "NOT_A_UUID", en, zh))
        if tile.get("width", 0) not in (0, *WIDTHS):
            en, zh = "Give 3 to 12 of the 12 columns.", "请填写 3 到 12 之间的列数（共 12 列）。"
            wrong.append(Violation(f"tiles[{at}].width", "OUT_OF_RANGE", en, zh))
        if len(str(tile.get("title", ""))) > LONGEST_TITLE:
            en, zh = f"Use at most {LONGEST_TITLE} characters.", f"最多 {LONGEST_TITLE} 个字符。"
            wrong.append(Violation(f"tiles[{at}].title", "TOO_LONG", en, zh))
    return wrong
