"""The client side of calls, against a server that is away once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.message import Message

from crm_kit.errors import Unavailable
from crm_kit.keys import Keys
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import Channels
from crm_kit.testing.service import somebody

from . import shelf  # noqa: F401 - the contract of the calls

BOXES, MOVES = "crm.shelf.v1.BoxService", "crm.shelf.v1.MoveService"


@dataclass
class Away:
    """A server that answers UNAVAILABLE to the first call, after having seen it."""

    channels: Channels
    seen: list[str] = field(default_factory=list)
    connections: set[str] = field(default_factory=set)

    def service(self, name: str) -> grpc.GenericRpcHandler:
        handlers = {
            method.name: grpc.unary_unary_rpc_method_handler(
                self._answer(method),
                request_deserializer=method.request_type.FromString,
                response_serializer=method.response_type.SerializeToString,
            )
            for method in descriptors.methods(descriptors.service(name))
        }
        return grpc.method_handlers_generic_handler(name, handlers)

    def _answer(self, method: descriptors.Method) -> Any:
        async def answer(_: Message, context: grpc.aio.ServicerContext) -> Message:
            self.seen.append(method.name)
            self.connections.add(context.peer())
            if len(self.seen) == 1:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "away")
            return method.response_type()

        return answer

    async def call(self, path: str, metadata: dict[str, str] | None = None, **facts: Any) -> Any:
        method = descriptors.method(path)
        request = method.request_type(**facts)
        return await self.channels.call(
            "shelf", path, request, method.response_type, principal=somebody(), metadata=metadata
        )


@pytest.fixture
async def away(tmp_path: Path) -> AsyncIterator[Away]:
    Keys.generate(tmp_path, ["east"])
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    made = Away(Channels({"shelf": f"127.0.0.1:{port}"}, Keys.load(tmp_path, "east")))
    server.add_generic_rpc_handlers((made.service(BOXES), made.service(MOVES)))
    await server.start()
    yield made
    await made.channels.close()
    await server.stop(0)


@pytest.mark.parametrize("name", ["GetBox", "ListBoxes"])
async def test_a_read_is_tried_again(away: Away, name: str) -> None:
    await away.call(f"{BOXES}/{name}")
    assert away.seen == [name, name]


async def test_a_call_whose_callee_knows_a_repeat_is_tried_again(away: Away) -> None:
    await away.call(f"{MOVES}/TakeBox", operation_id=str(uuid4()))
    assert away.seen == ["TakeBox", "TakeBox"]


async def test_a_write_with_an_idempotency_key_is_tried_again(away: Away) -> None:
    await away.call(f"{BOXES}/CreateBox", {"idempotency_key": "k"})
    assert away.seen == ["CreateBox", "CreateBox"]


@pytest.mark.parametrize("path", [f"{BOXES}/CreateBox", f"{BOXES}/RepackBox", f"{MOVES}/TakeBox"])
async def test_any_other_call_is_made_once_because_nobody_knows_whether_it_was_carried_out(
    away: Away, path: str
) -> None:
    with pytest.raises(Unavailable):
        await away.call(path)
    assert away.seen == [path.rpartition("/")[2]]


async def test_calls_with_and_without_retries_share_one_connection(away: Away) -> None:
    for name in ("GetBox", "RepackBox"):
        await away.call(f"{BOXES}/{name}")
    assert len(away.connections) == 1
