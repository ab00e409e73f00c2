"""The tree of customers: one parent each, at most ten levels, no cycles (domain rule 3.3)."""

from collections.abc import Sequence
from uuid import UUID

from crm_kit.errors import FailedPrecondition

MOST_LEVELS = 10


class HierarchyCycle(FailedPrecondition):
    """A customer would be above itself. Facts: id, parent_id."""

    en = "A customer cannot be placed under itself or under a customer below it. Choose another parent."
    zh = "不能将客户设为自身或其下级客户的下级，请选择其他上级客户。"


class HierarchyTooDeep(FailedPrecondition):
    """The tree would have more levels than allowed. Facts: levels, limit."""

    en = "That would make {levels} levels of customers; at most {limit} are allowed. Choose a higher parent."
    zh = "客户层级将达到 {levels} 层，最多允许 {limit} 层，请选择更高一级的客户。"


def lineage(id: UUID | None, parent_id: UUID, parent_lineage: Sequence[UUID], levels_below: int = 0) -> list[UUID]:
    """Everybody above a customer placed under ``parent_id``, the ultimate parent first.

    ``levels_below``: how many levels the customer brings along under itself. Raises HierarchyCycle, HierarchyTooDeep.
    """
    above = [*parent_lineage, parent_id]
    if id is not None and id in above:
        raise HierarchyCycle(id=id, parent_id=parent_id)
    levels = len(above) + 1 + levels_below
    if levels > MOST_LEVELS:
        raise HierarchyTooDeep(levels=levels, limit=MOST_LEVELS)
    return above
