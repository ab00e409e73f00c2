"""Same Idempotency-Key, same outcome: how a call that carries one is answered, first and again."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.message import Message

from crm_kit import idempotency, kept_answers
from crm_kit.call import Call, Idempotency
from crm_kit.errors import InvalidArgument
from crm_kit.idempotency import Replayed
from crm_kit.mapping import mapping_of
from crm_kit.resource import read_one
from crm_kit.rpc.descriptors import Method

KEY, LIMIT = "idempotency-key", 255
Handler = Callable[[Any, Call], Awaitable[Message]]


def obeying_keys(method: Method, handler: Handler) -> Callable[[Any, Call, str | None], Awaitable[Message]]:
    """The handler of an RPC that changes something, made to honour the key of a request, None being none.

    Signing in has no caller yet to whom a key could belong, and its answer is a secret: keys mean nothing there.
    """
    result_type = method.descriptor.output_type.full_name
    stored = mapping_of(result_type) is not None
    keyless = method.reads or method.anonymous

    async def answered(request: Any, call: Call, key: str | None) -> Message:
        if keyless or key is None:
            return await handler(request, call)
        call.idempotency = _idempotency(method, key, request, result_type)
        try:
            return await (handler(request, call) if stored else first(request, call))
        except Replayed as replayed:
            call.idempotency.replayed = True
            if not stored or replayed.answer is not None:
                return await kept_answers.unpack(call, method.response_type, replayed.answer or b"", read_one)
            made: Message = await read_one(call, result_type, replayed.result_id)
            return made

    async def first(request: Any, call: Call) -> Message:
        await idempotency.recall(call)
        answer = await handler(request, call)
        if call.idempotency is not None and not call.idempotency.answered:
            await idempotency.keep(call, kept_answers.pack(answer))
        return answer

    return answered


def _idempotency(method: Method, key: str, request: Message, result_type: str) -> Idempotency:
    if not 0 < len(key) <= LIMIT:
        raise InvalidArgument.of(
            "Idempotency-Key",
            "BAD_LENGTH",
            f"Use 1 to {LIMIT} characters, best a UUID.",
            f"请使用 1 到 {LIMIT} 个字符，最好是 UUID。",
        )
    fingerprint = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    return Idempotency(key, method.full_name, fingerprint, result_type)
