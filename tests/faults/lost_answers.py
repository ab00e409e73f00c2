"""Requests whose answer is lost on the way, repeated with their key."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import httpx

from .audit import Auditor
from .events import EVERYTHING
from .lossy_proxy import LossyProxy
from .rest import CATALOG, TIMEOUT, Api, build, sign_in

WITHOUT_KEY = {"DELETE", "GET"}
"""Verbs that need no key: reading changes nothing, and what is deleted stays deleted."""
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
        url = f"{self.proxy.url}{request.path}"
        try:
            httpx.request(request.verb, url, json=request.body, headers=headers, timeout=TIMEOUT)
        except httpx.TransportError:
            answered = False
        else:
            answered = True
        assert not answered, f"the proxy passed on the answer to {rpc}"
        assert len(self.proxy.lost) == before + 1, f"{rpc} never reached the server"
        status, body = self.proxy.lost[-1]
        assert 200 <= status < 300, f"{rpc}: {status} {body.decode()}"
        first = json.loads(body) if body else {}
        service = _named_service(fields) or request.service
        effects = self._effects(service)
        answer = self.api.send(request)
        again = answer.json() if answer.content else {}
        if request.verb == "DELETE" or rpc in TOLD_BY_STATE:
            known = answer.status_code < 500
        else:
            replayed = answer.is_success and answer.headers.get("Idempotent-Replayed") == "true"
            known = replayed and again.get("id") == first.get("id")
        if not known:
            self.wrong.append(f"{rpc}: first {status} {first.get('id')}, then {answer.status_code} {answer.text[:200]}")
        if (now := self._effects(service)) != effects:
            self.wrong.append(f"{rpc}: the repeat took effect, (row facts, events) were {effects}, are {now}")
        return first

    def signed_in(self, login: str, password: str) -> "Repeater":
        """The same for another person; what is done and what is wrong is noted together."""
        api = Api(self.api.url, sign_in(self.api.url, password, login))
        return replace(self, api=api, actor=f"user:{api('GetCurrentUser')['user']['id']}")

    def _effects(self, service: str) -> tuple[int, int]:
        """How many changes and events of this person the service has; those of its own work do not count."""
        return run_now(self._count(service))

    async def _count(self, service: str) -> tuple[int, int]:
        connection = await asyncpg.connect(self.auditor.urls[service], server_settings=EVERYTHING)
        try:
            row = await connection.fetchrow(_EFFECTS, self.actor)
            return int(row[0]), int(row[1])
        finally:
            await connection.close()


def _named_service(fields: Mapping[str, Any]) -> str:
    """The service of whose records the request is, where it names one itself or in its record."""
    records = [fields, *(value for value in fields.values() if isinstance(value, Mapping))]
    return next((record["service"] for record in records if "service" in record), "")


def run_now(work: Coroutine[Any, Any, tuple[int, int]]) -> tuple[int, int]:
    with asyncio.Runner() as runner:
        return runner.run(work)


# Changes only: that something personal was read is noted after its answer, whenever that is.
_EFFECTS = """
    SELECT (SELECT count(*) FROM audit_entry WHERE actor = $1 AND action IN ('insert', 'update', 'delete')),
        (SELECT count(*) FROM outbox WHERE actor = $1)
"""
