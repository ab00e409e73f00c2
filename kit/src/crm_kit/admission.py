"""What is to happen with received events: the rule of order and of once, free of any database."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from crm_kit.envelope import Envelope

Aggregate = tuple[str, UUID]


class Mode(Enum):
    """How a consumer treats the history of an aggregate."""

    LEDGER = "ledger"
    """Each event counts: applied without gaps; what comes early is parked."""
    PROJECTION = "projection"
    """Events carry state: a later one replaces all before it; what comes late is skipped."""


@dataclass(slots=True)
class Position:
    """How far one aggregate is applied, and the failed event that holds it, if any."""

    last_seq: int
    blocked_seq: int | None
    stored_seq: int = 0
    """What its row says, which for an aggregate never heard of is already what these events will make it."""


@dataclass(slots=True)
class Admission:
    """What is to happen with received events: applied now, skipped as known, or parked."""

    ready: list[Envelope] = field(default_factory=list)
    skipped: list[Envelope] = field(default_factory=list)
    parked: list[Envelope] = field(default_factory=list)
    followers: list[Envelope] = field(default_factory=list)
    """Parked before, and next in line once ``ready`` is committed."""


def beginnings(mode: Mode, events: Iterable[Envelope]) -> dict[Aggregate, int]:
    """Where each aggregate stands once the events are applied, if nothing of it was applied before."""
    seqs: dict[Aggregate, set[int]] = defaultdict(set)
    for event in events:
        seqs[event.aggregate_type, event.aggregate_id].add(event.event_seq)
    return {
        aggregate: max(found) if mode is Mode.PROJECTION else _contiguous(found) for aggregate, found in seqs.items()
    }


def _contiguous(seqs: set[int]) -> int:
    last = 0
    while last + 1 in seqs:
        last += 1
    return last


def decide(mode: Mode, positions: dict[Aggregate, Position], events: Iterable[Envelope]) -> Admission:
    """Sort events into ready, skipped and parked, moving the positions; the order of the events does not matter."""
    admission = Admission()
    histories: dict[Aggregate, dict[int, Envelope]] = defaultdict(dict)
    for event in events:
        histories[event.aggregate_type, event.aggregate_id].setdefault(event.event_seq, event)
    for aggregate, history in histories.items():
        position = positions[aggregate]
        for seq in sorted(history):
            if seq <= position.last_seq:
                admission.skipped.append(history[seq])
            elif position.blocked_seq is not None or (mode is Mode.LEDGER and seq > position.last_seq + 1):
                admission.parked.append(history[seq])
            else:
                admission.ready.append(history[seq])
                position.last_seq = seq
    return admission
