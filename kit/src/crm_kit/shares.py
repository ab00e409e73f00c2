"""Records opened to somebody outside their scope: one row per record and grantee.

A grantee is ``user:<id>``, ``team:<id>``, ``territory:<id>`` or ``unit:<path>``, as ``Principal.grantees`` lists them.
"""

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ColumnElement, DateTime, Index, Table, Text, UniqueConstraint, Uuid, any_, func, literal
from sqlalchemy import select as select_
from sqlalchemy.dialects.postgresql import ARRAY

from crm_kit.metadata import kit_metadata
from crm_kit.principal import READING, Principal

if TYPE_CHECKING:
    from crm_kit.database import Database

record_share = Table(
    "record_share",
    kit_metadata,
    Column("id", Uuid, primary_key=True),
    Column("record_type", Text, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("grantee", Text, nullable=False),
    Column("access", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True)),
    UniqueConstraint("record_id", "record_type", "grantee"),
    Index("ix_record_share_grantee", "grantee", "record_type", "record_id"),
)

KNOWN_SECONDS = 2.0
"""How long a new share may stay unnoticed; one that ends is noticed at once, because the database is asked."""
_MOST = 10_000


def shared(principal: Principal, permission: str, record_type: str, id_column: ColumnElement[Any]) -> Any:
    """Records of a kind shared with the principal for what the permission does.

    An array computed once, so that it stands beside a range of units without hiding their index.
    """
    columns = record_share.c
    clauses = [
        columns.record_type == record_type,
        columns.grantee == any_(literal(list(principal.grantees_for(permission)), ARRAY(Text))),
        func.coalesce(columns.expire_time > func.now(), True),
    ]
    if permission.rpartition(".")[2] not in READING:
        clauses.append(columns.access == "WRITE")
    return id_column == any_(func.array(select_(columns.record_id).where(*clauses).scalar_subquery()))


class Shares:
    """Which callers have anything shared with them at all: most do not, and their statements stay simple."""

    def __init__(self, db: "Database") -> None:
        self._db = db
        self._known: dict[tuple[str, ...], tuple[float, bool]] = {}

    async def reach(self, principal: Principal) -> bool:
        """Whether any record is shared with the principal."""
        grantees, now = principal.grantees, time.monotonic()
        known = self._known.get(grantees)
        if known is None or known[0] <= now:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[grantees] = (now + KNOWN_SECONDS, await self._ask(grantees))
        return known[1]

    def forget(self) -> None:
        """Somebody shared something in this process: notice it at once."""
        self._known.clear()

    async def _ask(self, grantees: tuple[str, ...]) -> bool:
        return bool(await self._db.fetch(_ANY_SHARED, list(grantees)))


_ANY_SHARED = "SELECT id FROM record_share WHERE grantee = ANY ($1::text[]) LIMIT 1"
