"""A saga over three real services for the tests of sagas and of what operators do about them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import text

from crm_kit.call import Call
from crm_kit.keys import Keys
from crm_kit.principal import Principal
from crm_kit.rpc.channels import Channels
from crm_kit.saga import Plan, Run, Sagas, Step, start
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService
from crm_kit.tx import begin

from .shelf import MoveRequest, MoveService, running_shelf


@dataclass
class Moves:
    """A saga that takes a box in the east, then in the west, notes it here (pivot), then tells the west again."""

    home: RunningService
    channels: Channels
    east: MoveService
    west: MoveService
    places: dict[str, RunningService] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    dies: Callable[[str], None] = lambda _: None

    def plan(self) -> Plan:
        return Plan(
            "move",
            "shelf.box.repack",
            [
                Step("east", self._take("east"), self._cancel("east")),
                Step("west", self._take("west"), self._cancel("west")),
                Step("note", self._note, pivot=True),
                Step("after", self._after),
            ],
            self._failed,
        )

    def sagas(self) -> Sagas:
        """A worker, as another process would have it."""
        made = Sagas(self.home.db)
        made.register([self.plan()])
        return made

    async def start(self, who: Principal, key: str = "") -> UUID:
        async with begin(Call(self.home.db, who, "shelf.box.repack")) as tx:
            return await start(tx, "move", key or str(uuid4()), {"what": "box"})

    def _take(self, peer: str) -> Any:
        async def take(run: Run) -> None:
            self.dies(f"before {peer}")
            await self._call(run, peer, "TakeBox")
            self.dies(f"after {peer}")

        return take

    def _cancel(self, peer: str) -> Any:
        async def cancel(run: Run) -> None:
            self.dies(f"cancel {peer}")
            await self._call(run, peer, "CancelMove")

        return cancel

    async def _note(self, run: Run) -> None:
        self.dies("note")
        self.noted.append(str(run.id))

    async def _after(self, run: Run) -> None:
        await self._call(run, "west", "TakeBox")
        self.dies("after all")

    async def _failed(self, run: Run, why: str) -> None:
        self.failed.append(why)

    async def _call(self, run: Run, peer: str, name: str) -> None:
        request = MoveRequest(operation_id=str(run.id), what=peer)
        await self.channels.call(peer, f"crm.shelf.v1.MoveService/{name}", request, Empty, principal=run.call.principal)

    async def row(self, key: UUID) -> Any:
        async with self.home.db.connect() as connection:
            return (await connection.execute(text("SELECT * FROM saga WHERE id = :id"), {"id": key})).one()

    async def make_due(self) -> None:
        async with self.home.db.connect() as connection:
            await connection.execute(text("UPDATE saga SET next_time = now(), lease_until = NULL"))


@pytest.fixture
async def moves(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Moves]:
    east, west = MoveService(), MoveService()
    async with AsyncExitStack() as stack:
        places = {
            name: await stack.enter_async_context(running_shelf(database_factory, tmp_path, name=name, moves=moves))
            for name, moves in {"shelf": None, "east": east, "west": west}.items()
        }
        peers = {name: places[name].address for name in ("east", "west")}
        channels = Channels(peers, Keys.load(tmp_path, "shelf"))
        yield Moves(places["shelf"], channels, east, west, places)
        await channels.close()
