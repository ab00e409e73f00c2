"""crm.identity.v1.SessionService."""

from uuid import UUID

from crm.identity.v1 import session_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.roles import grants_of
from crm_identity.queries import user_of_token
from crm_identity.usecases.sign_in import sign_in, sign_out
from crm_kit.call import Call
from crm_kit.mapping import timestamp
from crm_kit.principal import Scope
from crm_kit.resource import read_one


class SessionService:
    """Signing in and out, and telling the gateway who a token belongs to."""

    async def CreateSession(self, request: pb.CreateSessionRequest, call: Call) -> pb.Session:
        token, expires, user = await sign_in(call, request.login, request.password)
        return pb.Session(token=token, expire_time=timestamp(expires), user=mappings.user.write(user))

    async def DeleteSession(self, request: pb.DeleteSessionRequest, call: Call) -> Empty:  # noqa: ARG002
        await sign_out(call)
        return Empty()

    async def GetCurrentUser(self, request: pb.GetCurrentUserRequest, call: Call) -> pb.CurrentUser:  # noqa: ARG002
        user = await read_one(call, mappings.user.full_name, UUID(call.principal.subject))
        return pb.CurrentUser(user=user, grants=grants(list(user.roles)), session_id=call.principal.session_id)

    async def Authenticate(self, request: pb.AuthenticateRequest, call: Call) -> pb.CurrentUser:
        user, session_id = await user_of_token(call, request.token_digest)
        return pb.CurrentUser(user=mappings.user.write(user), grants=grants(user.roles), session_id=session_id)


def grants(roles: list[str]) -> list[pb.Grant]:
    return [pb.Grant(permission=pattern, scope=Scope(scope).name.lower()) for pattern, scope in grants_of(roles)]
