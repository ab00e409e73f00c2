"""What a page with a form carries so that its sending is believed: when it was made, for which form, and its own id."""

import secrets
import time
from enum import Enum
from typing import Final, NamedTuple

from crm_kit.keys import Keys
from crm_kit.signed_tokens import read_token, sign_token

PURPOSE: Final = "public page"
SOONEST_SECONDS: Final = 2.0
LATEST_SECONDS: Final = 12 * 3600.0
MADE_BY: Final = "gateway"


class Doubt(Enum):
    """Why a page is not believed."""

    UNKNOWN = "unknown_page"
    TOO_SOON = "too_soon"
    EXPIRED = "expired"


class PageToken(NamedTuple):
    """One page as it was handed out; ``page_id`` is the Idempotency-Key of what is sent from it."""

    form: str
    page_id: str
    made_time: float


class PageTokens:
    """Makes and reads the tokens, with the gateway's own key: every process of the edge believes every other's."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def issue(self, form: str) -> str:
        statement = f"{form}\n{secrets.token_urlsafe(16)}\n{time.time():.3f}"
        return sign_token(self._keys, PURPOSE, statement.encode())

    def read(self, form: str, token: str) -> PageToken | Doubt:
        """The token of a page of this very form, sent neither faster than people write nor after half a day."""
        statement = read_token(self._keys, MADE_BY, PURPOSE, token)
        if statement is None:
            return Doubt.UNKNOWN
        made_for, page_id, made_time = statement.decode().split("\n")
        found = PageToken(made_for, page_id, float(made_time))
        age = time.time() - found.made_time
        if found.form != form:
            return Doubt.UNKNOWN
        if age < SOONEST_SECONDS:
            return Doubt.TOO_SOON
        return Doubt.EXPIRED if age > LATEST_SECONDS else found
