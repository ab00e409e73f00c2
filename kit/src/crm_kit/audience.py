"""Records that say themselves whom they are for: their owner, the people of a unit and below, or everyone.

No scope tells who uses them, so their table is unscoped; a right's scope tells how far somebody shares them. Records have
``owner_id``, ``audience`` and ``unit_path``, the unit they are shared with when the audience is UNIT.
"""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_

from crm_kit.access import in_reach
from crm_kit.principal import Principal, Reach, Scope

PRIVATE, UNIT, EVERYONE = "PRIVATE", "UNIT", "EVERYONE"


class Shared(Protocol):
    """What is asked of a record."""

    owner_id: Any
    audience: Any
    unit_path: Any


def is_shared(record: Shared) -> bool:
    return bool(record.audience != PRIVATE)


def owned_by(record: Shared, principal: Principal) -> bool:
    """Whoever acts in another's name uses nothing private of theirs."""
    owner: UUID | None = record.owner_id
    return owner is not None and not principal.on_behalf_of and owner == principal.user_id


def usable_by(record: Shared, principal: Principal) -> bool:
    """Whether it is one's own, everyone's, or that of a unit one is in or below."""
    if record.audience == EVERYONE or owned_by(record, principal):
        return True
    return record.audience == UNIT and record.unit_path in units_above(principal)


def shareable_by(record: Shared, principal: Principal, reaches: Sequence[Reach]) -> bool:
    """Whether somebody could share it as it is shared: a right over a unit's records, not over one's own alone."""
    if record.audience == EVERYONE:
        return any(reach.scope is Scope.ALL for reach in reaches)
    wide = [reach for reach in reaches if reach.scope > Scope.OWN]
    return in_reach(principal, wide, None, record.unit_path)


def usable(principal: Principal, columns: Any) -> ColumnElement[bool]:
    """The twin of ``usable_by`` as a clause over the columns of a table."""
    clauses = [
        columns.audience == EVERYONE,
        and_(columns.audience == UNIT, columns.unit_path.in_(units_above(principal))),
    ]
    if principal.user_id is not None and not principal.on_behalf_of:
        clauses.append(columns.owner_id == principal.user_id)
    return or_(*clauses)


def units_above(principal: Principal) -> list[str]:
    """Paths of all units the principal is in, and of all above them."""
    own = {principal.unit_path, *(position.unit_path for position in principal.positions)}
    return sorted({path[: at + 1] for path in own for at, letter in enumerate(path) if letter == "/" and at})
