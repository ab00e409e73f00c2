"""C-12: the server commits, the answer is lost, the client repeats with its key: one effect, the same record."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest

from .audit import Auditor
from .journey import Journey
from .lossy_proxy import LossyProxy
from .rest import CATALOG, TIMEOUT, Api, build
from .scale import Scale

WITHOUT_KEY = {"DELETE", "GET"}
"""Verbs that need no key: reading changes nothing, and what is deleted stays deleted."""
NOT_IN_THE_STORY = {
    "CreateSession": "a second session is what a second sign-in asks for",
    "DeleteSession": "ends the caller's own session; a second time it is refused as unknown",
    "ApproveQuote": "without a limit for discounts no quote waits for approval",
    "RejectQuote": "without a limit for discounts no quote waits for approval",
    "CreateLeadImport": "needs an uploaded file; test_import_kills repeats it",
    "CancelLeadImport": "needs an import at work; what is cancelled cannot be cancelled again",
    "UploadLeadFile": "a file uploaded twice is two files nobody imports; the import is the effect",
    "RebuildProjections": "starting a rebuild that has begun changes nothing; reporting proves it",
    "RetryDeadLetter": "needs a dead letter; kit/tests/messaging proves it",
    "DiscardDeadLetter": "needs a dead letter; kit/tests/messaging proves it",
}
"""Routes that no story of business passes through, each with its reason."""

TOLD_BY_STATE = {"ClaimLeads", "CreateCustomField"}
"""Answers that are no stored record: the repeat is told by the present state, and has no effect either way."""


@dataclass
class Repeater:
    """Sends each request twice: first the answer is lost on the way, then it is asked for again with the same key."""

    api: Api
    proxy: LossyProxy
    auditor: Auditor
    run: str
    actor: str
    done: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def __call__(self, rpc: str, *, etag: str = "", **fields: Any) -> Any:
        key = f"{self.run}-{len(self.proxy.lost)}"
        request = build(rpc, fields, key="" if CATALOG.operation(rpc).verb in WITHOUT_KEY else key, etag=etag)
        if request.verb == "GET":
            return self.api(rpc, **fields)
        self.done.add(rpc)
        before = len(self.proxy.lost)
        headers = {**request.headers, "Authorization": f"Bearer {self.api.token}", "Connection": "close"}
        with pytest.raises(httpx.TransportError):
            url = f"{self.proxy.url}{request.path}"
            httpx.request(request.verb, url, json=request.body, headers=headers, timeout=TIMEOUT)
        assert len(self.proxy.lost) == before + 1, f"{rpc} never reached the server"
        status, body = self.proxy.lost[-1]
        assert 200 <= status < 300, f"{rpc}: {status} {body.decode()}"
        first = json.loads(body) if body else {}
        effects = self._effects(request.service)
        answer = self.api.send(request)
        again = answer.json() if answer.content else {}
        if request.verb == "DELETE" or rpc in TOLD_BY_STATE:
            known = answer.status_code < 500
        else:
            replayed = answer.is_success and answer.headers.get("Idempotent-Replayed") == "true"
            known = replayed and again.get("id") == first.get("id")
        if not known:
            self.wrong.append(f"{rpc}: first {status} {first.get('id')}, then {answer.status_code} {answer.text[:200]}")
        if (now := self._effects(request.service)) != effects:
            self.wrong.append(f"{rpc}: the repeat took effect, (row facts, events) were {effects}, are {now}")
        return first

    def _effects(self, service: str) -> tuple[int, int]:
        """How many changes and events of this person the service has; those of its own work do not count."""
        return run_now(self._count(service))

    async def _count(self, service: str) -> tuple[int, int]:
        connection = await asyncpg.connect(self.auditor.urls[service])
        try:
            row = await connection.fetchrow(_EFFECTS, self.actor)
            return int(row[0]), int(row[1])
        finally:
            await connection.close()


def run_now(work: Coroutine[Any, Any, tuple[int, int]]) -> tuple[int, int]:
    with asyncio.Runner() as runner:
        return runner.run(work)


@pytest.fixture(scope="module")
def told(platform: Any, api: Api, auditor: Auditor, fault_seed: int) -> Repeater:
    """The whole story, every answer lost once."""
    user = api("GetCurrentUser")["user"]
    with LossyProxy(platform.ports.gateway) as proxy:
        repeater = Repeater(api, proxy, auditor, f"lost-{fault_seed}", f"user:{user['id']}")
        Journey(repeater, f"story-{fault_seed}", user).whole()
    return repeater


def test_a_repeat_after_a_lost_answer_has_no_second_effect_on_any_route(told: Repeater) -> None:
    assert not told.wrong, "\n".join(told.wrong)


def test_the_story_passes_through_the_mutating_routes(told: Repeater) -> None:
    mutating = {operation.name for operation in CATALOG.operations.values() if operation.verb != "GET"}
    forgotten = mutating - told.done - NOT_IN_THE_STORY.keys()
    assert not forgotten


async def test_everything_holds_after_the_story(told: Repeater, auditor: Auditor, counts: Scale) -> None:
    wrong = await auditor.settled(counts.settle_seconds)
    assert not wrong, "\n".join(wrong)


_EFFECTS = """
    SELECT (SELECT count(*) FROM row_fact WHERE actor = $1), (SELECT count(*) FROM outbox WHERE actor = $1)
"""
