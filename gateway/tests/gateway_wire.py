"""A service at the wire: a real gRPC server whose RPCs answer what the test tells them to."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import Message

from crm_kit.errors import Error
from crm_kit.keys import Keys
from crm_kit.principal import Principal
from crm_kit.rpc.descriptors import method
from crm_kit.rpc.wire_errors import trailers


class Received:
    """One call as it arrived."""

    def __init__(self, path: str, request: Message, metadata: dict[str, str], principal: Principal, seconds: float):
        self.path, self.request, self.metadata, self.principal, self.seconds = (
            path,
            request,
            metadata,
            principal,
            seconds,
        )


class Refusal(Exception):
    """A failure with exactly this status, message and trailers."""

    def __init__(self, code: grpc.StatusCode, message: str = "", trailing: tuple[Any, ...] = ()):
        self.code, self.message, self.trailing = code, message, trailing


class Backend(grpc.GenericRpcHandler):
    """Answers by full RPC name; every call is kept in ``received`` until ``clear``."""

    def __init__(self, name: str, keys: Keys) -> None:
        self.name, self.keys = name, keys
        self.answers: dict[str, Callable[[Any], Any]] = {}
        self.standing: dict[str, Callable[[Any], Any]] = {}
        self.received: list[Received] = []
        self.trailing: tuple[tuple[str, str], ...] = ()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    async def _start(self) -> None:
        self._server = grpc.aio.server(options=[("grpc.max_receive_message_length", 64 * 1024 * 1024)])
        self._server.add_generic_rpc_handlers((self,))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.stop(0), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def clear(self) -> None:
        self.answers.clear()
        self.received.clear()
        self.trailing = ()

    def calls(self, path: str) -> list[Received]:
        return [call for call in self.received if call.path == path]

    def service(self, details: Any) -> grpc.RpcMethodHandler | None:
        path = details.method.strip("/")
        if path.startswith("grpc.health"):
            return None
        described = method(path)

        async def serve(request: Message, context: grpc.aio.ServicerContext) -> Message:
            metadata = dict(tuple(pair) for pair in context.invocation_metadata())
            principal = self.keys.verify(metadata["authorization"].removeprefix("Bearer "))
            self.received.append(Received(path, request, metadata, principal, context.time_remaining()))
            answer = self.answers.get(path) or self.standing.get(path)
            if answer is None:
                await context.abort(grpc.StatusCode.UNIMPLEMENTED, "the test told no answer")
            try:
                result = answer(request)
                if asyncio.iscoroutine(result):
                    result = await result
            except Error as error:
                language = metadata.get("accept-language", "en")
                await context.abort(error.status, error.text(language), trailers(error, language))
            except Refusal as refusal:
                await context.abort(refusal.code, refusal.message, refusal.trailing)
            if self.trailing:
                context.set_trailing_metadata(self.trailing)
            return result

        return grpc.unary_unary_rpc_method_handler(
            serve,
            request_deserializer=described.request_type.FromString,
            response_serializer=described.response_type.SerializeToString,
        )
