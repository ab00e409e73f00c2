"""What counts in a unit for whoever says nothing there."""

from typing import Any

from sqlalchemy import Text, cast, func, or_, select

from crm_identity.domain.preferences import ENTERPRISE, Preferences, effective
from crm_identity.domain.unit import Unit
from crm_kit.access import unscoped
from crm_kit.call import Call

_WHY = unscoped("how things are shown in one's own unit is no secret there")


async def preferences_of_unit(call: Call, unit_path: str) -> dict[str, Any]:
    """The enterprise's word, then the units' from the top down to this one."""
    parts = unit_path.strip("/").split("/")
    paths = ["/" + "/".join(parts[:depth]) + "/" for depth in range(1, len(parts) + 1)]
    words, unit = Preferences.__table__, Unit.__table__
    statement = (
        select(*words.c)
        .join_from(words, unit, words.c.holder == "unit:" + cast(unit.c.id, Text), isouter=True)
        .where(or_(words.c.holder == ENTERPRISE, unit.c.path.in_(paths)))
        .order_by(func.length(unit.c.path).asc().nulls_first())
    )
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement, execution_options=_WHY)).mappings().all()
    return effective(rows)  # type: ignore[arg-type]  # a row's mapping is keyed by column name
