"""Every RPC of a service against every wrong principal, made from the descriptors: a new RPC is covered when it is born.

async def test_every_rpc_refuses_every_wrong_principal(leads: RunningService) -> None:
    assert await wrongly_admitted(leads) == []
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import grpc

from crm_kit.keys import Keys
from crm_kit.principal import READING, Principal, Scope, system
from crm_kit.rpc import descriptors
from crm_kit.rpc.arrival import MACHINES_MAY
from crm_kit.rpc.channels import Channels
from crm_kit.rpc.descriptors import Method
from crm_kit.service import servicers
from crm_kit.testing.forgery import bad_tokens
from crm_kit.testing.service import RunningService, somebody

REFUSED = grpc.StatusCode.PERMISSION_DENIED


def served(running: RunningService) -> list[Method]:
    """Every RPC the service answers."""
    keys = Keys.load(running.keys_dir, running.service.name)
    names = servicers(running.service, running.parts, Channels({}, keys), running.sagas)
    return [method for name in names for method in descriptors.methods(descriptors.service(name))]


async def wrongly_admitted(running: RunningService) -> list[str]:
    """Which RPC let whom in; an empty request is enough, because nobody may get as far as its contents."""
    everything = somebody()
    strangers = bad_tokens(running, everything)
    wrong = []
    async with grpc.aio.insecure_channel(running.address) as channel:
        for method in served(running):
            for what, metadata in strangers.items():
                code = await _code(channel, method, metadata)
                if code is not grpc.StatusCode.UNAUTHENTICATED:
                    wrong.append(f"{method.full_name}: {what}: {code.name}")
            for what, who in _without_the_right(running, method, everything):
                token = Keys.load(running.keys_dir, "gateway").sign(who, running.service.name)
                code = await _code(channel, method, {"authorization": f"Bearer {token}"})
                if code is not REFUSED:
                    wrong.append(f"{method.full_name}: {what}: {code.name}")
    return wrong


def _without_the_right(
    running: RunningService, method: Method, everything: Principal
) -> Iterator[tuple[str, Principal]]:
    """People, keys and machines that are who they say, and may not call this."""
    if method.internal:
        if "gateway" not in running.parts.callers.get(method.descriptor.containing_service.full_name, ()):
            yield "a user past the services", everything
        return
    if method.anonymous:
        return
    others = sorted({other.permission for other in served(running)} - {method.permission, ""})
    yield "a user with every other permission", somebody(permissions=others)
    yield "a user with no permission", somebody(permissions=())
    yield "a partner's key without a grant", replace(everything, kind="key", grants=(("elsewhere.*", Scope.ALL),))
    elsewhere = replace(everything, grants=((f"x{method.permission}", Scope.ALL), (f"{method.permission}x", Scope.ALL)))
    yield "a user with a permission of a similar name", elsewhere
    if method.permission not in MACHINES_MAY:
        yield "a service on nobody's behalf", system("service", "gateway")
    module, _, action = method.permission.partition(".")
    if action.rpartition(".")[2] not in READING:
        yield "anybody while the module is switched off", replace(everything, disabled=(module,))


async def _code(channel: grpc.aio.Channel, method: Method, metadata: Mapping[str, str]) -> grpc.StatusCode:
    rpc = channel.unary_unary(method.path, request_serializer=bytes, response_deserializer=bytes)
    try:
        await rpc(b"", timeout=20, metadata=tuple(metadata.items()))
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK
