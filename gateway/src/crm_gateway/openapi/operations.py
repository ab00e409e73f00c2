"""Operations of the REST API: parameters, bodies and answers of each route."""

from typing import Any

from google.api import field_behavior_pb2 as behavior
from google.protobuf.descriptor import FieldDescriptor

from crm_gateway.contract import behaviors
from crm_gateway.openapi.schemas import Schemas, component_name
from crm_gateway.query import FIELD_MASK, parameters
from crm_gateway.routes import Route, field_at

_SUMMARY = 120
_PROBLEM = {"$ref": "#/components/responses/Problem"}


def tag(route: Route) -> str:
    return component_name(route.binding.method.descriptor.containing_service.full_name)


def operation_id(route: Route) -> str:
    """``leads_ClaimLead``: stable as long as the RPC keeps its name."""
    package = route.binding.method.full_name.split(".")[1]
    return f"{package}_{route.binding.method.name}"


def path_names(route: Route) -> list[str]:
    """Names of the path variables as clients know them: ``lead.id`` is ``id``."""
    short = [path.rpartition(".")[2] for path in route.variables]
    return short if len(set(short)) == len(short) else [path.replace(".", "_") for path in route.variables]


def path_of(route: Route, names: list[str]) -> str:
    remaining = iter(names)
    segments = [segment if segment is not None else f"{{{next(remaining)}}}" for segment in route.segments]
    return "/" + "/".join(segments) + (f":{route.action}" if route.action else "")


def operation(route: Route, names: list[str], schemas: Schemas, comments: dict[str, str]) -> dict[str, Any]:
    """The operation object; ``names`` are the path variables of the path it stands under."""
    method = route.binding.method
    comment = comments.get(method.full_name.replace("/", "."), "")
    needs = f"Needs the permission `{method.permission}`." if method.permission else ""
    found: dict[str, Any] = {
        "operationId": operation_id(route),
        "tags": [tag(route)],
        "summary": _summary(comment),
        "description": "\n\n".join(filter(None, [comment, needs])),
        "parameters": [*_path(route, names, schemas), *_query(route, schemas), *_headers(route)],
        "responses": _responses(route, schemas),
    }
    if method.permission:
        found["x-permission"] = method.permission
    if method.anonymous:
        found["security"] = []
    if route.binding.body:
        found["requestBody"] = _body(route, schemas)
    return found


def _summary(comment: str) -> str:
    sentence = comment.split(". ", maxsplit=1)[0].split("\n", maxsplit=1)[0].rstrip(".")
    return sentence if len(sentence) <= _SUMMARY else sentence[: _SUMMARY - 1].rsplit(" ", 1)[0] + "…"


def _path(route: Route, names: list[str], schemas: Schemas) -> list[dict[str, Any]]:
    found = []
    for name, path in zip(names, route.variables, strict=True):
        schema = schemas.field(field_at(route.request, path, ""))
        description = schema.pop("description", "")
        schema.pop("readOnly", None)
        found.append({"name": name, "in": "path", "required": True, "description": description, "schema": schema})
    return found


def _query(route: Route, schemas: Schemas) -> list[dict[str, Any]]:
    found = []
    for parameter in parameters(route).values():
        schema = schemas.field(parameter.field)
        entry = {"name": parameter.path, "in": "query", "description": schema.pop("description", ""), "schema": schema}
        if behavior.REQUIRED in behaviors(parameter.field):
            entry["required"] = True
        kind = parameter.field.message_type
        if kind is not None and kind.full_name == FIELD_MASK:
            entry["example"] = "id"
        found.append(entry)
    return found


def _headers(route: Route) -> list[dict[str, str]]:
    names = ["AcceptLanguage"]
    if route.binding.verb != "GET":
        names.append("IdempotencyKey")
    if route.etag_owner is not None:
        names.append("IfMatchRequired")
    elif route.takes_etag and route.binding.verb != "GET":
        names.append("IfMatch")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _body(route: Route, schemas: Schemas) -> dict[str, Any]:
    field: FieldDescriptor | None = route.body_field
    if route.takes_bytes:
        file = {"type": "string", "format": "binary"}
        form = {"type": "object", "required": ["file"], "properties": {"file": file}}
        return {
            "required": True,
            "description": "The file itself, at most 50 MB.",
            "content": {"application/octet-stream": {"schema": file}, "multipart/form-data": {"schema": form}},
        }
    content: dict[str, Any]
    message = route.request if field is None else field.message_type
    if field is None:
        content = {"schema": schemas.remainder(route.request, {path.split(".")[0] for path in route.variables})}
    elif field.message_type is None or field.is_repeated:
        content = {"schema": schemas.field(field)}
    else:
        content = {"schema": schemas.message(field.message_type, partial=route.is_update)}
    example = schemas.example(message) if message is not None else {}
    if example:
        content["example"] = example
    return {"required": field is not None, "content": {"application/json": content}}


def _responses(route: Route, schemas: Schemas) -> dict[str, Any]:
    if route.answers_nothing:
        success: dict[str, Any] = {"204": {"description": "Done."}}
    elif route.answers_raw:
        file = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
        success = {"200": {"description": "The file.", "content": file}}
    else:
        output = route.binding.method.descriptor.output_type
        answer: dict[str, Any] = {
            "description": "Made." if route.creates else "Done.",
            "content": {"application/json": {"schema": schemas.message(output)}},
        }
        if "etag" in output.fields_by_name:
            answer["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
        if route.location:
            answer.setdefault("headers", {})["Location"] = {"$ref": "#/components/headers/Location"}
        success = {"201" if route.creates else "200": answer}
    codes = ["400"] if route.binding.method.anonymous else ["400", "401", "403", "404"]
    codes += ["409"] if route.binding.verb != "GET" else []
    codes += ["412"] if route.takes_etag else []
    codes += ["428"] if route.etag_owner is not None else []
    return success | dict.fromkeys(codes, _PROBLEM) | {"default": _PROBLEM}
