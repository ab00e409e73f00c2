"""Query parameters of a route: every request field that neither the path nor the body fills, by its dotted path."""

from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from werkzeug.datastructures import MultiDict

from crm_gateway.contract import is_own
from crm_gateway.json_codec.decode import is_textual, read_scalar
from crm_gateway.json_codec.scalars import Refused
from crm_gateway.routes import Route
from crm_kit.errors import Violation

_DEEPEST = 3
FIELD_MASK = "google.protobuf.FieldMask"


class Parameter(NamedTuple):
    """A query parameter: its dotted path in the request, and the field there."""

    path: str
    field: FieldDescriptor


@cache
def parameters(route: Route) -> dict[str, Parameter]:
    """The parameters by name, dotted paths as in the contract."""
    if route.binding.body == "*":
        return {}
    body = route.binding.body
    found = _flat(route.request, "", 1)
    return {each.path: each for each in found if each.path not in route.variables and each.path.split(".")[0] != body}


@cache
def _spellings(route: Route) -> dict[str, Parameter]:
    known = parameters(route)
    return {_camel(path): found for path, found in known.items()} | known


def _flat(message: Descriptor, prefix: str, depth: int) -> list[Parameter]:
    found = []
    for field in message.fields:
        path = f"{prefix}{field.name}"
        kind = field.message_type
        if is_textual(field):
            found.append(Parameter(path, field))
        elif kind is not None and not field.is_repeated and depth < _DEEPEST and is_own(kind):
            found += _flat(kind, f"{path}.", depth + 1)
    return found


def read_query(route: Route, query: MultiDict[str, str], into: dict[str, Any], violations: list[Violation]) -> None:
    """Puts the parameters into constructor arguments; refusals, unknown names among them, go to ``violations``."""
    known = _spellings(route)
    for name, texts in query.lists():
        parameter = known.get(name)
        if parameter is None:
            violations.append(_unknown(name, parameters(route)))
            continue
        path, field = parameter
        many = field.is_repeated
        # A field mask may be repeated like a list: ?fields=id&fields=name.
        mask = field.message_type is not None and field.message_type.full_name == FIELD_MASK and not many
        given = [",".join(texts)] if mask else texts
        if len(given) > 1 and not many:
            violations.append(Violation(path, "GIVEN_TWICE", "is given twice", "重复给出"))
            continue
        try:
            values = [read_scalar(field, text) for text in given]
        except Refused as refused:
            violations.append(Violation(path, refused.reason, refused.en, refused.zh))
            continue
        put(into, path, values if many else values[0])


def put(arguments: dict[str, Any], path: str, value: Any) -> None:
    """Sets the value at a dotted path of nested constructor arguments."""
    *parents, name = path.split(".")
    for parent in parents:
        arguments = arguments.setdefault(parent, {})
    arguments[name] = value


def _unknown(name: str, known: dict[str, Parameter]) -> Violation:
    shown = name[:64]
    allowed = ", ".join(known) or "–"
    return Violation(
        shown,
        "UNKNOWN_PARAMETER",
        f"there is no such query parameter; there are: {allowed}",
        f"没有此查询参数，可用参数：{allowed}",
    )


def _camel(path: str) -> str:
    head, *rest = path.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)
