"""Which views somebody may use."""

from sqlalchemy import ColumnElement, and_, or_

from crm_identity.domain.saved_view import EVERYONE, UNIT, SavedView, units_above
from crm_kit.principal import Principal


def usable_by(principal: Principal) -> ColumnElement[bool]:
    """One's own, those of one's units and of the units above, and everyone's; the twin of ``SavedView.usable_by``."""
    columns = SavedView.__table__.c
    clauses = [
        columns.audience == EVERYONE,
        and_(columns.audience == UNIT, columns.unit_path.in_(units_above(principal))),
    ]
    if principal.user_id is not None and not principal.on_behalf_of:
        clauses.append(columns.owner_id == principal.user_id)
    return or_(*clauses)
