"""``GET /v1/live``: what changes, as server-sent events, for those who may read it.

Events: ``change`` with ``{"type", "id", "etag", "actor"}``; ``reset`` when what lies between is not known any more, so
that everything shown is to be read again. The id of an event is the position to go on from (``Last-Event-ID``); without
news a comment comes every 10 seconds. The stream ends when the session ends or its rights change, when the process
stops, and after half an hour in any case: whoever still may connects again.
"""

import time
from collections.abc import Callable, Iterator
from weakref import WeakSet

import orjson
from flask import Request, Response

from crm_gateway.live_facts import Change, Ending
from crm_gateway.live_ring import Entry, Lost, Position, Ring
from crm_gateway.problems import Problem
from crm_kit.principal import Principal

BEAT_SECONDS = 10.0
PACE_SECONDS = 0.1
"""What happens meanwhile is told together: a browser is woken at most ten times a second."""
MOST_AT_ONCE = 200
"""More changes than this at once are cheaper read again as a whole."""
LONGEST_SECONDS = 1800.0
STREAMS_PER_CALLER = 6
_LONGEST_POSITION = 500
_HEADERS = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no", "Vary": "Authorization, Cookie"}


class Listener:
    """One open stream; it exists as long as the server holds on to its answer."""

    __slots__ = ("__weakref__", "principal", "replaced", "since")

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.since = time.monotonic()
        self.replaced = False


class Live:
    """The page; ``most`` streams at once in this worker. ``caller`` tells who asks, or raises a problem."""

    def __init__(self, ring: Ring, caller: Callable[[Request], Principal], most: int) -> None:
        self._ring, self._caller, self._most = ring, caller, most
        self._listeners: WeakSet[Listener] = WeakSet()

    def __call__(self, http: Request) -> Response:
        """The stream; 503 when there are too many."""
        principal = self._caller(http)
        position = _position(http.headers.get("Last-Event-ID", ""))
        body = b"" if http.method == "HEAD" else self._told(self._admit(principal), position)
        return Response(body, content_type="text/event-stream", headers=_HEADERS)

    def _admit(self, principal: Principal) -> Listener:
        own = sorted((one for one in list(self._listeners) if one.principal.actor == principal.actor), key=_age)
        for former in own[: max(0, len(own) - STREAMS_PER_CALLER + 1)]:
            # Most likely a page that was left: a connection nobody reads is noticed only when it is written to.
            former.replaced = True
        if len(self._listeners) >= self._most:
            raise Problem(
                503,
                "LIVE_FULL",
                "Too many pages are open for live updates. Read again in half a minute.",
                "实时更新的连接数已满，请半分钟后再试。",
                headers={"Retry-After": "30"},
            )
        listener = Listener(principal)
        self._listeners.add(listener)
        return listener

    def _told(self, listener: Listener, position: Position | None) -> Iterator[bytes]:
        index, seen = self._ring.now()
        if position is not None:
            try:
                index, seen = self._ring.find(position), position
            except Lost:
                yield _block(seen, "reset", {})
        yield _comment(seen)
        while not (listener.replaced or self._ring.closed) and time.monotonic() - listener.since < LONGEST_SECONDS:
            try:
                entries = self._ring.after(index, BEAT_SECONDS)
                if entries:
                    time.sleep(PACE_SECONDS)
                    entries = self._ring.after(index, 0)
            except Lost:
                index, seen = self._ring.now()
                yield _block(seen, "reset", {})
                continue
            if any(isinstance(fact, Ending) and fact.concerns(listener.principal) for _, _, fact in entries):
                return
            index += len(entries)
            yield _written(entries, seen, listener.principal)


def _written(entries: list[Entry], seen: Position, principal: Principal) -> bytes:
    """The entries as one piece, the latest change of each record; ``seen`` moves on with them."""
    changes: dict[tuple[str, str], Change] = {}
    for entry in entries:
        seen[entry.domain] = max(entry.seq, seen.get(entry.domain, 0))
        if isinstance(entry.fact, Change) and entry.fact.may_be_told(principal):
            changes[entry.fact.type, entry.fact.id] = entry.fact
    if len(changes) > MOST_AT_ONCE:
        return _block(seen, "reset", {})
    if not changes:
        return _comment(seen)
    told = ({"type": one.type, "id": one.id, "etag": one.etag, "actor": one.actor} for one in changes.values())
    return b"".join(_block(seen, "change", each) for each in told)


def _age(listener: Listener) -> float:
    return listener.since


def _block(seen: Position, event: str, data: dict[str, str]) -> bytes:
    return b"event: %b\nid: %b\ndata: %b\n\n" % (event.encode(), _text(seen), orjson.dumps(data))


def _comment(seen: Position) -> bytes:
    """No event, but the position moves on: what was not for this reader need not be looked through again."""
    return b":\nid: %b\n\n" % _text(seen)


def _text(position: Position) -> bytes:
    return ".".join(f"{domain}-{seq}" for domain, seq in sorted(position.items())).encode()


def _position(text: str) -> Position | None:
    """What ``Last-Event-ID`` says; None without one, empty when it is none of ours."""
    if not text:
        return None
    pairs = [part.rpartition("-") for part in text[:_LONGEST_POSITION].split(".")]
    return {domain: int(seq) for domain, _, seq in pairs if domain and seq.isascii() and seq.isdigit()}
