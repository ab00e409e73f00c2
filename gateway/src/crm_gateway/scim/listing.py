"""SCIM's way of finding and paging in terms of ours."""

import re
import threading
from collections import OrderedDict
from typing import Final

from scim2_models import InvalidFilterException

from crm_gateway.scim.people import Kind

_EQUALS: Final = re.compile(r'\s*(?:urn:[A-Za-z0-9:.]+:)?([A-Za-z]+)\s+eq\s+"((?:[^"\\]|\\["\\/])*)"\s*', re.IGNORECASE)
_REMEMBERED: Final = 1000
LONGEST_FILTER: Final = 1000


def condition(kind: Kind, text: str) -> str:
    """``userName eq "li.na"`` as a filter of the API; empty for none. Raises InvalidFilterException."""
    if not text.strip():
        return ""
    match = _EQUALS.fullmatch(text) if len(text) <= LONGEST_FILTER else None
    field = kind.found_by.get(match[1].lower()) if match is not None else None
    if match is None or field is None:
        known = ", ".join(kind.found_by)
        raise InvalidFilterException(detail=f'Only <attribute> eq "<value>" is supported, for {known}.')
    # Both languages escape quotes and backslashes alike.
    return f'{field} = "{match[2].replace(chr(92) + "/", "/")}"'


class Bookmarks:
    """Where the pages of a listing begin: SCIM counts results, the API goes on from a token. Directories read page
    after page, so the token that comes after a page is remembered for whoever asks for the next.
    """

    def __init__(self) -> None:
        self._tokens: OrderedDict[tuple[str, str, str, int], str] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, caller: str, kind: str, condition: str, start: int, token: str) -> None:
        with self._lock:
            self._tokens[caller, kind, condition, start] = token
            if len(self._tokens) > _REMEMBERED:
                self._tokens.popitem(last=False)

    def nearest(self, caller: str, kind: str, condition: str, start: int) -> tuple[int, str]:
        """The remembered place at or before ``start``, counted from 1, and its token; the beginning when none is."""
        with self._lock:
            places = [
                (known[3], token)
                for known, token in self._tokens.items()
                if known[:3] == (caller, kind, condition) and known[3] <= start
            ]
        return max(places, default=(1, ""))
