"""Many rows at once are stored exactly as one by one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from crm_kit.call import Call
from crm_kit.errors import PermissionDenied
from crm_kit.principal import Scope
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import StoredBox, boxes

FULL: dict[str, Any] = {
    "name": "箱子",
    "kind": "CRATE",
    "size": Decimal("2.5"),
    "price": Decimal("19.90"),
    "price_currency": "CNY",
    "weight": 0,
    "tags": ["red", "a,b"],
    "part_ids": [uuid4()],
    "pack_date": date(2026, 11, 23),
    "open_time": datetime(2026, 1, 1, tzinfo=UTC),
    "labels": [{"text": '"quoted"'}],
    "custom_fields": {"tier": "gold"},
}


async def test_copied_rows_equal_inserted_rows(shelf: RunningService) -> None:
    call = Call(shelf.db, somebody(), "shelf.box.create")
    async with begin(call) as tx:
        inserted = tx.add(StoredBox(**FULL))
        copied = StoredBox(**FULL)
        await tx.add_many([copied])
    one = await boxes.find(call, inserted.id)
    two = await boxes.find(call, copied.id)
    one.id = two.id = ""
    assert one == two
    assert copied.version == 1


async def test_copied_rows_have_row_facts_and_roll_back(shelf: RunningService) -> None:
    call = Call(shelf.db, somebody(), "shelf.box.create")
    made = [StoredBox(name=str(n), kind="TIN") for n in range(300)]
    async with begin(call) as tx:
        await tx.add_many(made)
    count = text("SELECT count(*) FROM audit_entry WHERE actor = :actor AND action = 'insert'")
    async with shelf.db.connect() as connection:
        assert (await connection.execute(count, {"actor": call.principal.actor})).scalar_one() == 300
    lost = StoredBox(name="lost", kind="TIN")

    async def fail() -> None:
        async with begin(call) as tx:
            await tx.add_many([lost])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    rows = text("SELECT 1 FROM box WHERE id = :id")
    async with shelf.db.connect() as connection:
        assert (await connection.execute(rows, {"id": lost.id})).all() == []


async def test_many_rows_obey_the_caller_s_scope_unless_the_house_placed_them(shelf: RunningService) -> None:
    call = Call(shelf.db, somebody(unit_path="/hq/d1/", scope=Scope.UNIT), "shelf.box.create")
    with pytest.raises(PermissionDenied):
        async with begin(call) as tx:
            await tx.add_many([StoredBox(name="x", kind="TIN", unit_path="/hq/d2/")])
    async with begin(call) as tx:
        await tx.add_many([StoredBox(name="x", kind="TIN", unit_path="/hq/d2/")], by_rule=True)
    async with begin(call) as tx:
        await tx.add_many([])
