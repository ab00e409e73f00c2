"""PostgreSQL and the Python predicate give the same answer to every condition about every record."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
import pytest_asyncio
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from crm_kit.filtering import Field, Fields, FieldType, grams, predicate, search, search_text, where

RECORD = sa.Table(
    "record",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("score", sa.Integer),
    sa.Column("amount", sa.Numeric(20, 6)),
    sa.Column("active", sa.Boolean),
    sa.Column("create_time", sa.DateTime(timezone=True)),
    sa.Column("due_date", sa.Date),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("tags", ARRAY(sa.Text)),
    sa.Column("custom_fields", JSONB(none_as_null=True)),
    sa.Column("search_text", sa.Text, nullable=False),
    sa.Column("search_grams", ARRAY(sa.Text), nullable=False),
)
STATES = ("OPEN", "HELD", "CLOSED")
TEXTS = ("", "a", "Acme", "ACME 50%", "acme_50", "a*b", "Straße", "ÉCOLE", "école", "ΣΑΣ", "σας", "İstanbul", "王伟",
         "上海王伟商贸", "a\\b", "x y", "Ａｃｍｅ", "ab王", "o'neil", 'say "hi"', "\n", "zed")  # fmt: skip
NUMBERS = (-3, 0, 1, 5, 60, 2**31 - 1)
AMOUNTS = tuple(map(Decimal, ("-3.5", "0", "0.1", "1", "60", "99999999999.123456")))
SHANGHAI = timezone(timedelta(hours=8))
NOW = datetime(2026, 7, 1, 2, 30, tzinfo=SHANGHAI)
DAYS = tuple(date(2026, 6, 28) + timedelta(days=n) for n in range(6))
INSTANTS = tuple(NOW.astimezone(UTC) + timedelta(hours=h) for h in (-49, -25, -24, -7, -3, -2, 0, 5, 22))
DAY_END = datetime(2026, 6, 30, 16, tzinfo=UTC)  # of the 30th of June in Shanghai
OWNERS = tuple(UUID(int=n) for n in (1, 2**100))
TAGS = ("vip", "new", "a b", "王")


def member(name: str, kind: FieldType, **facts: object) -> Field:
    return Field(f"custom_fields.{name}", kind, RECORD.c.custom_fields, **facts)


COLUMNS = [
    "id", "name", "note", "state", "score", "amount", "active", "create_time", "due_date", "owner_id", "tags",
]  # fmt: skip
INDEXED = Fields.of_entity(RECORD, COLUMNS, enums={"state": STATES}, search=["name", "note"]).plus([
    member("color", FieldType.TEXT),
    member("size", FieldType.INTEGER),
    member("price", FieldType.DECIMAL),
    member("gift", FieldType.BOOLEAN),
    member("seen", FieldType.TIMESTAMP),
    member("born", FieldType.DATE),
    member("kind", FieldType.ENUM, enum=STATES),
    member("labels", FieldType.TEXT, multi=True),
])  # fmt: skip
PLAIN = Fields(INDEXED.values(), search=INDEXED.search)


def records() -> list[dict[str, object]]:
    pick = random.Random(160)

    def maybe(*values: object) -> object:
        return pick.choice([None, *values])

    made: list[dict[str, object]] = []
    for number in range(150):
        custom = {
            "color": maybe(*TEXTS),
            "size": maybe(*NUMBERS),
            "price": maybe(0.1, 60, "99999999999.123456", 1.5, "not a number", -3.5),
            "gift": maybe(True, False),
            "seen": maybe(*(instant.isoformat() for instant in INSTANTS), "2026-07-01", "soon"),
            "born": maybe(*(day.isoformat() for day in DAYS), "2026-02-31", ""),
            "kind": maybe(*STATES),
            "labels": maybe([], ["vip"], ["vip", "a b"], ["王"]),
        }
        record: dict[str, object] = {
            "id": UUID(int=number),
            "name": pick.choice(TEXTS),
            "note": maybe(*TEXTS),
            "state": maybe("", *STATES),
            "score": maybe(*NUMBERS),
            "amount": maybe(*AMOUNTS),
            "active": maybe(True, False),
            "create_time": maybe(*INSTANTS),
            "due_date": maybe(*DAYS),
            "owner_id": maybe(*OWNERS),
            "tags": maybe([], ["vip"], ["vip", "new"], ["a b", "王"]),
            "custom_fields": {key: value for key, value in custom.items() if value is not None or number % 2} or None,
        }
        found_in = (record["name"], record["note"])
        made.append({**record, "search_text": search_text(*found_in), "search_grams": grams(*found_in)})
    made[0]["custom_fields"] = None
    return made


RECORDS = records()


@pytest_asyncio.fixture(scope="session")
async def connection(database_factory) -> AsyncIterator[AsyncConnection]:
    url = await database_factory.empty()
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        await connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        await connection.run_sync(RECORD.metadata.create_all)
        await connection.execute(sa.insert(RECORD), RECORDS)
        await connection.commit()
        yield connection
    await engine.dispose()


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("*", "\\*") + '"'


def text_values() -> st.SearchStrategy[str]:
    piece = st.sampled_from(TEXTS).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(
            lambda ends: text[min(ends) : max(ends)]
        )
    )
    cased = st.tuples(piece, st.sampled_from([str, str.upper, str.lower])).map(lambda pair: pair[1](pair[0]))
    exact = st.one_of(st.sampled_from(TEXTS), cased).map(quoted)
    wild = st.lists(cased, min_size=1, max_size=3).flatmap(
        lambda parts: st.sampled_from(["*{}", "{}*", "*{}*", "{}"]).map(
            lambda form: '"' + form.format("*".join(quoted(part)[1:-1] for part in parts)) + '"'
        )
    )
    return st.one_of(exact, wild)


def compared(names: list[str], comparators: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names), st.sampled_from(comparators), values).map(" ".join)


ALL, SAME = ["=", "!=", "<", "<=", ">", ">=", ":"], ["=", "!=", ":"]
TERMS = st.one_of(
    compared(["name", "note", "custom_fields.color"], SAME, text_values()),
    compared(["name", "note", "custom_fields.color"], ["<", "<=", ">", ">="], st.sampled_from(TEXTS).map(quoted)),
    compared(["state", "custom_fields.kind"], SAME, st.sampled_from([*STATES, '""'])),
    compared(["score", "custom_fields.size"], ALL, st.sampled_from([*map(str, NUMBERS), str(2**40)])),
    compared(["amount", "custom_fields.price"], ALL, st.sampled_from([f"{amount:f}" for amount in AMOUNTS])),
    compared(["active", "custom_fields.gift"], SAME, st.sampled_from(["true", "false"])),
    compared(
        ["create_time", "custom_fields.seen"],
        ALL,
        st.sampled_from([
            *(instant.isoformat() for instant in INSTANTS),
            *(instant.astimezone(SHANGHAI).isoformat() for instant in INSTANTS),
            *map(str, DAYS), "now()", "today()", "days_ago(1)", "days_ago(-1)",
        ]),
    ),
    compared(["due_date", "custom_fields.born"], ALL, st.sampled_from([*map(str, DAYS), "today()", "days_ago(2)"])),
    compared(["owner_id", "id"], SAME, st.sampled_from([*map(str, OWNERS), UUID(int=7).hex])),
    compared(["tags", "custom_fields.labels"], [":"], st.sampled_from(TAGS).map(quoted)),
    st.tuples(st.sampled_from(sorted(INDEXED)), st.sampled_from([":*", "=*", "!=*"])).map("".join),
    st.sampled_from(["acme", "王伟", "50%", '"x y"', "STRASSE", "straße", "école", "ab", "b王", "ＡＣＭＥ", "zz"]),
)  # fmt: skip
FILTERS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        inner.map("NOT ({})".format),
        inner.map("-({})".format),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(f'({part})' for part in parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: " ".join(f"({part})" for part in parts)),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=FILTERS, fields=st.sampled_from([INDEXED, PLAIN]), hidden=st.sampled_from([frozenset(), frozenset({"x"})]))
@example(text="NOT (score > 5)", fields=INDEXED, hidden=frozenset())
@example(text='name : "*%*"', fields=INDEXED, hidden=frozenset())
async def test_sql_and_predicate_agree(connection, text, fields, hidden):
    clause = where(text, fields, NOW, unreadable=hidden)
    by_sql = set((await connection.execute(sa.select(RECORD.c.id).where(clause))).scalars())
    holds = predicate(text, fields, unreadable=hidden)
    by_python = {record["id"] for record in RECORDS if holds(record, NOW)}
    assert by_sql == by_python


@pytest.mark.parametrize("term", ["acme", "王伟", "50%", "straße"])
async def test_search_that_must_skip_a_hidden_field_agrees_too(connection, term):
    hidden = frozenset({"note"})
    clause = where(term, INDEXED, NOW, unreadable=hidden)
    by_sql = set((await connection.execute(sa.select(RECORD.c.id).where(clause))).scalars())
    holds = predicate(term, INDEXED, unreadable=hidden)
    assert by_sql == {record["id"] for record in RECORDS if holds(record, NOW)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("score > 5", lambda r: r["score"] is not None and r["score"] > 5),
        ("NOT score > 5", lambda r: r["score"] is None or r["score"] <= 5),
        ("state != OPEN", lambda r: r["state"] != "OPEN"),
        ("state != OPEN state:*", lambda r: r["state"] not in {"OPEN", "", None}),
        ("NOT note:*", lambda r: not r["note"]),
        ('note = ""', lambda r: not r["note"]),
        ("tags:vip", lambda r: "vip" in (r["tags"] or [])),
        ("NOT tags:*", lambda r: not r["tags"]),
        ('name = "ac*"', lambda r: r["name"].startswith("ac")),
        ('name : "ac*"', lambda r: r["name"][:2].lower() == "ac"),
        ("name:É", lambda r: "É" in r["name"].upper()),
        ("create_time <= 2026-06-30", lambda r: r["create_time"] and r["create_time"] < DAY_END),
        ("state = (OPEN OR HELD)", lambda r: r["state"] in {"OPEN", "HELD"}),
    ],
)  # fmt: skip
async def test_a_condition_means_what_the_rules_say(connection, text, expected):
    found = set((await connection.execute(sa.select(RECORD.c.id).where(where(text, INDEXED, NOW)))).scalars())
    assert found == {record["id"] for record in RECORDS if expected(record)}
    assert found


async def test_every_word_of_a_search_must_be_found(connection):
    clause = search("上海 王伟", INDEXED)
    found = (await connection.execute(sa.select(RECORD.c.name, RECORD.c.note).where(clause))).all()
    assert found
    assert all("上海王伟商贸" in row or ("王伟" in row and "上海" in str(row)) for row in found)
