"""Reading a street address into house number and street, the two parts that say where it is."""

import re
from dataclasses import dataclass
from functools import lru_cache

from crm_leads.domain.matching.person_names import fold

_HAN_ADDRESS = re.compile(r"([一-鿿]{1,8}?(?:大道|大街|路|街|道|巷|弄|胡同))\s*(\d+)\s*(?:号|弄)?")
_HAN_DISTRICT = re.compile(r"^.*(?:省|市|区|县|镇|乡)")
_NUMBER = re.compile(r"^\W*(\d+)(?:\s*[-/–]\s*\d+)?[a-z]?\b")
_NUMBER_LAST = re.compile(r"\b(\d+)\s*[a-z]?\s*$")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_UNIT_FIRST = re.compile(r"^\W*(?:suite|ste|apt|unit|flat|room|rm|floor|#)\W*\w+\s*,\s*")
_UNIT = re.compile(r"\b(?:suite|ste|apt|unit|room|rm|floor|fl|bldg|building|#)\b.*$|#.*$")
_WORD = re.compile(r"[^\W_]+")
_STREET_TYPES_LIST = """
st street str ave avenue av blvd boulevard rd road dr drive ln lane ct court pl place ter terrace pkwy parkway hwy
highway sq square way cir circle strasse straße rue via calle plaza
"""
_STREET_TYPES = frozenset(_STREET_TYPES_LIST.split())
_DIRECTIONS = {"north": "n", "south": "s", "east": "e", "west": "w"} | {side: side for side in "nsew"}


@dataclass(frozen=True, slots=True)
class Street:
    """House number, street without its type, and compass side; each empty when not given."""

    number: str = ""
    name: str = ""
    side: str = ""


@lru_cache(maxsize=131072)
def street(raw: str) -> Street:
    """Parts of an address line: `1633 North Hamlin Avenue` and `1633 N. Hamlin` read alike; so do `中山路88号` forms."""
    folded = fold(raw)
    if found := _HAN_ADDRESS.search(_HAN_DISTRICT.sub("", folded)):
        return Street(found.group(2).lstrip("0"), found.group(1))
    line = _UNIT.sub("", _UNIT_FIRST.sub("", folded))
    number = ""
    if found := _NUMBER.search(line) or _NUMBER_LAST.search(line):
        number = found.group(1).lstrip("0")
        line = f"{line[: found.start(1)]} {line[found.end() :]}"
    words = [_ORDINAL.sub(r"\1", word) for word in _WORD.findall(line)]
    side = next((_DIRECTIONS[word] for word in words[:2] if word in _DIRECTIONS), "")
    kept = [word for word in words if word not in _DIRECTIONS]
    # The street ends at its type; what follows is a room, a suburb or a remark.
    ends = next((at for at, word in enumerate(kept) if at and word in _STREET_TYPES), len(kept))
    return Street(number, " ".join(kept[:ends]), side)
