"""crm.identity.v1.RoleService."""

from crm.identity.v1 import role_pb2
from crm.identity.v1 import role_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.role import Role
from crm_identity.queries.contract import contract
from crm_identity.usecases.manage_roles import check, create_role, delete_role, update_role
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

roles = Resource(
    mappings.role,
    filters=("code", "title_en", "title_zh", "built_in", "create_time", "update_time"),
    search=("code", "title_en", "title_zh"),
    order="code",
)


class RoleService:
    """Roles."""

    GetRole = roles.get
    ListRoles = roles.list

    async def CreateRole(self, request: pb.CreateRoleRequest, call: Call) -> role_pb2.Role:
        role = await roles.read(call, request.role)
        check(role)
        async with begin(call) as tx:
            await create_role(tx, role)
        return roles.write(role)

    async def UpdateRole(self, request: pb.UpdateRoleRequest, call: Call) -> role_pb2.Role:
        values = await roles.changes(call, request.role, request.update_mask.paths)
        async with begin(call) as tx:
            role = await tx.load(Role, request.role.id, etag=request.role.etag)
            before = role.facts
            await update_role(tx, role, roles.apply(role, values), before)
        return roles.write(role)

    async def DeleteRole(self, request: pb.DeleteRoleRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_role(tx, request.id, request.etag)
        return Empty()

    async def ListPermissions(self, request: pb.ListPermissionsRequest, call: Call) -> pb.ListPermissionsResponse:  # noqa: ARG002
        return pb.ListPermissionsResponse(
            permissions=[
                pb.Permission(name=name, rpcs=rpcs)
                for name, rpcs in contract().permissions.items()
                if not request.service or name.startswith(request.service + ".")
            ]
        )
