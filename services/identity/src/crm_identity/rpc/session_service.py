"""crm.identity.v1.SessionService."""

from uuid import UUID

from crm.identity.v1 import role_pb2, session_pb2, user_pb2
from crm.identity.v1 import session_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity.domain.caller import Caller
from crm_identity.rpc.current_user import current_user
from crm_identity.rpc.session_message import session_message
from crm_identity.usecases.api_keys import use_api_key
from crm_identity.usecases.lease_requests import lease_requests
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_identity.usecases.sessions import CURRENT, end_session, list_sessions, use_session
from crm_identity.usecases.sign_in import sign_in
from crm_kit.call import Call
from crm_kit.positions import position_of, size_of, token_of
from crm_kit.secret_box import SecretBox


class SessionService:
    """Signing in and out, and telling the gateway who a token or key belongs to."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box

    async def CreateSession(self, request: pb.CreateSessionRequest, call: Call) -> session_pb2.Session:
        opened, _ = await sign_in(call, request.login, request.password, request.address, request.user_agent)
        return session_message(opened, token=opened.token)

    async def ListSessions(self, request: pb.ListSessionsRequest, call: Call) -> pb.ListSessionsResponse:
        refuse_in_anothers_name(call.principal)
        size, position = size_of(request.page_size), position_of(request.page_token, 1)
        before = UUID(str(position[0])) if position else None
        rows = await list_sessions(call, request.user_id, before, size + 1)
        shown = [session_message(row, current=call.principal.session_id) for row in rows[:size]]
        token = token_of(shown[-1].id) if len(rows) > size else ""
        return pb.ListSessionsResponse(sessions=shown, next_page_token=token)

    async def DeleteSession(self, request: pb.DeleteSessionRequest, call: Call) -> Empty:
        if request.id != CURRENT:
            refuse_in_anothers_name(call.principal)
        await end_session(call, request.id)
        return Empty()

    async def GetCurrentUser(self, request: pb.GetCurrentUserRequest, call: Call) -> pb.CurrentUser:  # noqa: ARG002
        principal = call.principal
        if principal.kind == "key":
            return _as_it_came(call)
        caller = Caller(UUID(principal.subject), session_id=principal.session_id)
        answer = await current_user(call, caller, principal.on_behalf_of)
        # What is hidden looks as if it were not there, so nobody is told by which rule.
        answer.ClearField("restrictions")
        return answer

    async def Authenticate(self, request: pb.AuthenticateRequest, call: Call) -> pb.CurrentUser:
        if request.api_key:
            caller = await use_api_key(call, self._box, request.api_key, request.address)
        else:
            caller = await use_session(call, request.token_digest)
        return await current_user(call, caller, request.on_behalf_of)

    async def LeaseRequests(self, request: pb.LeaseRequestsRequest, call: Call) -> pb.RequestLease:
        leased = await lease_requests(call, request.api_key_id, request.wanted)
        return pb.RequestLease(
            granted=leased.granted,
            rate_class=leased.rate_class,
            most=leased.most,
            remaining=leased.remaining,
            left_ms=leased.left_ms,
        )


def _as_it_came(call: Call) -> pb.CurrentUser:
    """A key is told what its statement says: only the gateway has seen the key itself."""
    principal = call.principal
    return pb.CurrentUser(
        user=user_pb2.User(display_name=principal.name, unit_path=principal.unit_path, language=principal.language),
        kind=principal.kind,
        unit_path=principal.unit_path,
        grants=[role_pb2.Grant(permission=name, scope=scope.name.lower()) for name, scope in principal.grants],
        disabled_modules=principal.disabled,
        epoch=principal.epoch,
    )
