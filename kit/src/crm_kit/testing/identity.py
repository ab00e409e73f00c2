"""Identity at the wire: what services ask it about people, answered as the test says."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from crm.identity.v1.access_service_pb2 import GetRightsRequest
from crm.identity.v1.role_pb2 import Grant
from crm.identity.v1.session_service_pb2 import CurrentUser
from crm.identity.v1.user_pb2 import User

from crm_kit.present_rights import RIGHTS
from crm_kit.principal import Principal


@dataclass
class People:
    """Whoever works here, by id; ``asked`` counts the questions."""

    known: dict[str, Principal] = field(default_factory=dict)
    asked: int = 0
    address: str = ""

    def add(self, principal: Principal) -> Principal:
        """The person may work, with these rights from now on."""
        self.known[principal.subject] = principal
        return principal

    async def get_rights(self, request: GetRightsRequest, context: Any) -> CurrentUser:
        self.asked += 1
        found = self.known.get(request.user_id)
        if found is None:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "gone")
        assert found is not None
        return _current(found)


@asynccontextmanager
async def identity_at_the_wire() -> AsyncIterator[People]:
    """A process that answers ``GetRights`` on a free port."""
    people, server = People(), grpc.aio.server()
    service, _, name = RIGHTS.partition("/")
    handler = grpc.unary_unary_rpc_method_handler(
        people.get_rights,
        request_deserializer=GetRightsRequest.FromString,
        response_serializer=CurrentUser.SerializeToString,
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
    people.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield people
    finally:
        await server.stop(0)


def _current(principal: Principal) -> CurrentUser:
    user = User(id=principal.subject, display_name=principal.name, language=principal.language)
    return CurrentUser(
        user=user,
        kind=principal.kind,
        unit_path=principal.unit_path,
        grants=_grants(principal.grants),
        epoch=principal.epoch,
    )


def _grants(grants: Iterable[tuple[str, Any]]) -> list[Grant]:
    return [Grant(permission=pattern, scope=scope.name.lower()) for pattern, scope in grants]
