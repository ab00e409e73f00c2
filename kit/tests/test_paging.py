"""What a list request may ask about order, size and page, and what it is told when it may not."""

import base64
from decimal import Decimal

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_kit import paging
from crm_kit.errors import InvalidArgument, PermissionDenied
from crm_kit.filtering import Field, Fields, FieldType

RECORD = sa.Table(
    "record",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("due_date", sa.Date),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tags", ARRAY(sa.Text)),
    sa.Column("custom_fields", JSONB),
)
FIELDS = Fields.of_entity(
    RECORD,
    ["id", "score", "due_date", "create_time", "state", "tags"],
    enums={"state": ["OPEN"]},
    unsortable=["state"],
).plus([Field("custom_fields.size", FieldType.INTEGER, RECORD.c.custom_fields)])
ID = "00000000-0000-0000-0000-00000000002a"


def page(order_by="", page_size=0, page_token="", query=("lead", "", ""), **options):
    return paging.page(order_by, page_size, page_token, FIELDS, paging.query_hash(*query), **options)


def sql(*expressions):
    return ", ".join(str(item.compile(dialect=postgresql.dialect())) for item in expressions)


def refusal(**asked):
    with pytest.raises(InvalidArgument) as caught:
        page(**asked)
    [violation] = caught.value.violations
    assert violation.en
    assert violation.zh
    return violation.field, violation.reason


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("", "record.id DESC"),
        ("score", "record.score ASC, record.id ASC"),
        (" score  desc ", "record.score DESC, record.id DESC"),
        ("score desc, create_time asc", "record.score DESC, record.create_time ASC, record.id ASC"),
        ("due_date", "record.due_date ASC, record.id ASC"),
        ("due_date desc", "record.due_date DESC NULLS LAST, record.id DESC"),
        ("id, score", "record.id ASC"),
    ],
)
def test_every_order_ends_with_the_id_in_the_direction_of_the_last_key(order_by, expected):
    assert sql(*page(order_by).order_by) == expected


@pytest.mark.parametrize(("asked", "limit"), [(0, 51), (1, 2), (200, 201), (5000, 201)])
def test_a_page_has_50_records_unless_asked_and_never_more_than_200(asked, limit):
    assert page(page_size=asked).limit == limit


@pytest.mark.parametrize(
    ("order_by", "reason"),
    [
        ("scor", "FIELD_UNKNOWN"),
        ("score down", "ORDER_SYNTAX"),
        ("score, ", "ORDER_SYNTAX"),
        ("score; drop table record", "ORDER_SYNTAX"),
        ("tags", "ORDER_REFUSED"),
        ("state", "ORDER_REFUSED"),
        ("score, score desc", "ORDER_REFUSED"),
        (",".join(FIELDS), "ORDER_REFUSED"),
    ],
)
def test_an_order_that_is_not_offered_is_refused(order_by, reason):
    assert refusal(order_by=order_by) == ("order_by", reason)


def test_a_negative_size_is_refused():
    assert refusal(page_size=-1) == ("page_size", "PAGE_SIZE_NEGATIVE")


def test_a_hidden_field_may_not_be_ordered_by():
    with pytest.raises(PermissionDenied, match="score"):
        page("score desc", unreadable=frozenset({"score"}))


def test_keys_in_one_direction_become_one_row_comparison():
    token = page("create_time desc").token_for(["2026-07-01T00:00:00+00:00", ID])
    after = page("create_time desc", page_token=token).after
    assert sql(after).startswith("(record.create_time, record.id) < (")


def test_a_token_works_for_another_page_size():
    token = page("score", page_size=10).token_for([5, ID])
    assert page("score", page_size=20, page_token=token).after is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"order_by": "score desc"},
        {"order_by": ""},
        {"query": ("lead", "score > 5", "")},
        {"query": ("lead", "", "acme")},
    ],
)
def test_a_token_is_refused_by_another_query(changed):
    token = page("score").token_for([5, ID])
    asked = {"order_by": "score", **changed}
    assert refusal(page_token=token, **asked) == ("page_token", "PAGE_TOKEN_OF_ANOTHER_QUERY")


def forged(*values, order_by="score"):
    content = [page(order_by).fingerprint, *values]
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("token", "order_by"),
    [
        ("x", "score"),
        ("王", "score"),
        ("=" * 5, "score"),
        ("e30", "score"),
        ("W10", "score"),
        ("A" * 20_000, "score"),
        (forged(), "score"),
        (forged("5"), "score"),
        (forged(5, ID), "score"),
        (forged("five", ID), "score"),
        (forged("9" * 19, ID), "score"),
        (forged("5", "no id"), "score"),
        (forged("soon", ID, order_by="create_time"), "create_time"),
        (forged("0001-01-01T00:00:00+23:00", ID, order_by="create_time"), "create_time"),
        (forged("1e999999", ID, order_by="custom_fields.size"), "custom_fields.size"),
    ],
)
def test_a_damaged_token_is_refused(token, order_by):
    assert refusal(page_token=token, order_by=order_by) == ("page_token", "PAGE_TOKEN_DAMAGED")


@pytest.mark.parametrize("value", [Decimal("1e-30"), Decimal("1e200"), Decimal("-0.5")])
def test_a_value_no_condition_could_name_still_comes_back_from_its_token(value):
    token = page("custom_fields.size").token_for([value, ID])
    after = page("custom_fields.size", page_token=token).after
    assert value in after.compile(dialect=postgresql.dialect()).params.values()


def test_a_nul_in_a_forged_token_never_reaches_the_database():
    fields = Fields([Field("id", FieldType.UUID, RECORD.c.id), Field("state", FieldType.TEXT, RECORD.c.state)])
    first = paging.page("state", 0, "", fields, "leads")
    after = paging.page("state", 0, first.token_for(["a\0b", ID]), fields, "leads").after
    assert "ab" in after.compile(dialect=postgresql.dialect()).params.values()
