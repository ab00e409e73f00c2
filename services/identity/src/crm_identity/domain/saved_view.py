"""What a list shows and how, kept under a name for one person or for many (视图)."""

import re
from collections.abc import Iterable

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.audience import PRIVATE
from crm_kit.errors import FailedPrecondition, PermissionDenied, Violation

MOST_OF_A_PERSON = 100
MOST_COLUMNS = 60
LONGEST = {"name": 60, "filter": 2000, "order_by": 300, "search": 200}
LAYOUT = re.compile(r"[a-z_]{0,20}")


class TooManySavedViews(FailedPrecondition):
    """A person has all the views one can have. Facts: most."""

    en = "You have {most} views, and nobody keeps more. Delete one you no longer use."
    zh = "每人最多保存 {most} 个视图，请先删除不再使用的视图。"


class SavedViewOfAnother(PermissionDenied):
    """A shared view is not for everybody to change. Facts: name."""

    en = "Only its owner, or whoever may share views there, changes {name}. Save it as a view of your own instead."
    zh = "视图 {name} 只能由其创建者或有权在该范围共享视图的人修改，您可以另存为自己的视图。"


class SavedViewNotShareable(PermissionDenied):
    """The caller's right to share does not reach that far. Facts: audience."""

    en = "You may not share views with {audience}. Choose a unit of yours, or keep the view to yourself."
    zh = "您无权将视图共享给 {audience}，请选择您管理的组织单元，或设为仅自己可见。"


class SavedView(Record):
    """``unit_path``: the unit it is shared with when ``audience`` is UNIT."""

    __tablename__ = "saved_view"
    __unscoped__ = "who may use a view follows from its audience, which every statement about views asks"

    resource: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    filter: Mapped[str] = mapped_column(default="")
    order_by: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(default="")
    columns: Mapped[list[str]] = mapped_column(default_factory=list)
    layout: Mapped[str] = mapped_column(default="")
    audience: Mapped[str] = mapped_column(default=PRIVATE)

    __table_args__ = (
        Index("ix_saved_view_owner_id", "owner_id", "resource", postgresql_where=text("delete_time IS NULL")),
        Index(
            "ix_saved_view_shared",
            "resource",
            "audience",
            postgresql_where=text("audience <> 'PRIVATE' AND delete_time IS NULL"),
        ),
    )


def faults(view: SavedView, resources: Iterable[str]) -> list[Violation]:
    """What is wrong with a view, whoever makes it; ``resources``: what can be listed."""
    wrong: list[Violation] = []
    if view.resource not in resources:
        en, zh = "Name a kind of record, as in leads.lead.", "请填写记录类型，格式如 leads.lead。"
        wrong.append(Violation("resource", "UNKNOWN_RESOURCE", en, zh))
    for field, most in LONGEST.items():
        if len(getattr(view, field)) > most:
            en, zh = f"Use at most {most:,} characters.", f"最多 {most:,} 个字符。"
            wrong.append(Violation(field, "TOO_LONG", en, zh))
    if len(view.columns) > MOST_COLUMNS or any(len(column) > MOST_COLUMNS for column in view.columns):
        en = f"Show at most {MOST_COLUMNS} columns, each named by its field."
        wrong.append(Violation("columns", "TOO_MANY", en, f"最多显示 {MOST_COLUMNS} 列，请填写字段名。"))
    if not LAYOUT.fullmatch(view.layout):
        wrong.append(Violation("layout", "UNKNOWN_VALUE", "Leave it empty or say board.", "请留空或填写 board。"))
    return wrong
