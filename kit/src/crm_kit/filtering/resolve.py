"""From sentence structure to a checked condition: names become fields, texts become typed values, sugar is unfolded."""

from crm_kit.blind_index import Digest, Form, Mark, index_of, sought_marks
from crm_kit.filtering.conditions import Condition, Every, Found, Nay, Operator, Some, Test
from crm_kit.filtering.faults import FieldUnreadable, QueryError, comparator_refused, value_refused
from crm_kit.filtering.fields import Field, Fields, FieldType
from crm_kit.filtering.freetext import SHORTEST, fold, normal, refused
from crm_kit.filtering.syntax import And, Argument, Literal, Node, Not, Or, Restriction, Search
from crm_kit.filtering.values import Day, value_of

WORDED = {FieldType.TEXT, FieldType.ENUM}
UNORDERED = {FieldType.ENUM, FieldType.BOOLEAN, FieldType.UUID}
EQUALS, DIFFERS, HAS = "=", "!=", ":"


def resolve(node: Node, fields: Fields, unreadable: frozenset[str] = frozenset()) -> Condition:
    """The checked condition, or a QueryError; FieldUnreadable when it asks about a field hidden from the caller."""
    match node:
        case Search(literal):
            return searched(literal, fields, unreadable)
        case Restriction(name, comparator, argument):
            field = fields.named(name)
            fields.refuse_unreadable([name], unreadable)
            if field.blind is not None:
                return recognised(field, comparator, argument, fields)
            return restricted(field, comparator, argument)
        case Not(part):
            return Nay(resolve(part, fields, unreadable))
        case And(parts):
            return Every(tuple(resolve(part, fields, unreadable) for part in parts))
        case Or(parts):
            return Some(tuple(resolve(part, fields, unreadable) for part in parts))


def restricted(field: Field, comparator: str, argument: Argument) -> Condition:  # one per form
    if isinstance(argument, Literal) and argument.is_star and comparator in {EQUALS, DIFFERS, HAS}:
        present = Test(field, "present")
        return Nay(present) if comparator == DIFFERS else present
    if field.multi:
        return element(field, comparator, argument)
    if isinstance(argument, Literal) and argument.stars:
        return wild(field, comparator, argument)
    if comparator == DIFFERS:
        return Nay(equal(field, argument))
    if comparator == EQUALS or (comparator == HAS and field.type is not FieldType.TEXT):
        return equal(field, argument)
    if comparator == HAS:
        return Test(field, "contains", value_of(field, argument))
    return ordered(field, comparator, argument)


def recognised(field: Field, comparator: str, argument: Argument, fields: Fields) -> Condition:
    """A sealed value is compared as a whole, by its digest."""
    if isinstance(argument, Literal) and argument.is_star:
        return restricted(field, comparator, argument)
    if comparator not in {EQUALS, DIFFERS} or (isinstance(argument, Literal) and argument.stars):
        raise comparator_refused(
            field.name,
            comparator,
            f'it is kept encrypted. Give the whole value: {field.name} = "…", or {field.name}:* for any.',
            f'该字段加密保存，请填写完整的值：{field.name} = "…"，或用 {field.name}:* 表示有值。',
        )
    value = value_of(field, argument)
    if value == "":
        return restricted(field, comparator, argument)
    assert field.blind is not None
    digest = index_of(fields.mark, field.blind, value) if fields.mark else ""
    test = Test(field, "=", Digest(digest, field.blind.normal(value)))
    return Nay(test) if comparator == DIFFERS else test


def marking(fields: Fields) -> Mark:
    if fields.mark is None:
        raise TypeError("sealed fields are asked without the digest function of their service")
    return fields.mark


def element(field: Field, comparator: str, argument: Argument) -> Condition:
    if comparator != HAS or (isinstance(argument, Literal) and argument.stars):
        raise comparator_refused(
            field.name,
            comparator,
            f'it holds several values. Write {field.name}:"value" or NOT {field.name}:"value", without wildcard.',
            f'它包含多个值，请写 {field.name}:"值" 或 NOT {field.name}:"值"，不用通配符。',
        )
    return Test(field, "has", value_of(field, argument))


def wild(field: Field, comparator: str, literal: Literal) -> Condition:
    if field.type is not FieldType.TEXT:
        raise value_refused(field.name, literal.text, "only text takes wildcards.", "只有文本可用通配符。")
    if comparator not in {EQUALS, DIFFERS, HAS}:
        raise comparator_refused(
            field.name, comparator, "a wildcard needs = or != or a colon.", "通配符只能与 =、!= 或冒号一起使用。"
        )
    test = Test(field, "ilike" if comparator == HAS else "like", literal.parts)
    return Nay(test) if comparator == DIFFERS else test


def equal(field: Field, argument: Argument) -> Condition:
    value = value_of(field, argument)
    if isinstance(value, Day):
        return Every((Test(field, ">=", value.start()), Test(field, "<", value.start(after=1))))
    if value == "" and field.type in WORDED:
        return Nay(Test(field, "present"))
    return Test(field, "=", value)


def ordered(field: Field, comparator: str, argument: Argument) -> Condition:
    if field.type in UNORDERED:
        raise comparator_refused(
            field.name, comparator, "its values have no order. Use = or !=.", "它的值没有大小之分，请使用 = 或 !=。"
        )
    value = value_of(field, argument)
    operator: Operator = comparator  # type: ignore[assignment]  # the grammar leaves only the four
    if isinstance(value, Day):
        # After a day means from the next day's start on; before or on it means before that start.
        after = 1 if comparator in {">", "<="} else 0
        operator = ">=" if comparator in {">", ">="} else "<"
        return Test(field, operator, value.start(after=after))
    return Test(field, operator, value)


def searched(literal: Literal, fields: Fields, unreadable: frozenset[str]) -> Condition:
    """A bare word or quoted phrase; hidden fields are left out of the search."""
    phrase = normal(literal.text)
    if len(phrase) < SHORTEST:
        raise refused(f"search for at least {SHORTEST} characters.", f"请输入至少 {SHORTEST} 个字符。")
    return found(phrase, fields, unreadable)


def found(phrase: str, fields: Fields, unreadable: frozenset[str]) -> Condition:
    if not fields.search:
        raise QueryError(
            "SEARCH_UNAVAILABLE",
            f'This list has no text search. Name the field, as in field = "{phrase}".',
            f'此列表不支持全文搜索，请写明字段，例如 字段 = "{phrase}"。',
        )
    readable = [field for field in fields.search if field.name not in unreadable]
    plain = [field for field in readable if field.blind is None]
    if not plain:
        raise FieldUnreadable(field=", ".join(field.name for field in fields.search))
    each = Some(tuple(Test(field, "contains", phrase) for field in plain))
    if fields.search_text is None:
        return each
    # The search column mixes all fields: with a hidden one among them it only narrows, the readable ones decide.
    if len(readable) < len(fields.search):
        return Every((Found(fold(phrase)), each))
    marks = {mark for form in forms(fields) for mark in sought_marks(marking(fields), form, phrase)}
    if not marks or fields.search_grams is None:
        return Found(fold(phrase))
    kept = Field("search_grams", FieldType.TEXT, fields.search_grams, multi=True)
    return Some((Found(fold(phrase)), *(Test(kept, "has", mark) for mark in sorted(marks))))


def forms(fields: Fields) -> list[Form]:
    """How the sealed values among the searched ones are recognised."""
    return list(dict.fromkeys(field.blind for field in fields.search if field.blind is not None))
