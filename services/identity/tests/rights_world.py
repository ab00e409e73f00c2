"""What the tests of rights do over and over: make roles and posts, and ask as somebody."""

from typing import Any

from crm.identity.v1 import position_service_pb2 as position_pb
from crm.identity.v1 import role_service_pb2 as role_pb
from crm.identity.v1.position_pb2 import Position
from crm.identity.v1.role_pb2 import Grant, Role

from crm_kit.principal import Principal
from crm_kit.testing.service import RunningService, somebody

V1 = "crm.identity.v1"


async def ask(identity: RunningService, path: str, request: Any, who: Principal | None = None, **more: Any) -> Any:
    return await identity.call(f"{V1}.{path}", request, who or somebody(), **more)


async def role_named(identity: RunningService, code: str) -> Role:
    page = await ask(identity, "RoleService/ListRoles", role_pb.ListRolesRequest(filter=f'code = "{code}"'))
    return page.roles[0]


async def a_role(identity: RunningService, code: str, *grants: tuple[str, str], who: Any = None, **facts: Any) -> Role:
    given = [Grant(permission=pattern, scope=scope) for pattern, scope in grants]
    return await ask(
        identity, "RoleService/CreateRole", role_pb.CreateRoleRequest(role=Role(code=code, grants=given, **facts)), who
    )


async def change_role(identity: RunningService, role: Role, who: Any = None, **facts: Any) -> Role:
    request = role_pb.UpdateRoleRequest(role=Role(id=role.id, **facts), update_mask={"paths": list(facts)})
    return await ask(identity, "RoleService/UpdateRole", request, who)


async def a_position(identity: RunningService, user: Any, unit: Any, who: Any = None, **facts: Any) -> Position:
    position = Position(**{"user_id": user.id, "unit_id": unit.id, "roles": ["sales_manager"], **facts})
    return await ask(
        identity, "PositionService/CreatePosition", position_pb.CreatePositionRequest(position=position), who
    )
