"""Looking through the second wall in every way there is."""

from uuid import UUID, uuid4

from sqlalchemy import select, text

from crm_kit.access import scoped, unscoped
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.principal import Position, Principal, Scope
from crm_kit.row_context import NOTHING, context_of
from crm_kit.testing.service import RunningService
from crm_kit.tx import begin

from .shelf import StoredBox

RAW = "SELECT unit_path FROM box"
TABLE = StoredBox.__table__
WHY = unscoped("a test looks at all")
UNITS = ("/hq/", "/hq/d1/", "/hq/d1/a/", "/hq/d10/", "/hq/d2/")


def reaching(shelf: RunningService, *paths: str, scope: Scope = Scope.SUBTREE, user_id: UUID | None = None) -> Call:
    """A call from the service's own point of view: with the pools its RPCs use."""
    first, *more = (Position(path, (("*", scope),)) for path in paths)
    who = Principal(str(user_id or uuid4()), unit_path=first.unit_path, grants=first.grants, positions=tuple(more))
    return Call(service_db(shelf), who, "shelf.box.list")


def service_db(shelf: RunningService) -> Database:
    """The database as the service has it; ``shelf.db`` is the test's, which sees everything."""
    served = shelf.db.seeing_everything()
    served.usual = NOTHING
    return served


async def rows(shelf: RunningService, call: Call) -> list[str]:
    """The units of all boxes a statement without any predicate shows, asked in every way there is; all agree."""
    async with begin(call) as tx:
        by_driver = [row["unit_path"] for row in await tx.fetch(RAW)]
        by_session = list((await tx.session.execute(text(RAW))).scalars())
    async with call.db.connect() as connection:
        by_reading = list(
            (await connection.execute(select(TABLE.c.unit_path), execution_options=scoped(call))).scalars()
        )
    by_reader = [row[0] for row in await call.db.reader.fetch(RAW, [], context_of(call))]
    assert sorted(by_driver) == sorted(by_session) == sorted(by_reading) == sorted(by_reader)
    return sorted(by_driver)
