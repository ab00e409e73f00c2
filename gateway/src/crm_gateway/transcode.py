"""One HTTP request to one RPC request: path, query, body, update mask and etag."""

import re
from typing import Any

from flask import Request
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from crm_gateway.bodies import read_file, read_json
from crm_gateway.contract import is_output_only, is_own
from crm_gateway.json_codec import read_fields, read_scalar
from crm_gateway.json_codec.decode import message_reader
from crm_gateway.json_codec.scalars import Refused, scalar_reader
from crm_gateway.problems import Problem, invalid
from crm_gateway.query import parameters, put, read_query
from crm_gateway.routes import Match, Route, field_at
from crm_kit.errors import Violation

_STRONG_ETAG = re.compile(r'"([\x21\x23-\x7e]{1,128})"')


def read_request(match: Match, http: Request) -> Message:
    """The RPC request; raises a problem that names every refused field at once."""
    route = match.route
    violations: list[Violation] = []
    arguments: dict[str, Any] = {}
    query = http.args
    if route.takes_bytes:
        file = read_file(http)
        arguments[route.binding.body] = file.content
        if file.filename and "filename" in parameters(route):
            arguments["filename"] = file.filename
        if file.fields:
            query = query.copy()
            for name, text in file.fields:
                query.add(name, text)
    elif route.binding.body:
        _read_body(route, read_json(http), arguments, violations)
    if query:
        read_query(route, query, arguments, violations)
    for path, text in zip(route.variables, match.values, strict=True):
        try:
            put(arguments, path, read_scalar(field_at(route.request, path, ""), text))
        except Refused as refused:
            violations.append(Violation(path, refused.reason, refused.en, refused.zh))
    if violations:
        raise invalid(violations)
    _put_etag(route, http.headers.get("If-Match", ""), arguments)
    return route.binding.method.request_type(**arguments)


def _read_body(route: Route, value: Any, arguments: dict[str, Any], violations: list[Violation]) -> None:
    field = route.body_field
    if field is None:
        arguments.update(read_fields(route.request, value, "", violations))
        return
    try:
        if field.message_type is None:
            arguments[field.name] = scalar_reader(field)(value)
        else:
            arguments[field.name] = message_reader(field.message_type)(value, field.name, violations)
    except Refused as refused:
        violations.append(Violation(field.name, refused.reason, refused.en, refused.zh))
        return
    if route.mask_field and field.message_type is not None and type(value) is dict and not violations:
        _put_mask(route, field.name, field.message_type, value, arguments)


def _put_mask(route: Route, name: str, resource: Descriptor, value: dict[str, Any], arguments: dict[str, Any]) -> None:
    """Without a mask the fields present in the body are changed; a mask in the query replaces this one."""
    ignored = {path.removeprefix(f"{name}.") for path in route.variables} | {"etag"}
    paths = [path for path in _present(resource, value, "") if path not in ignored]
    arguments[route.mask_field] = {"paths": paths}


def _present(message: Descriptor, value: dict[str, Any], prefix: str) -> list[str]:
    """Paths of the writable fields in a JSON object, in the depth in which they are given."""
    by_name = message.fields_by_name
    by_json = {field.json_name: field for field in message.fields}
    paths: list[str] = []
    for key, inner in value.items():
        field = by_name.get(key) or by_json[key]
        kind = field.message_type
        if is_output_only(field):
            # Sending back what was read is common; AIP-203 has it ignored, not refused.
            continue
        if kind is None or field.is_repeated or type(inner) is not dict or not inner:
            paths.append(f"{prefix}{field.name}")
        elif kind.full_name == "google.protobuf.Struct":
            # A custom field is changed, or removed by null, without touching its neighbours.
            paths += [f"{prefix}{field.name}.{name}" for name in inner]
        elif is_own(kind):
            paths += _present(kind, inner, f"{prefix}{field.name}.")
        else:
            paths.append(f"{prefix}{field.name}")
    return paths


def _put_etag(route: Route, if_match: str, arguments: dict[str, Any]) -> None:
    owner = route.etag_owner
    target: dict[str, Any] = arguments if owner is None else arguments.setdefault(owner.name, {})
    if route.mask_field and not arguments.get(route.mask_field, {}).get("paths"):
        raise invalid([Violation("body", "NOTHING_TO_CHANGE", "names no field to change", "没有要修改的字段")])
    if if_match:
        etag = _strong(if_match)
        if not route.takes_etag:
            raise _refused_if_match("This operation does not take If-Match.", "此操作不支持 If-Match。")
        if target.get("etag", etag) not in ("", etag):
            raise _refused_if_match("If-Match and the etag in the body differ.", "If-Match 与请求体中的 etag 不一致。")
        target["etag"] = etag
    elif owner is not None and not target.get("etag"):
        raise Problem(
            428,
            "PRECONDITION_REQUIRED",
            "Send the etag you read in If-Match, so that nobody's change is overwritten unseen.",
            "请在 If-Match 中携带读取到的 etag，以免覆盖他人的修改。",
        )


def _strong(if_match: str) -> str:
    match = _STRONG_ETAG.fullmatch(if_match.strip())
    if match is None:
        raise _refused_if_match(
            'If-Match takes one strong etag in quotes, such as "3"; neither * nor weak ones.',
            'If-Match 只接受一个带引号的强 etag，例如 "3"，不支持 * 和弱 etag。',
        )
    return match[1]


def _refused_if_match(en: str, zh: str) -> Problem:
    return Problem(400, "INVALID_IF_MATCH", en, zh)
