"""How many people a module has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from crm_identity.domain.assembly import grants_of
from crm_identity.domain.module import TITLES
from crm_identity.queries.access_history import house_at
from crm_identity.queries.contract import contract
from crm_kit.access import unscoped
from crm_kit.call import Call

ACTIVE_WITHIN = timedelta(days=30)
_WHY = unscoped("numbers of people, and no person")
_BY_ROLES = text("""
    SELECT codes, count(*) AS users, count(*) FILTER (WHERE last_sign_in_time > :since) AS active FROM (
      SELECT u.last_sign_in_time, (
        SELECT array_agg(DISTINCT code ORDER BY code) FROM (
          SELECT unnest(u.roles) AS code UNION ALL
          SELECT unnest(p.roles) FROM position p WHERE p.user_id = u.id AND p.delete_time IS NULL
             AND (p.start_time IS NULL OR p.start_time <= :now) AND (p.end_time IS NULL OR p.end_time > :now)
        ) held) AS codes
      FROM user_account u WHERE NOT u.disabled AND u.delete_time IS NULL) per_user
    GROUP BY codes
""")


@dataclass(frozen=True, slots=True)
class UserCounts:
    """Enabled users whose roles reach into each module, all of them, and those who signed in lately."""

    by_module: Mapping[str, int]
    total: int
    active: int


async def user_counts(call: Call) -> UserCounts:
    """People hold few different sets of roles, so they are counted by set."""
    async with call.db.connect() as connection:
        house = await house_at(connection, call.now)
        params = {"now": call.now, "since": call.now - ACTIVE_WITHIN}
        rows = (await connection.execute(_BY_ROLES, params, execution_options=_WHY)).all()
    sets = [(grants_of(house.roles_of(row.codes or ())), row.users) for row in rows]
    return UserCounts(
        {code: sum(users for grants, users in sets if contract().reaches_into(grants, code)) for code in TITLES},
        sum(row.users for row in rows),
        sum(row.active for row in rows),
    )
