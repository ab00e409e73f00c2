"""People at work: each signed in by name, each step under a key of its own, so that a repeated load does nothing twice."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

from crm_client import Client
from crm_client.catalog import Catalog

Record = dict[str, Any]
T = TypeVar("T")

AT_ONCE = 6
"""Steps under way together: enough to keep two cores at work, few enough to leave them usable."""


@dataclass(frozen=True, slots=True)
class Person:
    """One signed-in user. A repeated step answers with the record as it is now and changes nothing."""

    client: Client
    id: str

    def create(self, resource: str, record: Record, step: str) -> Record:
        return self.client.create(resource, record, key=key(step))

    def do(self, resource: str, record_id: str, verb: str, step: str, **fields: Any) -> Record:
        operation = self.client.catalog.resource(resource).action(verb)
        request = {**fields, operation.variables[-1]: record_id}
        return self.client.call(operation, request, key=key(f"{step} {verb}"))


def key(step: str) -> str:
    """The Idempotency-Key of a step."""
    return str(uuid5(NAMESPACE_OID, f"tributary demo {step}"))


def sign_in(url: str, catalog: Catalog, login: str, password: str) -> Person:
    with Client(url, catalog=catalog) as door:
        session = door.call("CreateSession", {"login": login, "password": password})
    return Person(Client(url, str(session["token"]), timeout=60.0, catalog=catalog), str(session["user_id"]))


def find(client: Client, resource: str, filter: str) -> Record | None:
    """The first record that the filter holds for."""
    return next(client.list(resource, filter=filter, limit=1), None)


def together(work: Iterable[Callable[[], T]]) -> list[T]:
    """Do independent steps at once; answers in their order. The first failure is raised when all have ended."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [done.result() for done in [pool.submit(one) for one in work]]
