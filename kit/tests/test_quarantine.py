"""In quarantine people look and nobody changes anything; services go on among themselves."""

from collections.abc import AsyncIterator
from uuid import uuid4

import grpc
import pytest

from crm_kit.errors import Unavailable
from crm_kit.keys import Keys
from crm_kit.principal import Principal, Scope
from crm_kit.quarantine import InQuarantine, refuse_changes
from crm_kit.rpc import descriptors
from crm_kit.rpc.channels import Channels
from crm_kit.rpc.server import Endpoints
from crm_kit.testing.service import RunningService, somebody

from .shelf import BoxService, MoveService

SERVICES = {"crm.shelf.v1.BoxService": BoxService(), "crm.shelf.v1.MoveService": MoveService()}


@pytest.fixture
async def quarantined(shelf: RunningService) -> AsyncIterator[str]:
    """The address of the same service, in quarantine."""
    server = grpc.aio.server()
    callers = {"crm.shelf.v1.MoveService": ["shelf"]}
    keys = Keys.load(shelf.keys_dir, "shelf")
    Endpoints(db=shelf.db, keys=keys, servicers=SERVICES, callers=callers, quarantined=True).register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(0)


async def ask(shelf: RunningService, address: str, path: str, caller: str, who: Principal, **fields: object) -> object:
    method = descriptors.method(path)
    channels = Channels({"shelf": address}, Keys.load(shelf.keys_dir, caller))
    try:
        return await channels.call("shelf", path, method.request_type(**fields), method.response_type, principal=who)
    finally:
        await channels.close()


def a_key() -> Principal:
    return Principal(subject=str(uuid4()), name="partner", kind="key", unit_path="/hq/", grants=(("*", Scope.SUBTREE),))


@pytest.mark.parametrize("who", [somebody(), a_key()], ids=["a person", "a key"])
async def test_reading_goes_on_and_changing_is_refused_to_people_and_keys(
    shelf: RunningService, quarantined: str, who: Principal
) -> None:
    await ask(shelf, quarantined, "crm.shelf.v1.BoxService/ListBoxes", "gateway", who)
    with pytest.raises(Unavailable):
        await ask(shelf, quarantined, "crm.shelf.v1.BoxService/CreateBox", "gateway", who)


async def test_services_go_on_among_themselves(shelf: RunningService, quarantined: str) -> None:
    fields = {"operation_id": str(uuid4()), "what": "x"}
    await ask(shelf, quarantined, "crm.shelf.v1.MoveService/TakeBox", "shelf", somebody(), **fields)


def test_whoever_looks_may_sign_in_and_out_and_bring_what_is_stuck_to_its_end() -> None:
    for name in ("identity.v1.SessionService/DeleteSession", "ops.v1.OperationService/CancelOperation"):
        refuse_changes(descriptors.method(f"crm.{name}"))
    for name in ("ApiKeyService/CreateApiKey", "UserService/UpdateUser"):
        with pytest.raises(InQuarantine):
            refuse_changes(descriptors.method(f"crm.identity.v1.{name}"))


def test_the_refusal_says_in_both_languages_what_is_going_on() -> None:
    assert "backup" in InQuarantine().text("en")
    assert "备份" in InQuarantine().text("zh-CN")
