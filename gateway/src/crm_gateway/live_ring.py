"""The latest facts of all streams, kept once per worker: every browser reads them from where it stands."""

import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from crm_gateway.live_facts import Fact

KEPT = 4096
Position = dict[str, int]
"""The last message taken of each stream."""


class Entry(NamedTuple):
    """A fact and the message it came in."""

    domain: str
    seq: int
    fact: Fact


class Lost(Exception):
    """What lies between a reader and now is no longer kept."""


class Ring:
    """Bounded however much happens: a reader that is too far behind is told so instead of being waited for."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: list[Entry | None] = [None] * kept
        self._end = 0
        self._begin = 0
        self._taken: Position = {}
        self._floor: Position = {}
        self._changed = threading.Condition()
        self.closed = False

    def begin(self, domain: str, seq: int) -> None:
        """The stream is followed from after this message on. When it was before, the broker has lost its tail: positions
        in it mean nothing any more, and every reader is told to begin anew.
        """
        with self._changed:
            if domain in self._taken:
                self._end += 1
                self._begin = self._end
                self._floor = dict(self._taken)
            self._taken[domain] = self._floor[domain] = seq
            self._changed.notify_all()

    def add(self, domain: str, seq: int, facts: Iterable[Fact]) -> None:
        """One message of a stream, in the stream's order."""
        with self._changed:
            for fact in facts:
                at = self._end % len(self._entries)
                gone = self._entries[at]
                if gone is not None and self._end - self._begin == len(self._entries):
                    self._floor[gone.domain] = max(gone.seq, self._floor.get(gone.domain, 0))
                    self._begin += 1
                self._entries[at] = Entry(domain, seq, fact)
                self._end += 1
            self._taken[domain] = seq
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody waits any longer."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def now(self) -> tuple[int, Position]:
        """Where a reader stands that wants only what comes."""
        with self._changed:
            return self._end, dict(self._taken)

    def find(self, position: Mapping[str, int]) -> int:
        """Where a reader goes on that had this position; raises ``Lost`` when facts after it are gone, or it means nothing."""
        with self._changed:
            if not position or position.keys() - self._taken:
                raise Lost
            known = {domain: position.get(domain, 0) for domain in self._taken}
            if any(seq < self._floor.get(domain, 0) or seq > self._taken[domain] for domain, seq in known.items()):
                raise Lost
            for index in range(self._begin, self._end):
                entry = self._entries[index % len(self._entries)]
                if entry is not None and entry.seq > known[entry.domain]:
                    return index
            return self._end

    def after(self, index: int, seconds: float) -> list[Entry]:
        """What came since, waiting for it at most so long; raises ``Lost`` when the reader is too far behind."""
        with self._changed:
            self._changed.wait_for(lambda: self._end != index or self.closed, seconds)
            if index < self._begin:
                raise Lost
            size = len(self._entries)
            return [entry for at in range(index, self._end) if (entry := self._entries[at % size]) is not None]
