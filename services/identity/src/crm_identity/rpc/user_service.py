"""crm.identity.v1.UserService."""

from crm.identity.v1 import user_pb2
from crm.identity.v1 import user_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.user import User
from crm_identity.usecases.manage_users import create_user, delete_user, require_power_over, update_user
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

users = Resource(
    mappings.user,
    filters=(
        "login",
        "display_name",
        "email",
        "unit_id",
        "unit_path",
        "roles",
        "disabled",
        "title",
        "external_id",
        "last_sign_in_time",
        "create_time",
    ),
    search=("login", "display_name", "email", "title"),
)


class UserService:
    """People who sign in."""

    GetUser = users.get
    ListUsers = users.list

    async def CreateUser(self, request: pb.CreateUserRequest, call: Call) -> user_pb2.User:
        user = await users.read(call, request.user)
        async with begin(call) as tx:
            await create_user(tx, user, request.user.password)
        return users.write(user)

    async def UpdateUser(self, request: pb.UpdateUserRequest, call: Call) -> user_pb2.User:
        paths = [path for path in request.update_mask.paths if path != "password"]
        values = await users.changes(call, request.user, paths) if paths or not request.update_mask.paths else {}
        password = request.user.password if "password" in request.update_mask.paths else ""
        named = {*values, "password"} if password else set(values)
        async with begin(call) as tx:
            user = await tx.load(User, request.user.id, etag=request.user.etag)
            await require_power_over(tx, user, named)
            await update_user(tx, user, users.apply(user, values), password)
        return users.write(user)

    async def DeleteUser(self, request: pb.DeleteUserRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            user = await tx.load(User, request.id, etag=request.etag)
            await require_power_over(tx, user, {"disabled"})
            await delete_user(tx, user)
        return Empty()
