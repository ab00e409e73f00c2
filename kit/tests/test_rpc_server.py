"""The pipeline before and after every handler."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from crm_kit.errors import DeadlineExceeded, Unavailable
from crm_kit.keys import Keys
from crm_kit.principal import system
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import Channels, RemoteError
from crm_kit.rpc.server import Endpoints, IncompleteServicer
from crm_kit.testing.conformance import Bench, Refusal
from crm_kit.testing.service import RunningService, somebody

from .shelf import BoxService, MoveRequest, MoveService
from .test_resource import BOX, a_box


@pytest.fixture
def bench(shelf: RunningService) -> Bench:
    return Bench(shelf, BOX)


def method(name: str, service: str = "BoxService") -> descriptors.Method:
    return descriptors.method(f"crm.shelf.v1.{service}/{name}")


async def test_a_bug_says_nothing_of_what_it_was(bench: Bench) -> None:
    headers = {"authorization": f"Bearer {bench.token(bench.admin)}"}
    with pytest.raises(Refusal) as refused:
        await bench.raw(method("DropBox"), method("DropBox").request_type(id="42"), headers)
    assert (refused.value.status, refused.value.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "secret" not in refused.value.text


async def test_an_internal_method_serves_the_named_processes_only(shelf: RunningService) -> None:
    request = MoveRequest(operation_id=str(uuid4()), what="x")
    path = "crm.shelf.v1.MoveService/TakeBox"
    await shelf.call(path, request, somebody(), caller="shelf")
    for caller in ("gateway", "east"):
        with pytest.raises(RemoteError) as refused:
            await shelf.call(path, request, somebody(), caller=caller)
        assert refused.value.status is grpc.StatusCode.PERMISSION_DENIED


async def test_a_service_by_itself_has_no_rights_over_records(shelf: RunningService) -> None:
    request = method("GetBox").request_type(id=str(uuid4()))
    with pytest.raises(RemoteError) as refused:
        await shelf.call("crm.shelf.v1.BoxService/GetBox", request, system("event", "east"), caller="east")
    assert refused.value.status is grpc.StatusCode.PERMISSION_DENIED


async def test_a_service_that_lacks_a_promised_method_does_not_start(shelf: RunningService, tmp_path: Path) -> None:
    with pytest.raises(IncompleteServicer, match="MoveService has no CreateBox"):
        Endpoints(db=shelf.db, keys=Keys("shelf", None, {}), servicers={"crm.shelf.v1.BoxService": MoveService()})
    made = Endpoints(db=shelf.db, keys=Keys("shelf", None, {}), servicers={"crm.shelf.v1.BoxService": BoxService()})
    assert {found.permission for found in made.methods} >= {"shelf.box.get", "shelf.box.drop"}


async def test_nothing_is_served_before_the_service_is_ready(shelf: RunningService) -> None:
    keys = Keys.load(shelf.keys_dir, "shelf")
    servicers = {"crm.shelf.v1.BoxService": BoxService()}
    server = grpc.aio.server()
    Endpoints(db=shelf.db, keys=keys, servicers=servicers, ready=lambda: False).register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channels = Channels({"shelf": f"127.0.0.1:{port}"}, Keys.load(shelf.keys_dir, "gateway"))
    with pytest.raises(Unavailable):
        await channels.call("shelf", "crm.shelf.v1.BoxService/DropBox", MoveRequest(), Empty, principal=somebody())
    await channels.close()
    await server.stop(0)


async def test_a_caller_out_of_time_is_told_so_without_a_call(shelf: RunningService) -> None:
    channels = Channels({"shelf": shelf.address}, Keys.load(shelf.keys_dir, "gateway"))
    with pytest.raises(DeadlineExceeded):
        await channels.call(
            "shelf", "crm.shelf.v1.MoveService/TakeBox", MoveRequest(), Empty, principal=somebody(), deadline=0.0
        )
    with pytest.raises(LookupError, match="CRM_PEERS names no nowhere"):
        await channels.call("nowhere", "crm.shelf.v1.MoveService/TakeBox", MoveRequest(), Empty, principal=somebody())
    await channels.close()


async def test_a_peer_that_is_down_is_unavailable(shelf: RunningService) -> None:
    channels = Channels({"east": "127.0.0.1:1"}, Keys.load(shelf.keys_dir, "gateway"))
    soon = asyncio.get_running_loop().time() + 1
    with pytest.raises((Unavailable, DeadlineExceeded)):
        await channels.call(
            "east", "crm.shelf.v1.MoveService/TakeBox", MoveRequest(), Empty, principal=somebody(), deadline=soon
        )
    await channels.close()


async def test_a_long_id_does_not_burst_the_trailers(bench: Bench) -> None:
    with pytest.raises(Refusal) as refused:
        await bench.do("Get", id="x" * 100_000)
    assert refused.value.reason == "NOT_FOUND"


async def test_a_nul_in_a_search_is_no_bug(bench: Bench) -> None:
    for arguments in ({"search": "a\0b"}, {"filter": 'name = "a\0b"'}, {"order_by": "name\0"}):
        try:
            await bench.do("List", **arguments)
        except Refusal as refused:
            assert refused.status is grpc.StatusCode.INVALID_ARGUMENT  # noqa: PT017


async def test_a_replay_says_that_it_is_one(bench: Bench) -> None:
    create, key = method("CreateBox"), str(uuid4())
    headers: Any = {"authorization": f"Bearer {bench.token(bench.admin)}", "idempotency-key": key}
    message = create.request_type(box=a_box())
    said = []
    async with bench.channel() as channel:
        rpc = channel.unary_unary(
            create.path,
            request_serializer=create.request_type.SerializeToString,
            response_deserializer=create.response_type.FromString,
        )
        for _ in range(2):
            call = rpc(message, metadata=tuple(headers.items()))
            await call
            said.append(dict(await call.trailing_metadata()).get("idempotent-replayed"))
    assert said == [None, "true"]
