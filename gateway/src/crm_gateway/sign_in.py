"""Signing in and out of browsers: by password, or at the company's provider with the gateway as messenger."""

import hashlib
import html
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import grpc
import orjson
from crm.identity.v1 import session_service_pb2, sign_in_service_pb2
from flask import Request, Response
from google.protobuf.message import Message

from crm_gateway.backends import Backends
from crm_gateway.bodies import read_form, read_json
from crm_gateway.browser_sessions import (
    Site,
    csrf_token,
    forget_session,
    keep_secret,
    keep_session,
    require_csrf_token,
    require_own_site,
    session_token,
)
from crm_gateway.problems import Problem
from crm_gateway.public.pages import asked_language
from crm_gateway.public.sign_in_page import USUAL, Attempt, failed, place, require_own_page, sign_in_page
from crm_gateway.public.visitors import refusal
from crm_gateway.remote_errors import problem_of
from crm_kit.principal import Principal
from crm_kit.rpc import descriptors

IDENTITY: Final = "identity"
ATTEMPT_SECONDS: Final = 600
TIMEOUT_SECONDS: Final = 20.0
AGENT_LIMIT: Final = 300
_PATH: Final = re.compile(r"/sign-in/([a-z0-9][a-z0-9-]{0,39})(/callback)?")

Page = Callable[[Request, str, str], Response]
"""Answers a request, given its id and the reader's language."""


class SignIn:
    """The paths ``/sign-in`` and ``/sign-out``.

    ``whose`` tells the principal behind a session's token, ``address`` where a request comes from, ``forget`` that a token has ended.
    """

    def __init__(
        self,
        backends: Backends,
        site: Site,
        service: Principal,
        whose: Callable[[str, str], Principal],
        address: Callable[[Request], str],
        forget: Callable[[str], None],
    ) -> None:
        self._backends, self._site, self._service = backends, site, service
        self._whose, self._address, self._forget = whose, address, forget

    def find(self, path: str) -> Mapping[str, Page] | None:
        """What can be done at the path, by verb; None when it is not one of these."""
        if path == "/sign-in":
            return {"GET": self._shown, "POST": self._signed_in}
        if path == "/sign-out":
            return {"POST": self._out}
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        code, back = match[1], bool(match[2])
        return {
            "GET": lambda http, request_id, language: self._at_provider(http, code, request_id, language, back=back)
        }

    def _shown(self, http: Request, request_id: str, _language: str) -> Response:
        return self._page(http, request_id, place(http.args.get("next", "/")))

    def _page(self, http: Request, request_id: str, after: str, attempt: Attempt | None = None) -> Response:
        """The page, or one that says that nobody can sign in just now."""
        language = asked_language(http, USUAL)
        asked = sign_in_service_pb2.ListSignInMethodsRequest()
        try:
            methods = self._call("crm.identity.v1.SignInService/ListSignInMethods", asked, request_id, language)
        except Problem as problem:
            return refusal(problem, language)
        return sign_in_page(methods, language, after, attempt)

    def _signed_in(self, http: Request, request_id: str, language: str) -> Response:
        """By the page's own form, which a browser sends without script, or by JSON."""
        form = http.mimetype == "application/x-www-form-urlencoded"
        return (self._with_form if form else self._with_password)(http, request_id, language)

    def _with_form(self, http: Request, request_id: str, _language: str) -> Response:
        """On to where one wanted to go, or the page again with what is wrong."""
        language = asked_language(http, USUAL)
        login, after = "", "/"
        try:
            require_own_page(http, self._site)
            sent = read_form(http)
            login, after = sent.get("login", "").strip(), place(sent.get("next", "/"))
            session = self._open(http, login, sent.get("password", ""), request_id, language)
        except Problem as problem:
            return self._page(http, request_id, after, failed(problem, login, language))
        response = Response(status=303, headers={"Location": after})
        keep_session(response, http, self._site, session.token)
        return response

    def _open(self, http: Request, login: str, password: str, request_id: str, language: str) -> Any:
        """A new session in place of the one this browser had."""
        asked = session_service_pb2.CreateSessionRequest(
            login=login, password=password, address=self._address(http), user_agent=_agent(http)
        )
        session = self._call("crm.identity.v1.SessionService/CreateSession", asked, request_id, language)
        self._end_former(http, request_id, language)
        return session

    def _with_password(self, http: Request, request_id: str, language: str) -> Response:
        """``{"login", "password"}`` → cookies, and ``{"user_id", "expire_time", "csrf_token"}``."""
        require_own_site(http, self._site)
        if http.mimetype != "application/json":
            # A form of another site can send any other type without being asked for.
            raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "Send JSON.", "请以 JSON 格式发送。")
        given = read_json(http)
        login, password = (given.get(name) if isinstance(given, dict) else None for name in ("login", "password"))
        if not isinstance(login, str) or not isinstance(password, str):
            raise Problem(400, "INVALID_ARGUMENT", "Send login and password.", "请提供 login 和 password。")
        session = self._open(http, login, password, request_id, language)
        body = {
            "user_id": session.user_id,
            "expire_time": session.expire_time.ToJsonString(),
            "csrf_token": csrf_token(session.token),
        }
        response = Response(orjson.dumps(body), content_type="application/json")
        keep_session(response, http, self._site, session.token)
        return response

    def _out(self, http: Request, request_id: str, language: str) -> Response:
        token = session_token(http, self._site)
        if token:
            require_csrf_token(http, self._site, token)
            self._end_former(http, request_id, language)
        response = Response(status=204)
        del response.headers["Content-Type"]
        forget_session(response, http, self._site)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def _at_provider(self, http: Request, code: str, request_id: str, language: str, *, back: bool) -> Response:
        try:
            return (self._back if back else self._away)(http, code, request_id, language)
        except Problem as problem:
            return _explained(problem, language)

    def _away(self, http: Request, code: str, request_id: str, language: str) -> Response:
        """To the provider, with a secret in this browser that its answer must come back with."""
        secret = secrets.token_urlsafe(32)
        started = self._call(
            "crm.identity.v1.SignInService/StartSignIn",
            sign_in_service_pb2.StartSignInRequest(
                provider=code,
                redirect_uri=f"{self._site.origin(http)}/sign-in/{quote(code)}/callback",
                browser_digest=_digest(secret),
                return_to=place(http.args.get("return_to", "/")),
            ),
            request_id,
            language,
        )
        response = Response(status=302, headers={"Location": started.authorization_uri})
        keep_secret(response, http, self._site, "sign-in", secret, ATTEMPT_SECONDS)
        return response

    def _back(self, http: Request, code: str, request_id: str, language: str) -> Response:  # noqa: ARG002
        """From the provider, with a code that identity turns into a session."""
        secret = http.cookies.get(self._site.cookie(http, "sign-in"), "")
        ended = self._call(
            "crm.identity.v1.SignInService/CompleteSignIn",
            sign_in_service_pb2.CompleteSignInRequest(
                state=http.args.get("state", ""),
                code=http.args.get("code", ""),
                error=http.args.get("error", "")[:200],
                browser_digest=_digest(secret),
                issuer=http.args.get("iss", ""),
                address=self._address(http),
                user_agent=_agent(http),
            ),
            request_id,
            language,
        )
        self._end_former(http, request_id, language)
        response = Response(status=303, headers={"Location": place(ended.return_to)})
        keep_secret(response, http, self._site, "sign-in", "", 0)
        keep_session(response, http, self._site, ended.session.token)
        return response

    def _end_former(self, http: Request, request_id: str, language: str) -> None:
        """The session this browser had before ends: nobody can prepare one for somebody else."""
        token = session_token(http, self._site)
        if not token:
            return
        try:
            principal = self._whose(token, self._address(http))
            request = session_service_pb2.DeleteSessionRequest(id="current")
            self._call("crm.identity.v1.SessionService/DeleteSession", request, request_id, language, principal)
        except Problem as problem:
            if problem.status not in (401, 404):
                raise
        finally:
            self._forget(token)

    def _call(
        self, path: str, request: Message, request_id: str, language: str, principal: Principal | None = None
    ) -> Any:
        method = descriptors.method(path)
        try:
            answer = self._backends.call(
                IDENTITY,
                method,
                request.SerializeToString(),
                principal=principal or self._service,
                timeout=TIMEOUT_SECONDS,
                metadata={"x-request-id": request_id, "accept-language": language},
                retry=False,
            )
        except grpc.RpcError as error:
            raise problem_of(error) from error
        return method.response_type.FromString(answer.body)


def _explained(problem: Problem, language: str) -> Response:
    """A page, because a browser shows it to a person; without scripts or styles."""
    text = html.escape(problem.zh if language == "zh-CN" else problem.en)
    back = "返回登录页" if language == "zh-CN" else "Back to the sign-in page"
    body = f'<!doctype html><meta charset="utf-8"><title>Tributary</title><p>{text}</p><p><a href="/sign-in">{back}</a></p>'
    return Response(body, problem.status, {"X-Reason": problem.reason}, content_type="text/html; charset=utf-8")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _agent(http: Request) -> str:
    return http.headers.get("User-Agent", "")[:AGENT_LIMIT]
