"""What every stored resource promises, proved once for all of them; a service's test only names its resources.

@pytest.mark.parametrize(("case", "rule"), checks(POOL, RULE))
async def test_standard_methods(leads: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(leads, case))
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from sqlalchemy import Connection, Engine, event, text

from crm_kit import revealing
from crm_kit.entity import Entity
from crm_kit.keys import Keys
from crm_kit.mapping import Mapping, mapping_of
from crm_kit.principal import Principal, Scope
from crm_kit.rpc import descriptors
from crm_kit.rpc.descriptors import Method
from crm_kit.rpc.wire_errors import DETAILS
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin


def _nothing(_: Any) -> None:
    """Most entities are complete as they are."""


@dataclass(frozen=True)
class ResourceCase:
    """One resource under test.

    ``service``: full proto name. ``make(**overrides)``: a message a client may send to create one, different at every
    call. ``change``: a text field that may be updated and filtered by, and a value for it or a function that makes a
    fresh one. ``search``: a text field that is searched. ``prepare``: fills columns of a stored entity that use cases
    derive. ``shown_once``: a field that only the first answer holds. ``list_statements``: what a page costs.
    ``given``: overrides that only the running service knows (the id of a parent). ``made_by_use_case``: what is
    changed later must have been created through its RPC.
    """

    service: str
    make: Callable[..., Any]
    change: tuple[str, Any]
    search: str = ""
    prepare: Callable[[Any], None] = _nothing
    given: Callable[[RunningService], Awaitable[dict[str, Any]]] | None = None
    made_by_use_case: bool = False
    shown_once: str = ""
    list_statements: int = 1

    @cached_property
    def methods(self) -> dict[str, Method]:
        """The standard methods it has, by ``Get``, ``List``, ``Create``, ``Update``, ``Delete``."""
        found = {}
        for method in descriptors.methods(descriptors.service(self.service)):
            verb = next((verb for verb in VERBS if method.name.startswith(verb)), "")
            noun = method.name.removeprefix(verb)
            if verb and (noun == self.message or (verb == "List" and _lists(method, self.message))):
                found[verb] = method
        return found

    @property
    def message(self) -> str:
        return str(type(self.make()).__name__)

    def __str__(self) -> str:
        return self.message


@dataclass
class Refusal(Exception):
    """How a call was refused."""

    status: grpc.StatusCode
    reason: str
    text: str
    fields: dict[str, str] = field(default_factory=dict)


Rule = Callable[["Bench"], Awaitable[None]]
VERBS = ("Get", "List", "Create", "Update", "Delete")


def checks(*cases: ResourceCase) -> list[Any]:
    """Parameters ``(case, rule)`` for every promise that applies to each resource."""
    # The rules are written against the bench; each module registers its own.
    from crm_kit.testing import (  # noqa: PLC0415
        access_rules,  # noqa: F401
        repeat_rules,  # noqa: F401
        restriction_rules,  # noqa: F401
        rights_rules,  # noqa: F401
        standard_methods,  # noqa: F401
    )
    from crm_kit.testing.rules import RULES  # noqa: PLC0415

    return [
        pytest.param(case, rule, id=f"{case}-{rule.__name__}")
        for case in cases
        for rule, needed in RULES.items()
        if needed <= case.methods.keys()
    ]


class Bench:
    """One resource of a running service, and what a test does with it; each has a unit nobody else uses."""

    def __init__(self, running: RunningService, case: ResourceCase) -> None:
        self.running = running
        self.case = case
        self.unit = f"/hq/{uuid4().hex[:10]}/"
        self.person = uuid4()
        field, value = case.change
        self.change = (field, value() if callable(value) else value)
        self.admin = somebody(unit_path=self.unit)
        found = mapping_of(type(case.make()).DESCRIPTOR.full_name)
        assert found is not None, f"no mapping for {case}"
        self.mapping: Mapping[Any, Any] = found
        self.entity: type[Entity] = self.mapping.entity

    def somebody(self, scope: Scope) -> Principal:
        """The same person with another reach."""
        return somebody(unit_path=self.unit, scope=scope, user_id=self.person)

    async def make(self, **overrides: Any) -> Any:
        given = await self.case.given(self.running) if self.case.given else {}
        return self.case.make(**{**given, **overrides})

    async def seed(self, count: int = 1, *, owner: UUID | None = None, unit: str = "", **overrides: Any) -> list[Any]:
        """Records stored past the RPCs, in the bench's unit; answers their messages."""
        past = ("delete_time", "pending_operation_id")
        columns: dict[str, Any] = {name: overrides.pop(name) for name in past if name in overrides}
        if self.case.made_by_use_case and not (columns or owner or unit):
            return [await self.create(await self.make(**overrides)) for _ in range(count)]
        made = []
        async with begin(self.running.work()) as tx:
            for _ in range(count):
                values, violations = self.mapping.read(await self.make(**overrides))
                assert not violations, violations
                entity = self.entity(**{**values, **columns, "owner_id": owner, "unit_path": unit or self.unit})
                self.case.prepare(entity)
                made.append(tx.add(entity))
        messages = [self.mapping.write(entity) for entity in made]
        for message in messages:
            await revealing.answer(message, (), self.running.db.subjects, self.running.db.fetch)
        return messages

    async def do(self, verb: str, who: Principal | None = None, **arguments: Any) -> Any:
        """Call a standard method; ``metadata`` is added to the call's. Raises Refusal."""
        metadata = arguments.pop("metadata", {})
        method = self.case.methods[verb]
        headers = {"authorization": f"Bearer {self.token(who or self.admin)}", **metadata}
        return await self.raw(method, method.request_type(**arguments), headers)

    def token(self, who: Principal) -> str:
        """What the gateway would send for somebody."""
        return Keys.load(self.running.keys_dir, "gateway").sign(who, self.running.service.name)

    async def create(self, message: Message, who: Principal | None = None, **metadata: str) -> Any:
        headers = {name.replace("_", "-"): value for name, value in metadata.items()}
        return await self.do("Create", who, metadata=headers, **{self.resource_field("Create"): message})

    async def update(self, message: Message, *paths: str, who: Principal | None = None, **metadata: str) -> Any:
        headers = {name.replace("_", "-"): value for name, value in metadata.items()}
        mask = {"paths": list(paths)}
        fields = {self.resource_field("Update"): message, "update_mask": mask}
        return await self.do("Update", who, metadata=headers, **fields)

    async def page(self, ids: Sequence[str], who: Principal | None = None, **arguments: Any) -> Any:
        """One page of those among ``ids`` that match."""
        only = f"id = ({' OR '.join(ids)})" if len(ids) > 1 else f"id = {ids[0]}"
        condition = arguments.pop("filter", "")
        return await self.do("List", who, filter=f"{only} AND {condition}" if condition else only, **arguments)

    async def listed(self, ids: Sequence[str], who: Principal | None = None, **arguments: Any) -> set[str]:
        return {item.id for item in self.items(await self.page(ids, who, page_size=200, **arguments))}

    def items(self, answer: Any) -> Sequence[Any]:
        """The records of a list's answer."""
        name = next(each.name for each in answer.DESCRIPTOR.fields if each.is_repeated)
        found: Sequence[Any] = getattr(answer, name)
        return found

    def resource_field(self, verb: str) -> str:
        """The field of the request that carries the record."""
        fields = self.case.methods[verb].descriptor.input_type.fields
        return next(each.name for each in fields if each.message_type and each.message_type.name == self.case.message)

    async def raw(self, method: Method, request: Message, metadata: dict[str, str]) -> Any:
        """Call past every convenience, with exactly this metadata."""
        async with self.channel() as channel:
            rpc = channel.unary_unary(
                method.path,
                request_serializer=method.request_type.SerializeToString,
                response_deserializer=method.response_type.FromString,
            )
            try:
                return await rpc(request, timeout=20, metadata=tuple(metadata.items()))
            except grpc.aio.AioRpcError as error:
                raise refusal(error) from error

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[grpc.aio.Channel]:
        async with grpc.aio.insecure_channel(self.running.address) as channel:
            yield channel

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        """What the database says."""
        async with self.running.db.connect() as connection:
            return (await connection.execute(text(statement), values)).all()

    async def stored(self) -> int:
        """How many rows the table has."""
        [row] = await self.rows(f'SELECT count(*) FROM "{self.entity.__tablename__}"')  # noqa: S608 - a class's table
        return int(row.count)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Every statement the service sends to its database inside the block."""
        sent: list[str] = []

        def note(connection: Connection, _: Any, statement: str, *_more: Any) -> None:
            if connection.engine.url.database == self.running.db.url.database:
                sent.append(statement)

        # On all engines, because a Database may use several.
        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(Engine, "before_cursor_execute", note)


def refusal(error: grpc.aio.AioRpcError) -> Refusal:
    """The refusal with its details unpacked."""
    found = Refusal(error.code(), "", error.details() or "")
    for key, value in error.trailing_metadata() or ():
        if key != DETAILS:
            continue
        for packed in status_pb2.Status.FromString(value).details:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if packed.Unpack(info):
                found.reason = info.reason
            elif packed.Unpack(bad):
                found.fields = {item.field: item.reason for item in bad.field_violations}
                found.text = "\n".join(item.description for item in bad.field_violations)
    return found


def _lists(method: Method, message: str) -> bool:
    return any(
        each.is_repeated and each.message_type is not None and each.message_type.name == message
        for each in method.descriptor.output_type.fields
    )
