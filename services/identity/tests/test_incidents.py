"""What goes wrong in a service is told to administrators once, and leaves their list when it is over."""

import pytest
from crm.ops.v1 import incident_keeper_service_pb2 as pb
from sqlalchemy import select

from crm_identity.domain.incident import KINDS, incident
from crm_identity.domain.notification import WORDINGS
from crm_kit.principal import Principal, system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService

from .test_notifications import kinds, person, told

KEEP = "crm.ops.v1.IncidentKeeperService/KeepIncidents"


async def wrong_in(identity: RunningService, service: str, *wrong: str, caller: str = "") -> None:
    teller = caller or service
    request = pb.KeepIncidentsRequest(service=service, kinds=wrong)
    await identity.call(KEEP, request, system("service", teller), caller=teller)


async def unread(identity: RunningService, who: Principal) -> list[str]:
    return sorted(one.kind for one in (await told(identity, who, unread=True)).notifications)


async def test_an_incident_is_told_to_administrators_once_however_often_the_service_says_so(
    identity: RunningService,
) -> None:
    _, administrator = await person(identity, "administrator")
    _, seller = await person(identity)
    for _ in range(3):
        await wrong_in(identity, "leads", "events_dead")
    await wrong_in(identity, "sales", "events_dead")
    assert await kinds(identity, administrator) == ["events_dead", "events_dead"]
    assert await kinds(identity, seller) == []


async def test_what_is_over_leaves_the_unread_list_and_is_told_again_when_it_comes_back(
    identity: RunningService,
) -> None:
    _, administrator = await person(identity, "administrator")
    await wrong_in(identity, "leads", "events_late", "operation_stuck")
    await wrong_in(identity, "leads", "operation_stuck")
    assert await unread(identity, administrator) == ["operation_stuck"]
    await wrong_in(identity, "leads", "events_late", "operation_stuck")
    assert await unread(identity, administrator) == ["events_late", "operation_stuck"]
    await wrong_in(identity, "leads")
    assert await unread(identity, administrator) == []
    async with identity.db.connect() as connection:
        assert (await connection.execute(select(incident))).all() == []


async def test_a_service_tells_of_itself_only(identity: RunningService) -> None:
    with pytest.raises(RemoteError) as refused:
        await wrong_in(identity, "leads", "events_dead", caller="sales")
    assert refused.value.reason == "INCIDENT_OF_ANOTHER"


async def test_what_a_later_release_tells_is_passed_over(identity: RunningService) -> None:
    _, administrator = await person(identity, "administrator")
    await wrong_in(identity, "leads", "moon_eclipsed", "events_dead")
    assert await kinds(identity, administrator) == ["events_dead"]


def test_every_incident_has_its_words() -> None:
    assert WORDINGS.keys() >= KINDS
