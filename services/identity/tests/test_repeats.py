"""A request repeated with its key is answered as it was, also where other records were read or none has an id."""

from uuid import uuid4

from crm.identity.v1 import preference_service_pb2 as preference_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1.preferences_pb2 import Preferences

from crm_kit.testing.service import RunningService, somebody

from .test_identity import a_unit, a_user, acting_as

V1 = "crm.identity.v1"


async def test_a_move_repeated_is_answered_with_the_unit_that_moved(identity: RunningService) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    request = unit_pb.MoveUnitRequest(id=east.id, parent_id=west.id)
    boss, key = somebody(), uuid4().hex
    moved = [await identity.call(f"{V1}.UnitService/MoveUnit", request, boss, idempotency_key=key) for _ in range(2)]
    assert [unit.id for unit in moved] == [east.id, east.id]


async def test_preferences_said_twice_are_answered_as_at_first(identity: RunningService) -> None:
    await a_user(identity, "li.na", await a_unit(identity, "east"))
    me, key = await acting_as(identity, "li.na"), uuid4().hex
    request = preference_pb.UpdatePreferencesRequest(
        preferences=Preferences(holder="me", theme="dark"), update_mask={"paths": ["theme"]}
    )
    path = f"{V1}.PreferenceService/UpdatePreferences"
    first, again = [await identity.call(path, request, me, idempotency_key=key) for _ in range(2)]
    assert (first.theme, first) == ("dark", again)
