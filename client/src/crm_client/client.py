"""The API for scripts: records are JSON objects with the field names of the contract."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from crm_client.catalog import Catalog, Operation, Resource
from crm_client.errors import FieldError, Refused, Unreachable, Usage

Record = dict[str, Any]

PAGE_LIMIT: Final = 200
ATTEMPTS: Final = 4
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0
_TEMPORARY: Final = (429, 502, 503, 504)
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout)


class Client:
    """One server, one caller. Raises Usage before sending, Refused for the server's no, Unreachable without an answer.

    Lost connections and temporary failures are tried again; writes carry an Idempotency-Key, so that a repeat that
    follows a lost answer is not done twice.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        language: str = "en",
        timeout: float = 30.0,
        catalog: Catalog | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.catalog = catalog or Catalog.load()
        headers = {"Accept-Language": language, "User-Agent": "crm-client"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, resource: str, id: str, **path: str) -> Record:
        operation = self._resource(resource).operation("get")
        return self.call(operation, {**path, operation.variables[-1]: id})

    def part(self, resource: str, id: str, part: str) -> Record:
        """What a record has one of: ``client.part("campaigns", id, "results")``."""
        operation = self._resource(resource).part(part)
        return self.call(operation, {operation.variables[-1]: id})

    def list(
        self, resource: str, *, limit: int | None = None, page_size: int = PAGE_LIMIT, **request: Any
    ) -> Iterator[Record]:
        """Records of all pages, lazily; ``request`` takes ``filter``, ``order_by``, ``search`` and what else it has."""
        yield from self.pages(self._resource(resource).operation("list"), limit=limit, page_size=page_size, **request)

    def create(self, resource: str, record: Mapping[str, Any], *, key: str = "", **path: str) -> Record:
        """``key`` makes the creation repeatable over several runs; without it each call creates."""
        operation = self._resource(resource).operation("create")
        return self.call(operation, {**path, operation.body: record} if operation.body != "*" else record, key=key)

    def update(self, resource: str, id: str, changes: Mapping[str, Any], *, etag: str = "") -> Record:
        """Changes the given fields of the version ``etag``; of the present version when empty."""
        operation = self._resource(resource).operation("update")
        if not etag:
            etag = str(self.get(resource, id).get("etag", ""))
        return self.call(operation, {operation.body: {**changes, "id": id}}, etag=etag)

    def delete(self, resource: str, id: str, *, etag: str = "", **path: str) -> None:
        operation = self._resource(resource).operation("delete")
        self.call(operation, {**path, operation.variables[-1]: id}, etag=etag)

    def do(self, resource: str, id: str, verb: str, **fields: Any) -> Record:
        """A custom method on one record: ``client.do("leads", id, "claim")``."""
        operation = self._resource(resource).action(verb)
        return self.call(operation, {**fields, operation.variables[-1]: id})

    def call(self, operation: Operation | str, request: Mapping[str, Any], *, etag: str = "", key: str = "") -> Record:
        """Any RPC of the contract by its name, with its request as JSON; answers the response as JSON."""
        if isinstance(operation, str):
            operation = self.catalog.operation(operation)
        rest = _copy(request)
        path = operation.template
        for variable in operation.variables:
            value = _take(rest, variable.split("."))
            if value in (None, ""):
                raise Usage("{operation} needs {field}.", operation=operation.name, field=variable)
            path = path.replace(f"{{{variable}}}", quote(str(value), safe=""))
        body: Any = None
        if operation.body == "*":
            body, rest = rest, {}
        elif operation.body:
            body = rest.pop(operation.body, {})
        headers = {"If-Match": f'"{etag}"'} if etag else {}
        if operation.verb != "GET":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        answer = self.send(operation.verb, path, params=_query(rest), json=body, headers=headers)
        return _record(answer)

    def pages(
        self, operation: Operation, *, limit: int | None = None, page_size: int = PAGE_LIMIT, **request: Any
    ) -> Iterator[Record]:
        """Records of all pages of a list operation."""
        field = operation.records
        if field is None:
            raise Usage("{operation} answers no list.", operation=operation.name)
        paged = "page_token" in operation.request.fields_by_name
        left = limit
        while True:
            if paged:
                request["page_size"] = min(page_size, PAGE_LIMIT if left is None else left)
            page = self.call(operation, request)
            records: list[Record] = page.get(field.name, [])
            yield from records if left is None else records[:left]
            left = None if left is None else left - len(records)
            if not page.get("next_page_token") or (left is not None and left <= 0):
                return
            request["page_token"] = page["next_page_token"]

    def upload(self, operation: str, content: bytes, **request: str) -> Record:
        """A file as the body of an operation that takes one."""
        route = self.catalog.operation(operation)
        headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": str(uuid.uuid4())}
        return _record(self.send(route.verb, route.template, params=_query(request), content=content, headers=headers))

    def download(self, operation: str, **path: str) -> bytes:
        """The file an operation answers with."""
        route = self.catalog.operation(operation)
        where = route.template
        for variable in route.variables:
            where = where.replace(f"{{{variable}}}", quote(path[variable], safe=""))
        return self.send(route.verb, where).content

    def send(
        self,
        verb: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One HTTP request, repeated as far as that is safe; the last answer when it is a success."""
        request = self._http.build_request(
            verb, path, params=list(params) or None, json=json, content=content, headers=dict(headers or {})
        )
        repeatable = verb in ("GET", "HEAD") or "Idempotency-Key" in request.headers
        for attempt in range(1, ATTEMPTS + 1):
            pause = _FIRST_PAUSE * 2 ** (attempt - 1)
            try:
                answer = self._http.send(request)
            except httpx.TransportError as fault:
                if attempt == ATTEMPTS or not (repeatable or isinstance(fault, _NEVER_SENT)):
                    raise Unreachable("{url} does not answer: {fault}.", url=self.url, fault=fault) from fault
            else:
                if answer.status_code not in _TEMPORARY or attempt == ATTEMPTS or not repeatable:
                    return self._checked(answer)
                pause = max(pause, _retry_after(answer))
                if pause > _LONGEST_PAUSE:
                    return self._checked(answer)
            time.sleep(pause)
        raise AssertionError("the last attempt answers or raises")

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        if answer.headers.get("content-type", "").startswith("application/problem+json"):
            problem = answer.json()
            raise Refused(
                answer.status_code,
                problem.get("reason", ""),
                problem.get("detail") or problem.get("title", ""),
                [FieldError(each["field"], each["reason"], each["message"]) for each in problem.get("errors", [])],
                problem.get("request_id", ""),
            )
        raise Unreachable(
            "{url} answered {status} without a reason. Is it the address of Tributary's gateway?",
            url=answer.request.url,
            status=answer.status_code,
        )

    def _resource(self, name: str) -> Resource:
        return self.catalog.resource(name)


def _record(answer: httpx.Response) -> Record:
    if not answer.content:
        return {}
    try:
        record = answer.json()
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise Unreachable(
            "{url} answered something that is not Tributary's. Is it the address of its gateway?",
            url=answer.request.url,
        )
    return record


def _copy(value: Any) -> Any:
    return {key: _copy(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


def _take(request: dict[str, Any], path: list[str]) -> Any:
    """Removes and answers the value at a dotted path; None when absent."""
    for name in path[:-1]:
        request = request.get(name, {})
    return request.pop(path[-1], None)


def _query(request: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Query parameters: dotted names for nested fields, one per item of a list."""
    pairs: list[tuple[str, str]] = []
    for name, value in request.items():
        if isinstance(value, Mapping):
            pairs += _query(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            pairs += [(prefix + name, str(item)) for item in value]
        elif isinstance(value, bool):
            pairs.append((prefix + name, str(value).lower()))
        elif value not in (None, ""):
            pairs.append((prefix + name, str(value)))
    return pairs


def _retry_after(answer: httpx.Response) -> float:
    """Seconds the server asks to wait; 0 when it does not say."""
    text = answer.headers.get("retry-after", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 0.0
