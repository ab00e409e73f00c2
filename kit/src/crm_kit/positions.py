"""Page sizes and tokens of the operators' lists: a token is where the last page ended."""

import base64
import binascii

import orjson

from crm_kit.errors import InvalidArgument

DEFAULT_SIZE, LARGEST_SIZE = 50, 200


def size_of(page_size: int) -> int:
    """How many records a page holds: 50 unless asked, at most 200; InvalidArgument when negative."""
    if page_size < 0:
        raise InvalidArgument.of(
            "page_size", "PAGE_SIZE_NEGATIVE", f"Ask for 1 to {LARGEST_SIZE}.", f"请填写 1 到 {LARGEST_SIZE}。"
        )
    return min(page_size or DEFAULT_SIZE, LARGEST_SIZE)


def token_of(*position: str | int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def position_of(token: str, parts: int) -> list[str | int] | None:
    """Where the page before ended; None for the first page; InvalidArgument for a token we did not give."""
    if not token:
        return None
    try:
        position = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        position = None
    if not isinstance(position, list) or len(position) != parts:
        raise InvalidArgument.of(
            "page_token",
            "PAGE_TOKEN_UNKNOWN",
            "Use the next_page_token of the page before, or leave it out to start again.",
            "请使用上一页返回的 next_page_token，或留空从头开始。",
        )
    return position
