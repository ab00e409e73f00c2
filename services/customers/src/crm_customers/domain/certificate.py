"""The certificate of an erasure: what was erased and what is kept, without a word about the person."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple


class Certificate(NamedTuple):
    """``text`` is JSON; ``digest`` its SHA-256, hexadecimal, by which a copy is recognised as unchanged."""

    text: str
    digest: str


def certify(
    *,
    number: str,
    legal_basis: str,
    subjects: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    receive_time: datetime,
    end_time: datetime,
    streams_empty_time: datetime,
) -> Certificate:
    """What the officer hands out and keeps outside the database. The ids of records no longer lead to anybody."""
    told = {
        "certificate": "erasure of personal data",
        "request": number,
        "legal_basis": legal_basis,
        "received": receive_time.isoformat(),
        "completed": end_time.isoformat(),
        "keys_destroyed": True,
        "event_streams_empty": streams_empty_time.isoformat(),
        "subjects": sorted(subjects, key=lambda one: (one["resource"], one["id"])),
        "findings": sorted(findings, key=lambda one: (one["service"], one["record_type"], one["outcome"])),
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=2)
    return Certificate(text, hashlib.sha256(text.encode()).hexdigest())
