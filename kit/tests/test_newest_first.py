"""Pages newest first: the right ones for every scope, at a cost that follows from how wide the scope is."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, event, text

from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.principal import Position, Principal, Scope
from crm_kit.row_context import NOTHING, context_of
from crm_kit.testing.service import RunningService

from .shelf import boxes, message

BOXES, UNITS = 20_000, 200
ADA = UUID(int=7)
# Unit 0 has one box, the last tenth of the units are one region, the rest lie under headquarters.
FILL = f"""
    ALTER TABLE box DISABLE TRIGGER USER;
    INSERT INTO box (id, version, event_seq, name, kind, maker, price_currency, shelf, tags, part_ids, labels,
        custom_fields, owner_id, unit_path, create_time, update_time)
    SELECT uuidv7(interval '1 second' * (n - {BOXES})), 1, 1, 'x', 'TIN', '', '', n, '{{}}', '{{}}', '[]', '{{}}',
        CASE WHEN n % 40 = 3 THEN '{ADA}'::uuid END,
        CASE WHEN n = 777 THEN '/hq/one/' WHEN u < {UNITS // 10} THEN '/hq/east/d' || u || '/' ELSE '/hq/far/d' || u || '/' END,
        now() - interval '1 second' * ({BOXES} - n / 2), now()
    FROM (SELECT n, abs(hashint4(n)) % {UNITS} AS u FROM generate_series(1, {BOXES}) n) made;
    ANALYZE box
"""
WHY = unscoped("a test looks at all")
REGION = "unit_path LIKE '/hq/east/%'"
OWN = f"owner_id = '{ADA}' OR (owner_id IS NULL AND unit_path = '/hq/east/d3/')"


@pytest.fixture(autouse=True)
async def stock(shelf: RunningService) -> None:
    async with shelf.db.connect() as connection:
        if (await connection.execute(text("SELECT id FROM box LIMIT 1"), execution_options=WHY)).first() is None:
            await shelf.administer(FILL)
            await shelf.administer("VACUUM box")


def somebody_at(shelf: RunningService, *paths: str, scope: Scope = Scope.SUBTREE) -> Call:
    served = shelf.db.seeing_everything()
    served.usual = NOTHING
    first, *more = (Position(path, (("*", scope),)) for path in paths)
    who = Principal(str(ADA), unit_path=first.unit_path, grants=first.grants, positions=tuple(more))
    return Call(served, who, "shelf.box.list")


async def shown(call: Call, **asked: Any) -> Any:
    return await boxes.list(message("ListBoxesRequest")(**asked), call)


async def oracle(shelf: RunningService, condition: str) -> list[str]:
    statement = text(f"SELECT id FROM box WHERE {condition} ORDER BY create_time DESC, id DESC")
    async with shelf.db.connect() as connection:
        return [str(key) for key in (await connection.execute(statement, execution_options=WHY)).scalars()]


@pytest.mark.parametrize(
    ("paths", "scope", "condition"),
    [
        (["/hq/"], Scope.SUBTREE, "true"),
        (["/hq/"], Scope.ALL, "true"),
        (["/hq/east/"], Scope.SUBTREE, REGION),
        (["/hq/one/"], Scope.SUBTREE, "unit_path = '/hq/one/'"),
        (["/hq/east/d3/"], Scope.UNIT, "unit_path = '/hq/east/d3/'"),
        (["/hq/east/", "/hq/one/"], Scope.SUBTREE, f"{REGION} OR unit_path = '/hq/one/'"),
        (["/hq/east/d3/"], Scope.OWN, OWN),
        (["/hq/nowhere/"], Scope.SUBTREE, "false"),
    ],
)
async def test_page_after_page_shows_all_that_the_scope_holds_newest_first(
    shelf: RunningService, paths: Sequence[str], scope: Scope, condition: str
) -> None:
    call, wanted = somebody_at(shelf, *paths, scope=scope), await oracle(shelf, condition)
    found: list[str] = []
    token = ""
    while len(found) < min(len(wanted), 450) or token:
        page = await shown(call, page_size=150, page_token=token)
        found += [box.id for box in page.boxes]
        token = page.next_page_token if len(found) < 450 else ""
        if not page.boxes:
            break
    assert found == wanted[: max(450, len(found))]


async def test_a_wide_scope_that_lost_its_records_still_shows_what_is_left(shelf: RunningService) -> None:
    call = somebody_at(shelf, "/hq/east/")
    await shown(call)
    async with shelf.db.connect() as connection:
        gone = text(f"UPDATE box SET delete_time = now() WHERE {REGION} AND shelf <> 25 AND shelf > 25")
        await connection.execute(gone, execution_options=WHY)
    try:
        left = await oracle(shelf, f"{REGION} AND delete_time IS NULL")
        assert [box.id for box in (await shown(call, page_size=200)).boxes] == left
    finally:
        await shelf.administer("UPDATE box SET delete_time = NULL")
        await shelf.administer("VACUUM ANALYZE box")


async def test_what_is_shared_is_among_the_newest(shelf: RunningService) -> None:
    far = (await oracle(shelf, "unit_path LIKE '/hq/far/%'"))[0]
    await shelf.administer(
        "INSERT INTO record_share (id, record_type, record_id, grantee, access, reason, granted_by, create_time) "
        f"VALUES (gen_random_uuid(), 'box', '{far}', 'user:{ADA}', 'READ', '', 'user:x', now())"
    )
    wanted = (await oracle(shelf, f"{REGION} OR id = '{far}'"))[:50]
    for place in ("/hq/east/", "/hq/one/"):
        call = replace(somebody_at(shelf, place), shared=True)
        assert far in [box.id for box in (await shown(call)).boxes]
    assert [box.id for box in (await shown(replace(somebody_at(shelf, "/hq/east/"), shared=True))).boxes] == wanted


class Told:
    """What PostgreSQL did for a page: the indexes it read, and how many rows in all."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.text = "\n".join(lines)
        self.indexes = set(re.findall(r"(?:using|on) (ix_\w+|pk_\w+)", self.text))
        self.sequential = "Seq Scan on box" in self.text
        passed = re.findall(r"Rows Removed by Filter: (\d+)", self.text)
        read = re.findall(r"(?:Index Only Scan|Index Scan)[^\n]*rows=([\d.]+)", self.text)
        self.rows = sum(map(int, passed)) + sum(map(float, read))


async def done_for(call: Call) -> Told:
    sent: list[tuple[str, Any]] = []

    def note(connection: Connection, _: Any, statement: str, values: Any, *_more: Any) -> None:
        if connection.engine.url == call.db.url and "LIMIT" in statement:
            sent.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await shown(call)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    statement, values = sent[-1]
    explain = f"EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) {statement}"
    return Told([row[0] for row in await call.db.reader.fetch(explain, values, context_of(call))])


@pytest.mark.parametrize(
    ("path", "index", "most"),
    [
        ("/hq/", "ix_box_newest", 120),
        ("/hq/east/", "ix_box_newest", 1_000),
        ("/hq/east/d3/", "ix_box_scope", 250),
        ("/hq/one/", "ix_box_scope", 5),
    ],
)
async def test_a_page_reads_few_rows_by_the_index_that_suits_its_scope(
    shelf: RunningService, path: str, index: str, most: int
) -> None:
    did = await done_for(somebody_at(shelf, path))
    assert index in did.indexes, did.text
    assert not did.sequential, did.text
    assert did.rows <= most, did.text


async def test_a_wide_scope_is_walked_to_whatever_the_statistics_say(shelf: RunningService) -> None:
    await shelf.administer("DELETE FROM pg_statistic WHERE starelid = 'box'::regclass")
    try:
        did = await done_for(somebody_at(shelf, "/hq/east/"))
    finally:
        await shelf.administer("ANALYZE box")
    assert "ix_box_newest" in did.indexes, did.text
    assert did.rows <= 1_000, did.text


async def test_how_wide_a_scope_is_gets_measured_once(shelf: RunningService) -> None:
    sent: list[str] = []

    def note(_connection: Connection, _: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    db = Database(shelf.db.url.render_as_string(hide_password=False))
    event.listen(Engine, "before_cursor_execute", note)
    try:
        for _ in range(3):
            who = Principal(str(uuid4()), unit_path="/hq/east/", grants=(("*", Scope.SUBTREE),))
            await shown(Call(db, who, "shelf.box.list"))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        await db.dispose()
    assert sum("reltuples" in statement for statement in sent) == 1
    assert sum("FROM box" in statement for statement in sent) == 4
