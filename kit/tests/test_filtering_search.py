"""What a writer stores for search, and that both indexes are really used."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from crm_kit.filtering import Field, Fields, FieldType, grams, search, search_text

COMPANY = sa.Table(
    "company",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("search_text", sa.Text, nullable=False),
    sa.Column("search_grams", ARRAY(sa.Text), nullable=False),
    sa.Index("company_text", "search_text", postgresql_using="gin", postgresql_ops={"search_text": "gin_trgm_ops"}),
    sa.Index("company_grams", "search_grams", postgresql_using="gin"),
)
FIELDS = Fields(
    [],
    search=[Field("name", FieldType.TEXT, COMPANY.c.name)],
    search_text=COMPANY.c.search_text,
    search_grams=COMPANY.c.search_grams,
)
NAMES = [
    "Acme Ltd",
    "上海王伟商贸有限公司",
    "ＡＣＭＥ（中国）",
    "Zhang Wei",
    "卡拉OK连锁",
    "Straße GmbH",
    "カラオケ",
    "50% off_",
]


def test_grams_are_pairs_with_a_chinese_character_in_them():
    assert grams("王伟", "卡拉OK", None, "Acme") == ["卡拉", "拉o", "王伟"]
    assert grams("王", "王 伟") == []


def test_search_text_is_folded_and_keeps_fields_apart():
    assert search_text("ＡＣＭＥ  Ltd", None, "Straße") == " acme ltd\n strasse\n"


@given(st.text(), st.text())
def test_grams_of_a_part_are_grams_of_the_whole(before, after):
    part = "王伟ok"
    assert set(grams(part)) <= set(grams(before + part + after))


@pytest_asyncio.fixture(scope="session")
async def connection(database_factory) -> AsyncIterator[AsyncConnection]:
    url = await database_factory.empty()
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    filler = [f"Filler {number:04d} 填充{chr(0x4E00 + number)}公司" for number in range(2000)]
    rows = [
        {"id": at, "name": name, "search_text": search_text(name), "search_grams": grams(name)}
        for at, name in enumerate([*NAMES, *filler])
    ]
    async with engine.connect() as connection:
        await connection.execute(sa.text("CREATE EXTENSION pg_trgm"))
        await connection.run_sync(COMPANY.metadata.create_all)
        await connection.execute(sa.insert(COMPANY), rows)
        await connection.execute(sa.text("ANALYZE company"))
        await connection.commit()
        yield connection
    await engine.dispose()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ACME", ["Acme Ltd", "ＡＣＭＥ（中国）"]),
        ("王伟", ["上海王伟商贸有限公司"]),
        ("王伟 上海", ["上海王伟商贸有限公司"]),
        ("伟商贸", ["上海王伟商贸有限公司"]),
        ("上海伟", []),
        ("拉ok", ["卡拉OK连锁"]),
        ("zh", ["Zhang Wei"]),
        ("ha", []),
        ("wei zhang", ["Zhang Wei"]),
        ("strasse", ["Straße GmbH"]),
        ("カラ", ["カラオケ"]),
        ("50%", ["50% off_"]),
        ("0_", []),
        ("ff_", ["50% off_"]),
    ],
)
async def test_search_finds_what_contains_every_word(connection, text, names):
    statement = sa.select(COMPANY.c.name).where(search(text, FIELDS))
    assert sorted((await connection.execute(statement)).scalars()) == sorted(names)


@pytest.mark.parametrize(
    ("text", "index"),
    [("zhang", "company_text"), ("zh", "company_text"), ("王伟", "company_grams"), ("伟商贸", "company_grams"),
     ("拉ok", "company_grams"), ("zhang 王", "company_text")],
)  # fmt: skip
async def test_each_kind_of_search_has_its_index(connection, text, index):
    statement = sa.select(COMPANY.c.id).where(search(text, FIELDS))
    sql = str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # the table is small; the question is "can it?"
    plan = "\n".join((await connection.exec_driver_sql(f"EXPLAIN {sql}")).scalars())
    assert f"Bitmap Index Scan on {index}" in plan
