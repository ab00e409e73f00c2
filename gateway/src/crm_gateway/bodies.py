"""Bodies of HTTP requests within their limits: JSON values, and files as they are."""

from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from crm_gateway.problems import Problem

JSON_LIMIT = 1_000_000
FILE_LIMIT = 50_000_000
FORM_LIMIT = 128_000
MOST_FORM_FIELDS = 100
DEEPEST = 32
_MULTIPART_OVERHEAD = 64_000


class File(NamedTuple):
    """An uploaded file: its bytes, its name when the client told one, and the other fields of a form."""

    content: bytes
    filename: str
    fields: list[tuple[str, str]]


def read_json(request: Request) -> Any:
    """The JSON value of the body, an empty object when there is none; problems 400, 413 or 415."""
    body = _data(request, JSON_LIMIT)
    if not body.strip():
        return {}
    kind = request.mimetype
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise Problem(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send the body as JSON with `Content-Type: application/json`.",
            "请以 JSON 格式发送，并设置 `Content-Type: application/json`。",
            headers={"Accept": "application/json"},
        )
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(
            400,
            "MALFORMED_JSON",
            f"The body is not JSON: {error.msg.split(':')[0]} (line {error.lineno}, column {error.colno}).",
            f"请求体不是合法的 JSON（第 {error.lineno} 行，第 {error.colno} 列）。",
        ) from error
    # A value with few brackets cannot be deep; counting them is far cheaper than walking.
    if body.count(b"{") + body.count(b"[") > DEEPEST and _depth_exceeds(value, DEEPEST):
        raise Problem(
            400, "TOO_DEEP", f"The JSON is nested deeper than {DEEPEST} levels.", f"JSON 嵌套超过 {DEEPEST} 层。"
        )
    if b"\\u0000" in body and _holds_nul(value):
        raise nul_refused()
    return value


def read_form(request: Request) -> dict[str, str]:
    """The fields of a page's form, the last value of each; problems 400, 413 or 415."""
    body = _data(request, FORM_LIMIT)
    if request.mimetype != "application/x-www-form-urlencoded":
        en, zh = "Send the page's own form.", "请使用页面上的表单提交。"
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", en, zh)
    try:
        text = body.decode("ascii")
        fields = dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FORM_FIELDS))
    except ValueError as error:
        raise Problem(400, "MALFORMED_FORM", "This is no form of ours.", "提交的表单格式不正确。") from error
    if any("\0" in value for value in fields.values()):
        raise nul_refused()
    return fields


def read_file(request: Request) -> File:
    """The file a request carries: the body itself, or the one file of a ``multipart/form-data`` form."""
    if request.mimetype != "multipart/form-data":
        return File(_data(request, FILE_LIMIT), "", [])
    request.max_content_length = FILE_LIMIT + _MULTIPART_OVERHEAD
    try:
        files = [file for _, file in request.files.items(multi=True)]
        fields = [(name, text) for name, texts in request.form.lists() for text in texts]
    except RequestEntityTooLarge as error:
        raise _too_large(FILE_LIMIT) from error
    if len(files) != 1:
        raise Problem(
            400,
            "ONE_FILE",
            f"Send exactly one file; there are {len(files)}.",
            f"请只上传一个文件，当前为 {len(files)} 个。",
        )
    content = files[0].stream.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise _too_large(FILE_LIMIT)
    return File(content, files[0].filename or "", fields)


def nul_refused() -> Problem:
    """400: no database text can hold the character U+0000."""
    return Problem(400, "NUL_CHARACTER", "Text must not contain the character U+0000.", "文本不能包含字符 U+0000。")


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any("\0" in key or _holds_nul(inner) for key, inner in value.items())
        case list():
            return any(map(_holds_nul, value))
        case _:
            return False


def _data(request: Request, limit: int) -> bytes:
    # A body without a length ends unnoticed at the maximum, so one byte more tells whether it was too long.
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise _too_large(limit) from error
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> Problem:
    size = f"{limit // 1_000_000} MB" if limit >= JSON_LIMIT else f"{limit // 1_000} kB"
    return Problem(
        413, "BODY_TOO_LARGE", f"The body may be at most {size}.", f"请求体不能超过 {size}。", facts={"limit": limit}
    )


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = (
            [
                inner
                for outer in level
                for inner in (outer.values() if isinstance(outer, dict) else outer)
                if isinstance(inner, dict | list)
            ]
            if all(isinstance(outer, dict | list) for outer in level)
            else []
        )
        if not level:
            return False
    return True
