"""Pages of random records, with duplicates and nulls, put together are exactly the ordered list."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest_asyncio
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from crm_kit import paging
from crm_kit.filtering import Field, Fields, FieldType

RECORD = sa.Table(
    "record",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("score", sa.Integer),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("amount", sa.Numeric(20, 6)),
    sa.Column("active", sa.Boolean),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("due_date", sa.Date),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("custom_fields", JSONB, nullable=False),
    sa.Index("record_newest", "create_time", "id"),
    sa.Index("record_mixed", sa.text("level DESC"), sa.text("create_time"), sa.text("id")),
)
FIELDS = Fields.of_entity(RECORD, [column.name for column in RECORD.c if column.name != "custom_fields"]).plus(
    [
        Field("custom_fields.size", FieldType.INTEGER, RECORD.c.custom_fields),
        Field("custom_fields.color", FieldType.TEXT, RECORD.c.custom_fields),
    ]
)
START = datetime(2026, 7, 1, tzinfo=UTC)


def records() -> list[dict[str, object]]:
    pick = random.Random(132)

    def maybe(*values: object) -> object:
        return pick.choice([None, *values])

    return [
        {
            "id": UUID(int=pick.getrandbits(128)),
            "name": pick.choice(["", "a", "A", "王", "é", "Z"]),
            "note": maybe("", "x", "X y", "王伟"),
            "score": maybe(-1, 0, 7, 2**31 - 1),
            "level": pick.choice([1, 2, 3]),
            "amount": maybe(Decimal("-0.000001"), Decimal(0), Decimal("12345678901234.123456")),
            "active": maybe(True, False),
            "create_time": START + timedelta(microseconds=pick.randrange(12)),
            "due_date": maybe(date(2026, 7, 1), date(2026, 7, 2)),
            "owner_id": maybe(UUID(int=1), UUID(int=2**127)),
            "custom_fields": pick.choice(
                [{}, {"size": None}, {"size": 1}, {"size": 2.5, "color": "red"}, {"color": ""}]
            ),
        }
        for _ in range(60)
    ]


@pytest_asyncio.fixture(scope="session")
async def connection(database_factory) -> AsyncIterator[AsyncConnection]:
    url = await database_factory.empty()
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        await connection.run_sync(RECORD.metadata.create_all)
        await connection.execute(sa.insert(RECORD), records())
        await connection.commit()
        yield connection
    await engine.dispose()


ORDERS = st.lists(
    st.tuples(st.sampled_from(sorted(FIELDS)), st.sampled_from(["", " asc", " desc"])).map("".join),
    max_size=4,
    unique_by=lambda part: part.split()[0],
).map(", ".join)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(order_by=ORDERS, size=st.integers(7, 40))
@example(order_by="score desc, note, level desc", size=7)
@example(order_by="create_time desc", size=7)
async def test_pages_put_together_are_the_whole_ordered_list(connection, order_by, size):
    whole = paging.page(order_by, 200, "", FIELDS, "q")
    expected = list((await connection.execute(sa.select(RECORD.c.id).order_by(*whole.order_by))).scalars())
    got, token = [], ""
    while True:
        page = paging.page(order_by, size, token, FIELDS, "q")
        statement = sa.select(RECORD.c.id, *page.columns).order_by(*page.order_by).limit(page.limit)
        if page.after is not None:
            statement = statement.where(page.after)
        rows = (await connection.execute(statement)).all()
        got += [row.id for row in rows[:size]]
        if len(rows) <= size:
            break
        token = page.token_for(rows[size - 1][1:])
    assert got == expected
    assert len(set(got)) == 60


async def plan(connection, order_by, values):
    token = paging.page(order_by, 10, "", FIELDS, "q").token_for(values)
    page = paging.page(order_by, 10, token, FIELDS, "q")
    statement = sa.select(RECORD.c.name).where(page.after).order_by(*page.order_by).limit(page.limit)
    sql = str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    await connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
    return "\n".join((await connection.exec_driver_sql(f"EXPLAIN {sql}")).scalars())


async def test_one_direction_starts_at_its_place_in_the_index(connection):
    explained = await plan(connection, "create_time desc", [START, UUID(int=5)])
    assert "Index Scan Backward using record_newest" in explained
    assert "Index Cond: (ROW(create_time, id) < ROW(" in explained
    assert "Sort" not in explained


async def test_mixed_directions_start_near_their_place_in_the_index(connection):
    explained = await plan(connection, "level desc, create_time", [2, START, UUID(int=5)])
    assert "Index Scan using record_mixed" in explained
    assert "Index Cond: (level <= " in explained
    assert "Sort" not in explained
