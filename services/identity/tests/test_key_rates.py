"""One second's requests of a key are handed out once, whoever asks for them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from crm.identity.v1 import api_key_service_pb2 as pb
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1.api_key_pb2 import ApiKey
from crm.identity.v1.role_pb2 import Grant

from crm_identity.domain.api_key import RATES
from crm_kit.principal import system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

GATEWAY = system("service", "gateway")
READING = [Grant(permission="leads.lead.get", scope="subtree")]


async def a_key(identity: RunningService, rate_class: str = "standard") -> ApiKey:
    units = await identity.call("crm.identity.v1.UnitService/ListUnits", unit_pb.ListUnitsRequest(), somebody())
    key = ApiKey(name="Form", unit_id=units.units[0].id, grants=READING, rate_class=rate_class)
    request = pb.CreateApiKeyRequest(api_key=key)
    return await identity.call("crm.identity.v1.ApiKeyService/CreateApiKey", request, somebody())


async def lease(identity: RunningService, key: ApiKey, wanted: int) -> session_pb.RequestLease:
    request = session_pb.LeaseRequestsRequest(api_key_id=key.id, wanted=wanted)
    return await identity.call("crm.identity.v1.SessionService/LeaseRequests", request, GATEWAY)


async def within_a_second(
    identity: RunningService, key: ApiKey, work: Callable[[], Awaitable[list[session_pb.RequestLease]]]
) -> list[session_pb.RequestLease]:
    """The work's leases, all of one second of the database; begun at its start, and again if it ran over its end."""
    for _ in range(5):
        await asyncio.sleep((await lease(identity, key, 1)).left_ms / 1000 + 0.01)
        leases = await work()
        left = [each.left_ms for each in leases]
        if left and left[-1] == min(left) and left[0] == max(left) and len(set(left)) >= 1:
            return leases
    pytest.fail("no second was long enough")


@pytest.mark.parametrize("rate_class", list(RATES))
async def test_askers_at_once_get_together_what_the_class_allows_and_no_more(
    identity: RunningService, rate_class: str
) -> None:
    key, most = await a_key(identity, rate_class), RATES[rate_class]

    async def together() -> list[session_pb.RequestLease]:
        found = await asyncio.gather(*(lease(identity, key, most // 4) for _ in range(7)))
        return sorted(found, key=lambda each: -each.left_ms)

    leases = await within_a_second(identity, key, together)
    assert sum(each.granted for each in leases) == most
    assert min(each.remaining for each in leases) == 0
    assert {(each.rate_class, each.most) for each in leases} == {(rate_class, most)}


async def test_the_next_second_begins_anew(identity: RunningService) -> None:
    key = await a_key(identity)

    async def all_of_it() -> list[session_pb.RequestLease]:
        return [await lease(identity, key, 50), await lease(identity, key, 1)]

    first, second = await within_a_second(identity, key, all_of_it)
    assert (first.granted, second.granted) == (RATES["standard"], 0)
    await asyncio.sleep(second.left_ms / 1000 + 0.01)
    assert (await lease(identity, key, 1)).granted == 1


async def test_keys_do_not_share_a_second(identity: RunningService) -> None:
    one, other = await a_key(identity), await a_key(identity)
    await lease(identity, one, 50)
    assert (await lease(identity, other, 5)).granted == 5


async def test_a_revoked_key_gets_nothing(identity: RunningService) -> None:
    key = await a_key(identity)
    request = pb.RevokeApiKeyRequest(id=key.id, reason="leaked")
    await identity.call("crm.identity.v1.ApiKeyService/RevokeApiKey", request, somebody())
    with pytest.raises(RemoteError) as refused:
        await lease(identity, key, 1)
    assert refused.value.reason == "UNAUTHENTICATED"


async def test_only_the_edge_asks(identity: RunningService) -> None:
    key: Any = await a_key(identity)
    request = session_pb.LeaseRequestsRequest(api_key_id=key.id, wanted=1)
    with pytest.raises(RemoteError) as refused:
        await identity.call("crm.identity.v1.SessionService/LeaseRequests", request, somebody(), caller="leads")
    assert refused.value.reason == "PERMISSION_DENIED"
