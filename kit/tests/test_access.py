"""Who may see what: the SQL and the Python verdict agree, and what nobody scoped does not run."""

from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, exists, func, select, update

from crm_kit.access import UnscopedStatement, in_scope, may_see, scope_clause, subtree, unscoped, visible
from crm_kit.call import Call
from crm_kit.errors import PermissionDenied
from crm_kit.principal import Principal, Scope, system
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import StoredBox

PATHS = ("/", "/hq/", "/hq/d1/", "/hq/d10/", "/hq/d1/a/", "/hq/d2/", "/hr/")
ME = uuid4()


async def test_sql_and_python_agree_on_every_scope_path_and_owner(shelf: RunningService) -> None:
    owners: tuple[UUID | None, ...] = (None, ME, uuid4())
    async with begin(shelf.work()) as tx:
        made = [
            tx.add(StoredBox(name="x", kind="TIN", owner_id=owner, unit_path=path))
            for owner, path in product(owners, PATHS)
        ]
    ids = {box.id: box for box in made}
    for scope, path in product(Scope, PATHS):
        for who in (somebody(unit_path=path, scope=scope, user_id=ME), Principal("job", unit_path=path)):
            clause = scope_clause(who, scope, StoredBox.__table__.c)
            statement = select(StoredBox.__table__.c.id).where(StoredBox.__table__.c.id.in_(ids), clause)
            async with shelf.db.connect() as connection:
                rows = (await connection.execute(statement, execution_options=unscoped("the clause is tested"))).all()
            by_rule = {key for key, box in ids.items() if in_scope(who, scope, box.owner_id, box.unit_path)}
            assert {row.id for row in rows} == by_rule, (scope, path)


@pytest.mark.parametrize("path", ["", "/hq", "hq"])
def test_a_path_without_its_final_slash_shows_nothing_but_a_fault(path: str) -> None:
    who = somebody(unit_path=path, scope=Scope.SUBTREE)
    with pytest.raises(ValueError, match="final slash"):
        subtree(path, StoredBox.__table__.c.unit_path)
    with pytest.raises(ValueError, match="final slash"):
        in_scope(who, Scope.SUBTREE, None, "/hq/d1/")


def test_no_grant_is_no_scope(shelf: RunningService) -> None:
    call = Call(shelf.db, somebody(permissions=["other.*"]), "shelf.box.get")
    with pytest.raises(PermissionDenied):
        visible(call, StoredBox)


def test_the_widest_of_several_grants_wins_and_patterns_stop_at_their_prefix() -> None:
    who = Principal("x", grants=(("shelf.*", Scope.OWN), ("shelf.box.get", Scope.UNIT), ("*.list", Scope.ALL)))
    assert who.scope("shelf.box.get") is Scope.UNIT
    assert who.scope("shelf.box.update") is Scope.OWN
    assert who.scope("shelf.box.list") is Scope.ALL
    assert who.scope("shelving.box.get") is Scope.NONE


def test_pending_and_deleted_records_are_seen_by_nobody(shelf: RunningService) -> None:
    call = shelf.work()
    assert may_see(call, StoredBox(name="x"))
    assert not may_see(call, StoredBox(name="x", pending_operation_id=uuid4()))
    assert not may_see(call, StoredBox(name="x", delete_time=call.now))


STATEMENTS = {
    "entities": select(StoredBox),
    "columns": select(StoredBox.id),
    "a count": select(func.count()).select_from(StoredBox),
    "a subquery": select(exists(select(StoredBox.id))),
    "a condition": select(func.now()).where(StoredBox.__table__.c.shelf == 1),
    "an update": update(StoredBox).values(shelf=1),
    "a removal": delete(StoredBox),
}


@pytest.mark.parametrize("what", STATEMENTS)
async def test_a_statement_without_scope_does_not_run(shelf: RunningService, what: str) -> None:
    statement: Any = STATEMENTS[what]
    with pytest.raises(UnscopedStatement, match="box"):
        async with begin(shelf.work()) as tx:
            await tx.session.execute(statement)
    with pytest.raises(UnscopedStatement, match="box"):
        async with shelf.db.connect() as connection:
            await connection.execute(statement)


async def test_an_excuse_needs_a_reason(shelf: RunningService) -> None:
    with pytest.raises(AssertionError):
        unscoped("")
    async with begin(shelf.work()) as tx:
        await tx.session.execute(select(StoredBox.id).limit(1), execution_options=unscoped("a test looks"))


def test_the_service_itself_has_every_right_and_no_person() -> None:
    who = system("timer", "sla")
    assert (who.actor, who.user_id, who.scope("anything.at.all")) == ("timer:sla", None, Scope.ALL)
