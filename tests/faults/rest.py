"""REST calls by RPC name, each sent once: whether to repeat is the scenario's decision, not the client's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from crm_client.catalog import Catalog

CATALOG = Catalog.load()
TIMEOUT = httpx.Timeout(20.0, connect=5.0)


@dataclass(frozen=True)
class Request:
    """One HTTP request of an RPC."""

    service: str
    verb: str
    path: str
    body: Any
    headers: dict[str, str]


def build(rpc: str, fields: Mapping[str, Any], *, key: str = "", etag: str = "") -> Request:
    """``build("ClaimLead", {"id": …}, key="k")``; fields that are neither in path nor body become the query."""
    operation = CATALOG.operation(rpc)
    rest: dict[str, Any] = json.loads(json.dumps(fields))
    path = operation.template
    for variable in operation.variables:
        path = path.replace(f"{{{variable}}}", quote(str(_take(rest, variable.split("."))), safe=""))
    body: Any = None
    if operation.body == "*":
        body, rest = rest, {}
    elif operation.body:
        body = rest.pop(operation.body, {})
    query = {name: value for name, value in rest.items() if value not in (None, "")}
    headers = {"If-Match": f'"{etag}"'} if etag else {}
    if key:
        headers["Idempotency-Key"] = f'"{key}"'
    where = f"{path}?{urlencode(query)}" if query else path
    return Request(operation.service, operation.verb, where, body, headers)


class Api:
    """One signed-in caller over its own connections; sync for steps, async for load."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self._headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=self._headers, timeout=TIMEOUT)

    def load(self, connections: int) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=connections)
        return httpx.AsyncClient(base_url=self.url, headers=self._headers, timeout=TIMEOUT, limits=limits)

    def send(self, request: Request) -> httpx.Response:
        return self._http.request(request.verb, request.path, json=request.body, headers=request.headers)

    def __call__(self, rpc: str, *, key: str = "", etag: str = "", **fields: Any) -> Any:
        """The answer as JSON; anything but success fails the test."""
        answer = self.send(build(rpc, fields, key=key, etag=etag))
        assert answer.is_success, f"{rpc}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def close(self) -> None:
        self._http.close()


def sign_in(url: str, password: str, login: str = "admin") -> str:
    """The session token of the administrator, or of somebody else."""
    body = {"login": login, "password": password}
    answer = httpx.post(f"{url}/v1/sessions", json=body, timeout=TIMEOUT)
    assert answer.is_success, answer.text
    return str(answer.json()["token"])


def _take(request: dict[str, Any], path: list[str]) -> Any:
    for name in path[:-1]:
        request = request[name]
    return request.pop(path[-1])
