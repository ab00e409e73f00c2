"""A refused condition says what to do, in English and in Chinese."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from crm_kit.errors import InvalidArgument, PermissionDenied
from crm_kit.filtering import Field, Fields, FieldType, predicate, search, where

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
RECORD = sa.Table(
    "record",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("phone", sa.String(20)),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("score", sa.Integer),
    sa.Column("amount", sa.Numeric(20, 6)),
    sa.Column("active", sa.Boolean),
    sa.Column("create_time", sa.DateTime(timezone=True)),
    sa.Column("due_date", sa.Date),
    sa.Column("tags", ARRAY(sa.Text)),
    sa.Column("custom_fields", JSONB),
    sa.Column("search_text", sa.Text),
    sa.Column("search_grams", ARRAY(sa.Text)),
)
NAMES = ["id", "name", "phone", "state", "score", "amount", "active", "create_time", "due_date", "tags"]
FIELDS = Fields.of_entity(RECORD, NAMES, enums={"state": ["OPEN", "HELD"]}, search=["name", "phone"])
PLAIN = Fields.of_entity(RECORD, NAMES, enums={"state": ["OPEN", "HELD"]})


def refusal(text, fields=FIELDS, **options):
    with pytest.raises(InvalidArgument) as caught:
        where(text, fields, NOW, **options)
    with pytest.raises(InvalidArgument):
        predicate(text, fields, **options)
    [violation] = caught.value.violations
    return violation


@pytest.mark.parametrize(
    ("text", "reason", "en", "zh"),
    [
        ("scor = 1", "FIELD_UNKNOWN", "Did you mean score?", "您是否想用 score？"),
        ("zzz = 1", "FIELD_UNKNOWN", "Use one of: active, amount", "可用字段：active、amount"),
        ("state = LOST", "VALUE_REFUSED", "use one of OPEN, HELD", "可用值：OPEN, HELD"),
        ("state > OPEN", "COMPARATOR_REFUSED", "Use = or !=", "请使用 = 或 !="),
        ("score = many", "VALUE_REFUSED", "write a whole number", "请填写整数"),
        ("score = 1.5", "VALUE_REFUSED", "write a whole number", "请填写整数"),
        ("score = 99999999999999999999", "VALUE_REFUSED", "write a whole number", "请填写整数"),
        ("score = 1*", "VALUE_REFUSED", "only text takes wildcards", "只有文本可用通配符"),
        ("amount > 1e9999", "VALUE_REFUSED", "write a number", "请填写数字"),
        ("amount > NaN", "VALUE_REFUSED", "write a number", "请填写数字"),
        ("active = yes", "VALUE_REFUSED", "write true or false", "请填写 true 或 false"),
        ("create_time > yesterday", "VALUE_REFUSED", "write an instant with its zone", "请填写带时区的时间"),
        ("create_time > 2026-07-01T09:00:00", "VALUE_REFUSED", "with its zone", "带时区"),
        ("create_time > 2026-07-01T25:00:00Z", "VALUE_REFUSED", "with its zone", "带时区"),
        ("create_time > 0001-01-01", "VALUE_REFUSED", "with its zone", "带时区"),
        ("due_date = 2026-02-31", "VALUE_REFUSED", "write a date", "请填写日期"),
        ("id = 42", "VALUE_REFUSED", "the complete id", "完整的 ID"),
        ("score > now()", "VALUE_REFUSED", "holds no time", "不是时间"),
        ("create_time > last_week()", "FUNCTION_REFUSED", "days_ago(30)", "days_ago(30)"),
        ("create_time > days_ago(999999999)", "FUNCTION_REFUSED", "36500 days", "36500 天"),
        ("tags = vip", "COMPARATOR_REFUSED", 'Write tags:"value"', 'tags:"值"'),
        ("tags:vi*", "COMPARATOR_REFUSED", "without wildcard", "不用通配符"),
        ('name > "a*"', "COMPARATOR_REFUSED", "a wildcard needs =", "通配符只能与 ="),
        ("x", "SEARCH_REFUSED", "at least 2 characters", "至少 2 个字符"),
    ],
)
def test_a_refusal_says_what_to_do(text, reason, en, zh):
    violation = refusal(text)
    assert (violation.field, violation.reason) == ("filter", reason)
    assert en in violation.en
    assert zh in violation.zh


def test_a_bare_word_needs_a_list_with_search():
    assert refusal("acme", PLAIN).reason == "SEARCH_UNAVAILABLE"


def test_the_refusal_names_the_argument_that_carried_the_condition():
    assert refusal("zzz = 1", argument="rule.filter").field == "rule.filter"


@pytest.mark.parametrize("text", ["phone = 138*", "NOT phone:*", "score > 1 OR phone != x", "phone = (a OR b)"])
def test_a_hidden_field_may_not_be_filtered_by(text):
    hidden = frozenset({"phone"})
    with pytest.raises(PermissionDenied, match="phone"):
        where(text, FIELDS, NOW, unreadable=hidden)
    with pytest.raises(PermissionDenied) as caught:
        predicate(text, FIELDS, unreadable=hidden)
    assert "phone" in caught.value.text("zh-CN")


def test_hiding_an_object_hides_its_members():
    fields = FIELDS.plus([Field("custom_fields.size", FieldType.DECIMAL, RECORD.c.custom_fields)])
    with pytest.raises(PermissionDenied):
        where("custom_fields.size > 1", fields, NOW, unreadable=frozenset({"custom_fields"}))


def test_search_does_not_look_into_hidden_fields():
    record = {"name": "Acme", "phone": "13800138000"}
    assert predicate("13800138000", FIELDS)(record, NOW)
    assert not predicate("13800138000", FIELDS, unreadable=frozenset({"phone"}))(record, NOW)
    with pytest.raises(PermissionDenied):
        search("138", FIELDS, unreadable=frozenset({"phone", "name"}))


@pytest.mark.parametrize("text", ["a", " 王 ", "a b c", "x" * 201, "ab " * 9, "ab\ud800"])
def test_a_search_that_cannot_be_answered_is_refused(text):
    with pytest.raises(InvalidArgument) as caught:
        search(text, FIELDS)
    assert [(v.field, v.reason) for v in caught.value.violations] == [("search", "SEARCH_REFUSED")]


PIECES = ["AND", "OR", "NOT", "-", "(", ")", '"', "'", "*", "=", "!=", ":", "<", ".", ",", " ", "\\", "\0", "now()",
          "days_ago(", "name", "score", "tags", "state", "create_time", "1", "2026-07-01", "OPEN",
          "王伟", "true"]  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_any_text_is_a_condition_or_a_refusal(text):
    with contextlib.suppress(InvalidArgument):
        where(text, FIELDS, NOW)
    with contextlib.suppress(InvalidArgument):
        predicate(text, FIELDS)({"name": "a", "score": 1}, NOW)
    with contextlib.suppress(InvalidArgument):
        search(text, FIELDS)


def test_values_are_always_bound():
    text = """name = "x'; DROP TABLE record; --" AND tags:"y'" AND amount > 5"""
    compiled = where(text, FIELDS, NOW).compile(dialect=postgresql.dialect())
    assert "DROP" not in str(compiled)
    assert "x'; DROP TABLE record; --" in compiled.params.values()


def test_a_blank_condition_is_no_clause_and_holds_for_all():
    assert where(" ", FIELDS, NOW) is None
    assert predicate("", FIELDS)({}, NOW)


def test_a_day_is_a_day_of_the_zone_of_now():
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    holds = predicate("create_time = 2026-07-01", FIELDS)
    late_evening_before = {"create_time": datetime(2026, 6, 30, 17, tzinfo=UTC)}
    assert holds(late_evening_before, shanghai)
    assert not holds(late_evening_before, NOW)


def test_days_ago_counts_24_hours_back_from_now():
    holds = predicate("create_time > days_ago(1)", FIELDS)
    assert holds({"create_time": NOW - timedelta(hours=23)}, NOW)
    assert not holds({"create_time": NOW - timedelta(hours=25)}, NOW)


def test_a_declaration_that_cannot_work_fails_at_start_up():
    with pytest.raises(ValueError, match="declares no values"):
        Field("state", FieldType.ENUM)
    with pytest.raises(ValueError, match="not filterable"):
        Fields.of_entity(RECORD, ["custom_fields"])
    with pytest.raises(ValueError, match="no text field"):
        Fields([], search=[Field("score", FieldType.INTEGER)])
