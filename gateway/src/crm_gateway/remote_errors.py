"""A backend's gRPC status, with its ``google.rpc`` details, as an HTTP problem."""

from http import HTTPStatus
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode

from crm_gateway.problems import Problem
from crm_kit.errors import Violation
from crm_kit.rpc.wire_errors import DETAILS

_HTTP: dict[StatusCode, int] = {
    StatusCode.INVALID_ARGUMENT: 400,
    StatusCode.OUT_OF_RANGE: 400,
    StatusCode.UNAUTHENTICATED: 401,
    StatusCode.PERMISSION_DENIED: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.ABORTED: 409,
    StatusCode.ALREADY_EXISTS: 409,
    # google.rpc.code says 400; ours are conflicts with a record's state, which the client cannot mend by respelling.
    StatusCode.FAILED_PRECONDITION: 409,
    StatusCode.RESOURCE_EXHAUSTED: 429,
    StatusCode.UNIMPLEMENTED: 501,
    StatusCode.UNAVAILABLE: 503,
    StatusCode.CANCELLED: 503,
    StatusCode.DEADLINE_EXCEEDED: 504,
}
_BY_REASON = {
    "STALE_ETAG": 412,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "WEB_FORM_CLOSED": 410,
    "SURVEY_OVER": 410,
    # Not the caller's rate, as 429 would say, but everybody's.
    "OVERLOADED": 503,
}
_RETRYABLE = (429, 503)
# A plain message of these says what the caller did; of all others it may tell of our insides.
_TOLD = (400, 409)
_UNEXPLAINED: dict[int, tuple[str, str, str]] = {
    401: ("UNAUTHENTICATED", "Sign in first.", "请先登录。"),
    403: ("PERMISSION_DENIED", "You may not do this. Ask your administrator.", "您没有权限，请联系管理员。"),
    404: ("NOT_FOUND", "There is no such thing, or you may not see it.", "不存在，或您无权查看。"),
    429: ("RESOURCE_EXHAUSTED", "Too much at once. Try again later.", "请求过多，请稍后再试。"),
    501: ("UNIMPLEMENTED", "This is not available in your installation.", "您的系统尚未提供此功能。"),
    503: (
        "UNAVAILABLE",
        "This part of the system is not available right now. Try again in a moment.",
        "系统的这一部分暂时不可用，请稍后重试。",
    ),
    504: ("DEADLINE_EXCEEDED", "The answer took too long. Try again.", "响应超时，请重试。"),
}
INTERNAL = (
    "INTERNAL",
    "Something went wrong on our side. Tell your administrator the request id.",
    "系统内部错误，请将请求编号告知管理员。",
)


def problem_of(error: grpc.RpcError) -> Problem:
    """The problem a failed call means for the client; nothing of the transport's own words reaches it."""
    code: StatusCode = error.code()
    details = _details(error.trailing_metadata())
    info: Any = details.get("ErrorInfo")
    status = _HTTP.get(code, 500)
    if info is None:
        reason, en, zh = _UNEXPLAINED.get(status, INTERNAL)
        if status in _TOLD:
            reason, en = code.name, error.details() or code.name
            zh = en
        return Problem(status, reason, en, zh, headers=_headers(status, reason, details, {}))
    status = _BY_REASON.get(info.reason, status)
    localized: Any = details.get("LocalizedMessage")
    text = (localized.message if localized is not None else "") or error.details() or info.reason
    facts = dict(info.metadata)
    bad: Any = details.get("BadRequest")
    violations = [
        Violation(each.field, each.reason, each.description, each.description)
        for each in (bad.field_violations if bad is not None else ())
    ]
    return Problem(
        status,
        info.reason,
        text,
        text,
        violations=violations,
        facts=facts,
        headers=_headers(status, info.reason, details, facts),
    )


def _headers(status: int, reason: str, details: dict[str, Any], facts: dict[str, str]) -> dict[str, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    if status == HTTPStatus.PRECONDITION_FAILED and facts.get("etag"):
        return {"ETag": f'"{facts["etag"]}"'}
    retry: Any = details.get("RetryInfo")
    if retry is not None:
        return {"Retry-After": str(max(1, retry.retry_delay.seconds))}
    return {"Retry-After": "1"} if status in _RETRYABLE or reason == "REQUEST_IN_FLIGHT" else {}


def _details(trailing: Any) -> dict[str, Any]:
    """The details by message name; empty when the failure carries none."""
    packed = next((value for key, value in trailing or () if key == DETAILS), None)
    found: dict[str, Any] = {}
    if packed is None:
        return found
    try:
        for item in status_pb2.Status.FromString(packed).details:
            name = item.TypeName().removeprefix("google.rpc.")
            kind = getattr(error_details_pb2, name, None)
            if kind is not None:
                found.setdefault(name, kind.FromString(item.value))
    except DecodeError:
        return {}
    return found
