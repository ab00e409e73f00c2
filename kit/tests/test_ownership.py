"""Records follow their unit and their owner: all, once, and whoever stands in the way is named."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text, true

from crm_kit import handover, ownership
from crm_kit.database import Database
from crm_kit.handover import Handover, Transferable
from crm_kit.moves import Move, path_now
from crm_kit.ownership import Leftovers, Place, Span
from crm_kit.testing.service import RunningService
from crm_kit.tx import begin

from .shelf import BoxOpened, Record, StoredBox

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOX = Place(StoredBox.__table__, "unit_path")


def fresh() -> Span:
    name = uuid4().hex[:8]
    return Span(f"/hq/{name}/", f"/hq/there/{name}/")


async def boxes(shelf: RunningService, path: str, count: int, **facts: Any) -> list[UUID]:
    made = [StoredBox(id=uuid4(), name=f"box {number}", unit_path=path, **facts) for number in range(count)]
    async with begin(shelf.work()) as tx:
        await tx.add_many(made)
    return [box.id for box in made]


async def move_all(shelf: RunningService, span: Span, leftovers: Leftovers, most: int = 5_000) -> list[int]:
    pieces = []
    while True:
        async with begin(shelf.work()) as tx:
            pieces.append(await ownership.move_unit(tx, BOX, span, leftovers, most))
        if not pieces[-1]:
            return pieces


async def at(shelf: RunningService, path: str) -> list[Any]:
    statement = text(
        "SELECT id, unit_path, version, event_seq, owner_id FROM box WHERE unit_path LIKE :path ORDER BY id"
    )
    async with shelf.db.connect() as connection:
        return list((await connection.execute(statement, {"path": f"{path}%"})).all())


async def test_rows_at_and_below_the_former_path_move_in_pieces_and_others_stay(shelf: RunningService) -> None:
    span = fresh()
    await boxes(shelf, span.former_path, 5)
    await boxes(shelf, f"{span.former_path}d1/", 2)
    neighbour = span.former_path[:-1] + "0/"
    await boxes(shelf, neighbour, 1)
    assert await move_all(shelf, span, Leftovers(), 3) == [3, 3, 1, 0]
    assert {row.unit_path for row in await at(shelf, span.path)} == {span.path, f"{span.path}d1/"}
    assert len(await at(shelf, neighbour)) == 1


async def test_a_row_that_moved_has_a_new_version_and_a_fact_and_is_no_event(shelf: RunningService) -> None:
    span = fresh()
    [key] = await boxes(shelf, span.former_path, 1)
    await move_all(shelf, span, Leftovers())
    [row] = await at(shelf, span.path)
    assert (row.version, row.event_seq) == (2, 0)
    async with shelf.db.connect() as connection:
        found = await connection.execute(
            text("SELECT details FROM audit_entry WHERE record_id = :id AND action = 'update'"), {"id": key}
        )
        assert found.scalar_one() == {"unit_path": {"old": span.former_path, "new": span.path}}


async def test_a_row_somebody_holds_is_left_for_later(shelf: RunningService) -> None:
    span = fresh()
    [held, free] = await boxes(shelf, span.former_path, 2)
    async with begin(shelf.work()) as other:
        await other.load(StoredBox, held)
        async with begin(shelf.work()) as tx:
            assert await ownership.move_unit(tx, BOX, span, Leftovers()) == 1
            assert await ownership.waiting(tx, BOX, span, Leftovers())
    assert [row.id for row in await at(shelf, span.path)] == [free]
    await move_all(shelf, span, Leftovers())
    assert len(await at(shelf, span.path)) == 2


async def test_a_row_whose_place_is_taken_stays_and_is_named_and_the_others_move(shelf: RunningService) -> None:
    span = fresh()
    await boxes(shelf, span.former_path, 40)
    [excluded] = await boxes(shelf, span.former_path, 1, maker="Acme")
    await boxes(shelf, span.path, 1, maker="Acme")
    leftovers = Leftovers()
    await move_all(shelf, span, leftovers)
    assert [row.id for row in await at(shelf, span.former_path)] == [excluded]
    assert leftovers.ids["box"] == [excluded]
    assert str(excluded) in str(leftovers)


async def test_columns_of_paths_are_found_by_their_name() -> None:
    assert list(ownership.places(Record.metadata)) == [BOX]
    assert list(ownership.places(Record.metadata, [StoredBox.__table__])) == []


async def test_a_series_of_numbers_goes_on_at_the_new_place(shelf: RunningService) -> None:
    span = fresh()
    await shelf.db.numbers.take("BX", span.former_path, 2026, 3)
    other = Database(shelf.db.url.render_as_string(hide_password=False))
    assert await other.numbers.take("BX", span.path, 2026) == ["BX-2026-000001"]
    await other.numbers.take("BX", span.former_path, 2026, 100)
    async with begin(shelf.work()) as tx:
        await ownership.move_numbers(tx, span)
    assert int((await shelf.db.numbers.take("BX", span.path, 2026))[0][-6:]) > 100
    await other.dispose()


def opened(_box: Any, _handover: Handover) -> Any:
    return BoxOpened()


async def test_open_records_change_hands_and_each_is_announced_with_its_new_state(shelf: RunningService) -> None:
    span = fresh()
    former, owner = uuid4(), uuid4()
    mine = await boxes(shelf, span.former_path, 3, owner_id=former, weight=1)
    finished = await boxes(shelf, span.former_path, 1, owner_id=former, weight=9)
    elsewhere = await boxes(shelf, "/elsewhere/", 1, owner_id=former, weight=1)
    kind = Transferable(StoredBox, StoredBox.__table__.c.weight < 9, opened)
    given = Handover(uuid4(), former, owner, (span.former_path,), keep_reading=True, reason="leaves")
    counts = []
    for _ in range(3):
        async with begin(shelf.work()) as tx:
            counts.append(await handover.hand_over(tx, kind, given, 2))
    assert counts == [2, 1, 0]
    held = {row.id: row.owner_id for row in await at(shelf, "/")}
    assert {held[key] for key in mine} == {owner}
    assert {held[key] for key in (*finished, *elsewhere)} == {former}
    async with shelf.db.connect() as connection:
        told = await connection.execute(
            text("SELECT count(*) FROM outbox WHERE item_ids && CAST(:ids AS uuid[])"), {"ids": mine}
        )
        shares = await connection.execute(
            text("SELECT access FROM record_share WHERE grantee = :who"), {"who": f"user:{former}"}
        )
        assert told.scalar_one() == 2
        assert [row.access for row in shares] == ["READ"] * 3


async def test_without_an_event_of_its_own_a_record_changes_hands_silently(shelf: RunningService) -> None:
    span = fresh()
    former, owner = uuid4(), uuid4()
    await boxes(shelf, span.former_path, 1, owner_id=former)
    given = Handover(uuid4(), former, owner, (span.former_path,))
    async with begin(shelf.work()) as tx:
        assert await handover.hand_over(tx, Transferable(StoredBox, true()), given) == 1
    [row] = await at(shelf, span.former_path)
    assert (row.owner_id, row.version, row.event_seq) == (owner, 2, 0)


def test_a_path_said_before_the_end_of_a_move_is_read_as_where_the_unit_is_now() -> None:
    there = Move("/hq/east/d1/", "/hq/west/d1/", NOON)
    back = Move("/hq/west/d1/", "/hq/east/d1/", NOON + timedelta(hours=2))
    under_way = Move("/hq/south/", "/hq/north/", None)
    assert path_now("/hq/east/d1/shop/", NOON - timedelta(hours=1), [there]) == "/hq/west/d1/shop/"
    assert path_now("/hq/east/d1/", NOON + timedelta(hours=1), [there]) == "/hq/east/d1/"
    assert path_now("/hq/east/d1/", NOON - timedelta(hours=1), [there, back]) == "/hq/east/d1/"
    assert path_now("/hq/west/d1/", NOON + timedelta(hours=1), [there, back]) == "/hq/east/d1/"
    assert path_now("/hq/south/x/", NOON, [there, back, under_way]) == "/hq/north/x/"
    assert path_now("/hq/southern/", NOON, [under_way]) == "/hq/southern/"
