"""What a list shows and how, kept under a name for one person or for many (视图)."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.access import in_reach
from crm_kit.errors import FailedPrecondition, PermissionDenied, Violation
from crm_kit.principal import Principal, Reach, Scope

PRIVATE, UNIT, EVERYONE = "PRIVATE", "UNIT", "EVERYONE"
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

    @property
    def is_shared(self) -> bool:
        return self.audience != PRIVATE

    def usable_by(self, principal: Principal) -> bool:
        """Whether it is one's own, everyone's, or that of a unit one is in or below."""
        if self.audience == EVERYONE or self.owned_by(principal):
            return True
        return self.audience == UNIT and self.unit_path in units_above(principal)

    def owned_by(self, principal: Principal) -> bool:
        """Whoever acts in another's name uses no private views of theirs."""
        return self.owner_id is not None and not principal.on_behalf_of and self.owner_id == principal.user_id

    def shareable_by(self, principal: Principal, reaches: Sequence[Reach]) -> bool:
        """Whether somebody could share it as it is shared: a right over a unit's records, not over one's own alone."""
        if self.audience == EVERYONE:
            return any(reach.scope is Scope.ALL for reach in reaches)
        wide = [reach for reach in reaches if reach.scope > Scope.OWN]
        return in_reach(principal, wide, None, self.unit_path)


def units_above(principal: Principal) -> list[str]:
    """Paths of all units the principal is in, and of all above them."""
    own = {principal.unit_path, *(position.unit_path for position in principal.positions)}
    return sorted({path[: at + 1] for path in own for at, letter in enumerate(path) if letter == "/" and at})


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
