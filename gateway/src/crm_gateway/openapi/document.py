"""The whole OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from crm_gateway.openapi.operations import operation, path_names, path_of, tag
from crm_gateway.openapi.schemas import Schemas
from crm_gateway.routes import Route

_INTRODUCTION = """\
One API for the whole platform, derived from its gRPC contract.

- **Sign in** with `POST /v1/sessions` and send the token as `Authorization: Bearer …`.
- **Changing a record** needs the `ETag` you read in `If-Match`: 428 without it, 412 when somebody was faster.
- **Repeating safely**: send an `Idempotency-Key` with every POST; a repeat answers with `Idempotent-Replayed: true`.
- **Lists** take `filter` (AIP-160), `order_by`, `page_size` and `page_token`.
- **Refusals** are problem details (RFC 9457) in English or Chinese, by `Accept-Language`; `reason` is stable.
- 64-bit numbers are strings; fields may be written in snake_case or camelCase and are answered in snake_case.
"""
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Why a request was refused and what to do next (RFC 9457).",
    "required": ["type", "title", "status", "detail", "reason", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/stale-etag"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string", "description": "Stable code for programs.", "examples": ["STALE_ETAG"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "reason", "message")},
            },
        },
        "facts": {"type": "object", "additionalProperties": True},
        "request_id": {"type": "string"},
        "trace_id": {"type": "string"},
    },
}


def _header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    found = {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
    return found | {"required": True} if required else found


_PARAMETERS = {
    "AcceptLanguage": _header("Accept-Language", "`en` or `zh-CN`; the user's own language when absent."),
    "IdempotencyKey": _header(
        "Idempotency-Key", "1 to 255 characters, unique per request; a repeat within 72 hours answers as the first did."
    ),
    "IfMatch": _header("If-Match", "The ETag that was read; refused with 412 when the record changed since."),
    "IfMatchRequired": _header("If-Match", 'The ETag that was read, such as `"3"`.', required=True),
}


def document(routes: Iterable[Route], comments: dict[str, str], version: str) -> dict[str, Any]:
    """OpenAPI 3.1 for the routes, in contract order."""
    schemas = Schemas(comments)
    paths: dict[str, dict[str, Any]] = {}
    names_at: dict[tuple[tuple[str | None, ...], str], list[str]] = {}
    tags: dict[str, str] = {}
    for route in routes:
        # Two templates that differ only in the names of their variables are one path to OpenAPI.
        names = names_at.setdefault((route.segments, route.action), path_names(route))
        item = paths.setdefault(path_of(route, names), {})
        item[route.binding.verb.lower()] = operation(route, names, schemas, comments)
        tags.setdefault(tag(route), comments.get(route.binding.method.descriptor.containing_service.full_name, ""))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tributary",
            "version": version,
            "description": _INTRODUCTION,
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "tags": [{"name": name, "description": text} for name, text in tags.items()],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM, **schemas.components},
            "parameters": _PARAMETERS,
            "headers": {
                "ETag": {"description": "Version of the record.", "schema": {"type": "string"}},
                "Location": {"description": "Path of the new record.", "schema": {"type": "string"}},
            },
            "responses": {
                "Problem": {
                    "description": "Refused; the reason and what to do next.",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": {
                "session": {"type": "http", "scheme": "bearer", "description": "Token of `POST /v1/sessions`."}
            },
        },
    }
