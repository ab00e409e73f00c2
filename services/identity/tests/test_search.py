"""Users, units, teams and roles are found by their words, also those that were there before they could be."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from crm.identity.v1 import role_service_pb2 as role_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.user_pb2 import User

from crm_kit.migrations import config
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, somebody

V1 = "crm.identity.v1"


async def a_user(identity: RunningService, **facts: str) -> User:
    units = await identity.call(f"{V1}.UnitService/ListUnits", unit_pb.ListUnitsRequest(), somebody())
    user = User(**{"login": uuid4().hex, "unit_id": units.units[0].id, **facts})
    return await identity.call(f"{V1}.UserService/CreateUser", user_pb.CreateUserRequest(user=user), somebody())


async def found(identity: RunningService, words: str) -> list[str]:
    page = await identity.call(f"{V1}.UserService/ListUsers", user_pb.ListUsersRequest(search=words), somebody())
    return [user.display_name for user in page.users]


@pytest.mark.parametrize("words", ["小明", "wang xiao", "XM@YUNFAN", "区域", "jl7"])
async def test_people_are_found_by_name_login_address_and_post(identity: RunningService, words: str) -> None:
    facts = {"login": "jl7-wxm", "email": "xm@yunfan-tech.cn", "title": "区域经理"}
    await a_user(identity, display_name="王小明 Wang Xiaoming", **facts)
    await a_user(identity, display_name="李娜")
    assert await found(identity, words) == ["王小明 Wang Xiaoming"]


async def test_a_new_name_is_found_and_the_former_one_not_any_more(identity: RunningService) -> None:
    user = await a_user(identity, display_name="王小明")
    request = user_pb.UpdateUserRequest(
        user=User(id=user.id, display_name="欧阳若兰"), update_mask={"paths": ["display_name"]}
    )
    await identity.call(f"{V1}.UserService/UpdateUser", request, somebody())
    assert (await found(identity, "若兰"), await found(identity, "小明")) == (["欧阳若兰"], [])


async def test_shipped_roles_are_found_in_both_languages(identity: RunningService) -> None:
    for words in ("sales manager", "销售经理"):
        request = role_pb.ListRolesRequest(search=words)
        page = await identity.call(f"{V1}.RoleService/ListRoles", request, somebody())
        assert "sales_manager" in [role.code for role in page.roles], words


async def test_who_was_there_before_is_found_after_the_upgrade(database_factory: DatabaseFactory) -> None:
    url = await database_factory.clone("identity before search", _before)
    await asyncio.to_thread(command.upgrade, config("crm_identity", url), "heads")
    connection = await asyncpg.connect(url, server_settings={"app.lo": "/", "app.hi": "0"})
    try:
        row = await connection.fetchrow("SELECT search_text, search_grams FROM unit")
        facts = await connection.fetchval("SELECT count(*) FROM audit_entry WHERE action = 'update'")
    finally:
        await connection.close()
        await database_factory.drop(url)
    assert (row["search_text"], row["search_grams"]) == (" 总部 headquarters\n hq\n", ["总部"])
    assert facts == 0, "an upgrade is no change anybody made"


async def _before(url: str) -> None:
    await asyncio.to_thread(command.upgrade, config("crm_identity", url), "crm_identity_0006")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "INSERT INTO unit (name, code, kind, path, former_path, moving_services, id, version, event_seq, unit_path,"
            " custom_fields, create_time, update_time) VALUES ('总部 Headquarters', 'hq', 'HQ', '/hq/', '', '{}',"
            " uuidv7(), 1, 0, '/hq/', '{}', now(), now())"
        )
    finally:
        await connection.close()
