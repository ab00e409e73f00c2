"""API keys at the edge: told from session tokens by their beginning, and never taken from where they would be kept.

A URL ends in histories, logs and referrers, so a key in one has leaked: it is refused, with that advice, and neither
used nor written down.
"""

import re

from flask import Request

from crm_gateway.problems import Problem

BEGINNING = "trb_live_"
_ANYWHERE = re.compile(r"trb_live_[0-9A-Za-z_%]*")


def is_key(token: str) -> bool:
    return token.startswith(BEGINNING)


def refuse_keys_in_url(http: Request) -> None:
    """400 for a key in the path or the query."""
    if BEGINNING in http.path or BEGINNING.encode() in http.query_string:
        raise Problem(
            400,
            "KEY_IN_URL",
            "An API key in a URL ends in logs. Revoke it, and send the new one as `Authorization: Bearer <key>`.",
            "API 密钥不得出现在 URL 中，否则会被写入日志。请撤销该密钥，并以 `Authorization: Bearer <密钥>` 的形式发送新密钥。",
        )


def without_keys(text: str) -> str:
    """The text as it may be logged."""
    return _ANYWHERE.sub(f"{BEGINNING}…", text)
