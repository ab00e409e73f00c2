"""crm.identity.v1.SignInService."""

from crm.identity.v1 import sign_in_service_pb2 as pb

from crm_identity.domain.sign_in_attempt import SignInRefused
from crm_identity.rpc.session_message import session_message
from crm_identity.usecases.oidc_sign_in import Callback, Oidc, providers_offered
from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument

_DIGEST_BYTES = 32


class SignInService:
    """Signing in at a provider; the gateway carries the browser back and forth."""

    def __init__(self, oidc: Oidc) -> None:
        self._oidc = oidc

    async def ListSignInMethods(
        self,
        request: pb.ListSignInMethodsRequest,  # noqa: ARG002
        call: Call,
    ) -> pb.ListSignInMethodsResponse:
        methods = [pb.SignInMethod(code=code, name=name) for code, name in await providers_offered(call)]
        return pb.ListSignInMethodsResponse(password=True, providers=methods)

    async def StartSignIn(self, request: pb.StartSignInRequest, call: Call) -> pb.StartSignInResponse:
        _require_browser(request.browser_digest)
        uri = await self._oidc.start(
            call, request.provider, request.redirect_uri, request.browser_digest, request.return_to
        )
        return pb.StartSignInResponse(authorization_uri=uri)

    async def CompleteSignIn(self, request: pb.CompleteSignInRequest, call: Call) -> pb.CompleteSignInResponse:
        _require_browser(request.browser_digest)
        callback = Callback(
            request.state,
            request.code,
            request.error,
            request.issuer,
            request.browser_digest,
            request.address,
            request.user_agent,
        )
        try:
            session, return_to = await self._oidc.complete(call, callback)
        except SignInRefused as refused:
            note(call, "sign_in_failed", "user_account", details={"reason": refused.reason}, address=request.address)
            raise
        return pb.CompleteSignInResponse(session=session_message(session, token=session.token), return_to=return_to)


def _require_browser(browser_digest: bytes) -> None:
    if len(browser_digest) != _DIGEST_BYTES:
        raise InvalidArgument.of(
            "browser_digest", "REQUIRED", "Send the SHA-256 of the browser's secret.", "请提供浏览器密钥的 SHA-256。"
        )
