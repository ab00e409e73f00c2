"""What a client is told when something is refused: RFC 9457 problem details, in the reader's language."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response

from crm_kit.errors import LANGUAGES, Violation

CONTENT_TYPE = "application/problem+json"
_SHOWN_VIOLATIONS = 50

_TITLES: dict[int, tuple[str, str]] = {
    400: ("The request needs correction", "请求需要修改"),
    401: ("Sign-in required", "需要登录"),
    403: ("Not allowed", "没有权限"),
    404: ("Not found", "未找到"),
    405: ("Method not allowed", "不支持该方法"),
    409: ("Conflict with the present state", "与当前状态冲突"),
    412: ("Changed in the meantime", "已被他人修改"),
    413: ("Too large", "内容过大"),
    415: ("Unsupported media type", "不支持的内容类型"),
    422: ("Key already used", "幂等键已被使用"),
    428: ("Version required", "需要版本号"),
    429: ("Too many requests", "请求过多"),
    431: ("Headers too large", "请求头过大"),
    500: ("Internal error", "内部错误"),
    501: ("Not available", "尚未提供"),
    503: ("Temporarily unavailable", "暂时不可用"),
    504: ("No answer in time", "响应超时"),
}


class Problem(Exception):  # the RFC's own word
    """A refusal with its HTTP status, reason code and what to do next; answered as problem+json."""

    def __init__(
        self,
        status: int,
        reason: str,
        en: str,
        zh: str,
        *,
        violations: Iterable[Violation] = (),
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.reason, self.en, self.zh = status, reason, en, zh
        self.violations = tuple(violations)
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})
        super().__init__(f"{status} {reason}")

    def response(self, language: str, request_id: str, trace_id: str) -> Response:
        chinese = language == "zh-CN"
        title = _TITLES.get(self.status) or (HTTPStatus(self.status).phrase,) * 2
        body: dict[str, Any] = {
            "type": f"/problems/{self.reason.lower().replace('_', '-')}",
            "title": title[chinese],
            "status": self.status,
            "detail": self.zh if chinese else self.en,
            "reason": self.reason,
            "request_id": request_id,
        }
        if trace_id:
            body["trace_id"] = trace_id
        if self.violations:
            body["errors"] = [
                {"field": each.field, "reason": each.reason, "message": each.text(language)}
                for each in self.violations[:_SHOWN_VIOLATIONS]
            ]
        if self.facts:
            body["facts"] = self.facts
        response = Response(orjson.dumps(body), self.status, content_type=CONTENT_TYPE)
        response.headers["Content-Language"] = language
        response.headers.extend(self.headers)
        return response


def invalid(violations: Iterable[Violation]) -> Problem:
    """400 for a request whose shape or fields are wrong, each named with what was expected."""
    found = tuple(violations)
    en = "; ".join(f"{each.field}: {each.en}" for each in found[:5])
    zh = "；".join(f"{each.field}: {each.zh}" for each in found[:5])
    return Problem(
        400, "INVALID_ARGUMENT", f"Some fields need attention: {en}", f"以下字段需要修改：{zh}", violations=found
    )


def language_of(header: str) -> str:
    """The language of ours that ``Accept-Language`` likes best; empty when it names none."""
    best, weight = "", 0.0
    for part in header.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        spoken = LANGUAGES[1] if tag[:2].lower() == "zh" else LANGUAGES[0] if tag[:2].lower() == "en" else ""
        try:
            q = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            q = 0.0
        if spoken and q > weight:
            best, weight = spoken, q
    return best
