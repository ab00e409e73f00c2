"""Positions, teams and delegations: what they give, until when, and by whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from crm.identity.v1 import delegation_service_pb2 as delegation_pb
from crm.identity.v1 import position_service_pb2 as position_pb
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import team_service_pb2 as team_pb
from crm.identity.v1.delegation_pb2 import Delegation
from crm.identity.v1.team_pb2 import Team

from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService

from .rights_world import a_position, a_role, ask
from .test_identity import a_unit, a_user, acting_as, headquarters, refused, sign_in, update, who_is


async def test_a_further_position_counts_between_its_times_and_no_longer(identity: RunningService) -> None:
    user = await a_user(identity, "li.na", await a_unit(identity, "east"))
    west = await a_unit(identity, "west")
    token = (await sign_in(identity, "li.na")).token
    later = datetime.now(UTC) + timedelta(hours=1)
    coming = await a_position(identity, user, west, start_time=later)
    assert not (await who_is(identity, token)).positions
    now = await a_position(identity, user, west, end_time=later)
    [held] = (await who_is(identity, token)).positions
    assert held.unit_path == "/hq/west/"
    for position in (coming, now):
        await ask(identity, "PositionService/DeletePosition", position_pb.DeletePositionRequest(id=position.id))
    assert not (await who_is(identity, token)).positions
    with pytest.raises(RemoteError) as found:
        await a_position(identity, user, west, end_time=datetime.now(UTC) - timedelta(days=1))
    assert "end_time" in str(found.value)


async def test_a_manager_gives_positions_in_the_own_subtree_and_not_beside_it(identity: RunningService) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    user = await a_user(identity, "li.na", east)
    await a_user(identity, "boss", east, roles=["sales_manager"])
    boss = await acting_as(identity, "boss")
    await a_position(identity, user, east, boss)
    assert await refused(a_position(identity, user, west, boss)) == "WIDER_THAN_YOUR_OWN"
    assert await refused(a_position(identity, user, east, boss, roles=["administrator"])) == "WIDER_THAN_YOUR_OWN"


async def test_team_members_are_told_who_they_are_with(identity: RunningService) -> None:
    unit = await headquarters(identity)
    user = await a_user(identity, "li.na", unit)
    token = (await sign_in(identity, "li.na")).token
    made = Team(name="Bid for Acme", unit_id=unit.id, member_ids=[user.id, user.id])
    team = await ask(identity, "TeamService/CreateTeam", team_pb.CreateTeamRequest(team=made))
    assert list(team.member_ids) == [user.id]
    assert list((await who_is(identity, token)).team_ids) == [team.id]
    stranger = Team(name="Other", unit_id=unit.id, member_ids=[unit.id])
    refusal = ask(identity, "TeamService/CreateTeam", team_pb.CreateTeamRequest(team=stranger))
    assert await refused(refusal) == "INVALID_ARGUMENT"


async def delegate(identity: RunningService, delegate_id: str, who: Principal, **facts: Any) -> Delegation:
    end = datetime.now(UTC) + timedelta(days=10)
    made = Delegation(**{"delegate_id": delegate_id, "end_time": end, **facts})
    return await ask(
        identity, "DelegationService/CreateDelegation", delegation_pb.CreateDelegationRequest(delegation=made), who
    )


async def test_a_delegate_acts_with_what_was_lent_until_it_is_taken_back(identity: RunningService) -> None:
    east, west = await a_unit(identity, "east"), await a_unit(identity, "west")
    boss = await a_user(identity, "boss", east, roles=["sales_manager"])
    deputy = await a_user(identity, "deputy", west, roles=[])
    lent = await delegate(identity, deputy.id, await acting_as(identity, "boss"), permissions=["leads.*"])
    token = (await sign_in(identity, "deputy")).token
    assert list((await who_is(identity, token)).delegator_ids) == [boss.id]
    caller = await who_is(identity, token, boss.id)
    assert (caller.user.login, caller.on_behalf_of, caller.unit_path) == ("deputy", boss.id, "/hq/east/")
    granted = {grant.permission: grant.scope for grant in caller.grants}
    assert granted["leads.*"] == "subtree"
    assert not [name for name in granted if name.startswith(("sales", "customers"))]
    lent_rights = await acting_as(identity, "deputy", boss.id)
    me = await ask(identity, "SessionService/GetCurrentUser", session_pb.GetCurrentUserRequest(), lent_rights)
    assert (me.user.login, me.on_behalf_of) == ("deputy", boss.id)
    sessions = ask(identity, "SessionService/ListSessions", session_pb.ListSessionsRequest(), lent_rights)
    assert await refused(sessions) == "NOT_IN_ANOTHERS_NAME"
    boss_again = await acting_as(identity, "boss")
    await ask(
        identity, "DelegationService/DeleteDelegation", delegation_pb.DeleteDelegationRequest(id=lent.id), boss_again
    )
    assert await refused(who_is(identity, token, boss.id)) == "DELEGATION_MISSING"
    assert await refused(who_is(identity, token, east.id)) == "DELEGATION_MISSING"


async def test_in_anothers_name_nothing_is_given_on(identity: RunningService) -> None:
    unit = await headquarters(identity)
    boss = await a_user(identity, "boss", unit, roles=["administrator"])
    deputy = await a_user(identity, "deputy", unit, roles=[])
    await delegate(identity, deputy.id, await acting_as(identity, "boss"))
    lent = await acting_as(identity, "deputy", boss.id)
    for attempt in (
        delegate(identity, deputy.id, lent),
        a_user(identity, "eve", unit, lent, roles=["administrator"]),
        update(identity, deputy, lent, roles=["administrator"]),
        a_role(identity, "mine", ("leads.*", "own"), who=lent),
        a_position(identity, deputy, unit, lent),
    ):
        assert await refused(attempt) == "NOT_IN_ANOTHERS_NAME"


async def test_nobody_lends_what_they_have_not_for_longer_than_allowed_or_to_themselves(
    identity: RunningService,
) -> None:
    unit = await headquarters(identity)
    rep = await a_user(identity, "rep", unit)
    other = await a_user(identity, "other", unit)
    me = await acting_as(identity, "rep")
    for facts, field in (
        ({"permissions": ["marketing.campaign.create"]}, "permissions"),
        ({"permissions": ["nothing.*"]}, "permissions"),
        ({"end_time": datetime.now(UTC) + timedelta(days=200)}, "end_time"),
        ({"end_time": datetime.now(UTC) - timedelta(days=1)}, "end_time"),
    ):
        with pytest.raises(RemoteError) as found:
            await delegate(identity, other.id, me, **facts)
        assert field in str(found.value)
    with pytest.raises(RemoteError) as found:
        await delegate(identity, rep.id, me)
    assert "delegate_id" in str(found.value)
    assert await refused(delegate(identity, rep.id, me, delegator_id=other.id)) in (
        "INVALID_ARGUMENT",
        "PERMISSION_DENIED",
    )
