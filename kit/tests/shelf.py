"""A service of the kit's own, as small as one can be: boxes on a shelf, on a real database, behind a real server."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import crm.type.v1.count_pb2
import crm.type.v1.money_pb2
import crm.type.v1.options_pb2  # noqa: F401 - its extensions must be known before the file that uses them
import grpc
from google.api import annotations_pb2, field_behavior_pb2  # noqa: F401
from google.protobuf import (  # noqa: F401
    descriptor_pb2,
    descriptor_pool,
    field_mask_pb2,
    message_factory,
    struct_pb2,
    timestamp_pb2,
)
from google.protobuf.empty_pb2 import Empty
from grpc_tools import protoc
from sqlalchemy import Index, Numeric, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit import audit_trail, facts
from crm_kit.audit_service import AuditService
from crm_kit.bulk_change_service import BulkChangeService
from crm_kit.bulk_work import BulkWork
from crm_kit.call import Call
from crm_kit.database import Database, async_url
from crm_kit.entity import Entity, new_metadata, newest_index, scope_index
from crm_kit.errors import FailedPrecondition, Unavailable
from crm_kit.event_log import EventService
from crm_kit.facts import trigger_statements
from crm_kit.keys import Keys
from crm_kit.mapping import Mapping
from crm_kit.metadata import kit_metadata
from crm_kit.migrations import _import_kit
from crm_kit.operations import OperationService
from crm_kit.outbox import seed
from crm_kit.resource import Resource
from crm_kit.row_security import policy_statements
from crm_kit.rpc.channels import Channels
from crm_kit.rpc.server import OPTIONS, Endpoints
from crm_kit.saga import Sagas, call_off, guard
from crm_kit.service import Parts, Runtime, Service
from crm_kit.share_service import ShareService
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService
from crm_kit.tx import begin

HERE = Path(__file__).parent
PROTOS = HERE.parents[1] / "protos"


def _compile() -> None:
    with tempfile.NamedTemporaryFile(suffix=".binpb") as out:
        google = Path(annotations_pb2.__file__).parents[2]
        known = Path(str(resources.files("grpc_tools"))) / "_proto"
        folders = [f"-I{folder}" for folder in (HERE, PROTOS, google, known)]
        assert protoc.main(["protoc", *folders, f"--descriptor_set_out={out.name}", str(HERE / "shelf.proto")]) == 0
        for file in descriptor_pb2.FileDescriptorSet.FromString(Path(out.name).read_bytes()).file:
            descriptor_pool.Default().Add(file)


def message(name: str) -> Any:
    return message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(f"crm.shelf.v1.{name}"))


_compile()
Box, BoxOpened, MoveRequest = message("Box"), message("BoxOpened"), message("MoveRequest")


class Record(Entity):
    """What is on the shelf."""

    __abstract__ = True
    metadata = new_metadata()


class StoredBox(Record):
    __tablename__ = "box"

    name: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    maker: Mapped[str] = mapped_column(default="")
    size: Mapped[Decimal | None] = mapped_column(Numeric(20, 6), default=None)
    price: Mapped[Decimal | None] = mapped_column(Numeric(20, 6), default=None)
    price_currency: Mapped[str] = mapped_column(default="")
    weight: Mapped[int | None] = mapped_column(default=None)
    shelf: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list[str]] = mapped_column(default_factory=list)
    part_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    pack_date: Mapped[date | None] = mapped_column(default=None)
    open_time: Mapped[datetime | None] = mapped_column(default=None)
    labels: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)

    __table_args__ = (
        scope_index("box"),
        newest_index("box"),
        Index("uq_box_unit_path_maker", "unit_path", "maker", unique=True, postgresql_where=text("maker <> ''")),
    )


mapping = Mapping(StoredBox, Box)
boxes = Resource(
    mapping,
    filters=("name", "kind", "shelf", "size", "tags", "maker", "owner_id", "unit_path", "create_time"),
    search=("name",),
)


class BoxService:
    """Boxes come and go."""

    GetBox = boxes.get
    ListBoxes = boxes.list
    CreateBox = boxes.create
    UpdateBox = boxes.update
    DeleteBox = boxes.delete

    async def RepackBox(self, request: Any, call: Call) -> Any:
        for _ in range(2):
            async with begin(call) as tx:
                box = await tx.load(StoredBox, request.id)
                box.shelf += 1
        return boxes.write(box)

    async def LendBox(self, request: Any, call: Call) -> Any:
        async with begin(call) as tx:
            box = await tx.load(StoredBox, request.id, etag=request.etag)
            if box.kind == "TIN":
                raise NotForLending(name=box.name)
            box.owner_id, box.shelf = UUID(request.owner_id), box.shelf + 1
        return boxes.write(box)

    async def StackBoxes(self, request: Any, call: Call) -> Any:
        async with begin(call) as tx:
            stacked = [await tx.load(StoredBox, key) for key in request.ids]
            answer = message("StackBoxesResponse")(stacker="Ada")
            for height, box in enumerate(stacked, 1):
                box.shelf += 1
                answer.results.add(height=height, box=boxes.write(box))
                answer.boxes.append(boxes.write(box))
            if request.noted == "inside":
                tx.answer_with(answer)
        if request.noted == "never":
            raise Unavailable
        return answer

    async def DropBox(self, request: Any, call: Call) -> Empty:
        raise ZeroDivisionError(f"box {request.id} of a secret customer")


class NotForLending(FailedPrecondition):
    """Tins stay where they are. Facts: name."""

    en = "{name} is a tin, and tins stay."
    zh = "{name} 是罐头，不外借。"


class NoRoom(FailedPrecondition):
    """The shelf is full."""


@dataclass
class MoveService:
    """A participant of moves: writes down what it does, refuses and fails as told."""

    taken: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refuse: bool = False
    away: int = 0
    actors: list[str] = field(default_factory=list)
    slow: float = 0.0

    async def TakeBox(self, request: Any, call: Call) -> Empty:
        self.calls.append(f"take {request.what}")
        self.actors.append(f"{call.principal.actor} {call.principal.scope('shelf.box.repack').name}")
        await asyncio.sleep(self.slow)
        if self.away:
            self.away -= 1
            raise Unavailable
        async with begin(call) as tx:
            if self.refuse:
                raise NoRoom
            if await guard(tx, UUID(request.operation_id), "take"):
                self.taken.append(request.what)
        return Empty()

    async def CancelMove(self, request: Any, call: Call) -> Empty:
        self.calls.append(f"cancel {request.what}")
        async with begin(call) as tx:
            if await call_off(tx, UUID(request.operation_id), "take"):
                self.cancelled.append(request.what)
        return Empty()


async def build(url: str) -> None:
    """The tables a migration would make."""
    _import_kit()
    engine = create_async_engine(async_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(kit_metadata.create_all)
        await connection.run_sync(Record.metadata.create_all)
        await connection.run_sync(seed)
        made = (facts.FUNCTION, *trigger_statements("box"), *audit_trail.GUARDS, audit_trail.GRANTS)
        made = (*made, *policy_statements("box"))
        for statement in made:
            await connection.execute(text(statement))
    await engine.dispose()


PROCESSES = ("gateway", "shelf", "east", "west", "identity")


def _compose(_: Runtime) -> Parts:
    return Parts({})


@asynccontextmanager
async def running_shelf(
    databases: DatabaseFactory,
    keys_dir: Path,
    *,
    name: str = "shelf",
    moves: MoveService | None = None,
    callers: Sequence[str] = ("shelf",),
    pool_size: int = 10,
    peers: dict[str, str] | None = None,
) -> AsyncIterator[RunningService]:
    """The service under one of its names, on a fresh database and a free port."""
    url = await databases.served("shelf", build)
    Keys.generate(keys_dir, list(PROCESSES))
    db = Database(url, pool_size=pool_size)
    sagas = Sagas(db)
    servicers = {
        "crm.shelf.v1.BoxService": BoxService(),
        "crm.shelf.v1.MoveService": moves or MoveService(),
        "crm.ops.v1.AuditService": AuditService(name),
        "crm.ops.v1.BulkChangeService": BulkChangeService("shelf"),
        "crm.ops.v1.EventService": EventService(),
        "crm.ops.v1.OperationService": OperationService(sagas),
        "crm.ops.v1.ShareService": ShareService("shelf", "shelf"),
    }
    keys = Keys.load(keys_dir, name)
    endpoints = Endpoints(
        db=db,
        keys=keys,
        servicers=servicers,
        callers={"crm.shelf.v1.MoveService": callers},
    )
    server = grpc.aio.server(options=OPTIONS)
    endpoints.register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    service = Service(name, "crm_shelf", Record.metadata, _compose)
    made = RunningService(service, db.seeing_everything(), Parts(servicers), keys_dir, f"127.0.0.1:{port}", sagas)
    made.admin_url = databases.url(urlsplit(url).path[1:])
    channels = Channels(peers or {}, keys)
    made.bulk = BulkWork(endpoints, channels, lease_seconds=0.6)
    try:
        yield made
    finally:
        await server.stop(0)
        await channels.close()
        await made.close()
        await databases.drop(url)
