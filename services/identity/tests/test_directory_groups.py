"""Groups of a company's directory give roles by the provider's list: they come with the membership and go with it."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from crm.identity.v1 import api_key_service_pb2 as key_pb
from crm.identity.v1 import identity_provider_service_pb2 as provider_pb
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import team_service_pb2 as team_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.api_key_pb2 import ApiKey
from crm.identity.v1.identity_events_pb2 import AccessChanged, UserUpdated
from crm.identity.v1.identity_provider_pb2 import GroupRole, IdentityProvider
from crm.identity.v1.role_pb2 import Grant
from crm.identity.v1.team_pb2 import Team
from crm.identity.v1.unit_pb2 import Unit
from crm.identity.v1.user_pb2 import User
from crm.type.v1.event_batch_pb2 import EventBatch
from sqlalchemy import select

from crm_kit.outbox import outbox
from crm_kit.present_rights import principal_from
from crm_kit.principal import Principal, system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

V1 = "crm.identity.v1"
GATEWAY = system("service", "gateway")
SELLERS = [GroupRole(group="Sellers", role="sales_rep"), GroupRole(group="g-2", role="sales_manager")]


class Directory:
    """A company's directory: its key, the provider that knows the key, and what it does with groups."""

    def __init__(self, identity: RunningService, unit: Unit) -> None:
        self.identity, self.unit = identity, unit
        self.key: Principal
        self.provider: IdentityProvider

    async def connect(self, **facts: Any) -> None:
        grants = [Grant(permission=f"identity.{each}.*", scope="subtree") for each in ("user", "team", "unit")]
        key = ApiKey(name="Directory", unit_id=self.unit.id, grants=grants)
        made = await self.ask("ApiKeyService/CreateApiKey", key_pb.CreateApiKeyRequest(api_key=key))
        asked = session_pb.AuthenticateRequest(api_key=made.secret, address="203.0.113.7")
        current = await self.identity.call(f"{V1}.SessionService/Authenticate", asked, GATEWAY)
        self.key = principal_from(current)
        provider = IdentityProvider(
            code=f"p{uuid4().hex[:9]}", name="Corp", issuer=f"https://{uuid4().hex}.example.com"
        )
        provider.client_id, provider.directory_key_id = "tributary", made.id
        provider.MergeFrom(IdentityProvider(**{"group_roles": SELLERS, **facts}))
        request = provider_pb.CreateIdentityProviderRequest(identity_provider=provider)
        self.provider = await self.ask("IdentityProviderService/CreateIdentityProvider", request)

    async def ask(self, path: str, request: Any, who: Principal | None = None) -> Any:
        return await self.identity.call(f"{V1}.{path}", request, who or somebody())

    async def group(self, *members: str, name: str = "Sellers", who: Principal | None = None, **facts: Any) -> Team:
        team = Team(name=name, unit_id=self.unit.id, member_ids=members, **facts)
        return await self.ask("TeamService/CreateTeam", team_pb.CreateTeamRequest(team=team), who or self.key)

    async def change(self, team: Team, who: Principal | None = None, **facts: Any) -> Team:
        request = team_pb.UpdateTeamRequest(team=Team(id=team.id, **facts), update_mask={"paths": list(facts)})
        return await self.ask("TeamService/UpdateTeam", request, who or self.key)

    async def reconnect(self, **facts: Any) -> None:
        changed = IdentityProvider(id=self.provider.id, **facts)
        request = provider_pb.UpdateIdentityProviderRequest(
            identity_provider=changed, update_mask={"paths": list(facts)}
        )
        await self.ask("IdentityProviderService/UpdateIdentityProvider", request)

    async def user(self, *roles: str, unit_id: str = "") -> str:
        user = User(login=uuid4().hex, display_name="Li Na", unit_id=unit_id or self.unit.id, roles=roles)
        return (await self.ask("UserService/CreateUser", user_pb.CreateUserRequest(user=user))).id

    async def roles(self, user_id: str) -> list[str]:
        return list((await self.ask("UserService/GetUser", user_pb.GetUserRequest(id=user_id))).roles)


async def below(identity: RunningService, code: str) -> Unit:
    found = await identity.call(f"{V1}.UnitService/ListUnits", unit_pb.ListUnitsRequest(), somebody())
    made = Unit(name=code, code=code, kind=Unit.REGION, parent_id=found.units[0].id)
    return await identity.call(f"{V1}.UnitService/CreateUnit", unit_pb.CreateUnitRequest(unit=made), somebody())


@pytest.fixture
async def directory(identity: RunningService) -> Directory:
    made = Directory(identity, await below(identity, "east"))
    await made.connect()
    return made


async def test_who_joins_a_group_gets_its_role_and_who_leaves_it_loses_it(directory: Directory) -> None:
    one, other = await directory.user("service_agent"), await directory.user()
    team = await directory.group(one)
    assert await directory.roles(one) == ["service_agent", "sales_rep"]
    await directory.change(team, member_ids=[other])
    assert (await directory.roles(one), await directory.roles(other)) == (["service_agent"], ["sales_rep"])


async def test_copies_and_caches_hear_of_it(directory: Directory) -> None:
    one = await directory.user()
    await directory.group(one)
    batches = select(outbox.c.payload).where(outbox.c.event_type == UserUpdated.DESCRIPTOR.full_name)
    async with directory.identity.db.connect() as connection:
        [payload] = (await connection.execute(batches)).scalars()
    [item] = EventBatch.FromString(payload).items
    told = UserUpdated.FromString(item.payload).user
    assert (told.id, list(told.roles)) == (one, ["sales_rep"])
    assert any(one in event.message.ids for event in await directory.identity.announced(AccessChanged))


async def test_a_group_is_also_known_by_its_external_id(directory: Directory) -> None:
    one = await directory.user()
    await directory.group(one, name="Leaders of sellers", external_id="g-2")
    assert await directory.roles(one) == ["sales_manager"]


async def test_a_group_renamed_or_deleted_gives_nothing_any_more(directory: Directory) -> None:
    one = await directory.user()
    team = await directory.group(one)
    await directory.change(team, name="Former sellers")
    assert await directory.roles(one) == []
    await directory.change(team, name="Sellers")
    assert await directory.roles(one) == ["sales_rep"]
    await directory.ask("TeamService/DeleteTeam", team_pb.DeleteTeamRequest(id=team.id), directory.key)
    assert await directory.roles(one) == []


async def test_a_role_two_groups_give_stays_until_both_are_left(directory: Directory) -> None:
    await directory.reconnect(group_roles=[*SELLERS, GroupRole(group="Trainees", role="sales_rep")])
    one = await directory.user()
    first, second = await directory.group(one), await directory.group(one, name="Trainees")
    await directory.change(first, member_ids=[])
    assert await directory.roles(one) == ["sales_rep"]
    await directory.change(second, member_ids=[])
    assert await directory.roles(one) == []


async def test_a_changed_list_and_an_ended_connection_count_at_once(directory: Directory) -> None:
    one = await directory.user()
    await directory.group(one)
    await directory.reconnect(group_roles=[GroupRole(group="Sellers", role="marketer")])
    assert await directory.roles(one) == ["marketer"]
    request = provider_pb.DeleteIdentityProviderRequest(id=directory.provider.id)
    await directory.ask("IdentityProviderService/DeleteIdentityProvider", request)
    assert await directory.roles(one) == []


async def test_people_outside_the_unit_of_the_key_get_nothing(directory: Directory) -> None:
    west = await below(directory.identity, "west")
    one = await directory.user(unit_id=west.id)
    await directory.group(one)
    assert await directory.roles(one) == []


async def test_the_administrators_role_is_never_given(directory: Directory) -> None:
    with pytest.raises(RemoteError, match="never gives the role administrator"):
        await directory.reconnect(group_roles=[GroupRole(group="Sellers", role="administrator")])


async def test_nobody_else_changes_who_is_in_a_group_or_makes_one_of_their_own(directory: Directory) -> None:
    one = await directory.user()
    team = await directory.group()
    for attempt in (
        directory.change(team, somebody(), member_ids=[one]),
        directory.change(team, somebody(), name="Others"),
        directory.ask("TeamService/DeleteTeam", team_pb.DeleteTeamRequest(id=team.id)),
    ):
        with pytest.raises(RemoteError) as refused:
            await attempt
        assert refused.value.reason == "DIRECTORY_KEEPS_TEAM"
    await directory.group(one, name="g-2", who=somebody())
    assert await directory.roles(one) == []


async def test_a_team_of_people_is_the_directorys_once_it_changes_it(directory: Directory) -> None:
    one = await directory.user()
    team = await directory.group(one, name="Made here", who=somebody())
    assert team.provider_id == ""
    changed = await directory.change(team, name="Sellers")
    assert changed.provider_id == directory.provider.id
    assert await directory.roles(one) == ["sales_rep"]


async def test_who_was_in_a_team_gets_the_role_when_the_directory_takes_it_over(directory: Directory) -> None:
    one, other = await directory.user(), await directory.user()
    team = await directory.group(one, who=somebody())
    await directory.change(team, member_ids=[one, other])
    assert (await directory.roles(one), await directory.roles(other)) == (["sales_rep"], ["sales_rep"])


async def test_who_leaves_two_groups_at_once_keeps_nothing_of_both(directory: Directory) -> None:
    await directory.reconnect(group_roles=[*SELLERS, GroupRole(group="Trainees", role="sales_rep")])
    one = await directory.user()
    teams = [await directory.group(one), await directory.group(one, name="Trainees")]
    await asyncio.gather(*(directory.change(team, member_ids=[]) for team in teams))
    assert await directory.roles(one) == []


async def test_another_key_keeps_teams_that_give_nothing(directory: Directory) -> None:
    one = await directory.user()
    other = replace(directory.key, session_id=str(uuid4()), subject=str(uuid4()))
    assert (await directory.group(one, who=other)).provider_id == ""
    assert await directory.roles(one) == []


async def test_groups_come_from_the_token_or_from_the_directory(directory: Directory) -> None:
    with pytest.raises(RemoteError, match="leave one of group_claim and directory_key_id empty"):
        await directory.reconnect(group_claim="groups")
    with pytest.raises(RemoteError, match="no such key"):
        await directory.reconnect(directory_key_id=str(uuid4()))
