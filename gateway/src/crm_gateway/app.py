"""The WSGI application: every request passes one view that traces, limits, answers and logs it."""

import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from crm_gateway.api_keys import refuse_keys_in_url, without_keys
from crm_gateway.bodies import nul_refused
from crm_gateway.dispatch import Dispatcher
from crm_gateway.problems import Problem, language_of
from crm_gateway.remote_errors import INTERNAL
from crm_gateway.routes import Match, Router
from crm_gateway.turns import Turns
from crm_kit import telemetry
from crm_kit.logging import bind_request, get_logger

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEADER_LIMIT = 16_384
TARGET_LIMIT = 8_192
_VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_TRACE_HEADERS = (("traceparent", "HTTP_TRACEPARENT"), ("tracestate", "HTTP_TRACESTATE"))
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_API = "/v1/"
_HEALTH = "/health/"
_USUAL = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=31536000"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
)
"""What every answer carries that does not say otherwise itself."""

Page = Callable[[Request], Response]
Handler = Callable[[Request, str, str], Response]
"""Answers a request, given its id and the language the client asked for."""


class Section(Protocol):
    """Paths that are neither RPCs nor fixed pages."""

    def find(self, path: str) -> Mapping[str, Handler] | None:
        """What can be done at the path, by verb; None when it is none of this section's."""


log = get_logger(__name__)


def create_app(
    router: Router,
    dispatcher: Dispatcher,
    pages: dict[str, Page],
    draining: Callable[[], bool],
    sections: Sequence[Section] = (),
    at_once: int = 16,
) -> Flask:
    """``pages`` are the paths that are not RPCs: health, live changes, API description and reference; ``sections`` the
    families of such paths: signing in, provisioning; ``at_once``: requests that are answered side by side.
    """
    edge = Edge(router, dispatcher, pages, draining, sections, at_once)
    app = Application(edge)
    app.url_map.merge_slashes = False
    for rule in ("/", "/<path:_path>"):
        app.add_url_rule(rule, "edge", edge.serve_current, methods=_VERBS, provide_automatic_options=False)
    app.register_error_handler(HTTPException, edge.refuse)
    return app


class Application(Flask):
    """Flask, of which RPCs use the request and the response only.

    The contract routes them, so that a URL map, a session and context variables would be made for nobody: they cost as
    much as all that the gateway does for a short answer.
    """

    def __init__(self, edge: "Edge") -> None:
        super().__init__("crm_gateway", static_folder=None)
        self._edge = edge

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            said = {name for name, _ in headers}
            if any("frame-ancestors" in value for _, value in headers):
                # That says who may frame the page, and can name sites, which the older header cannot.
                said.add("X-Frame-Options")
            return start_response(status, [*headers, *(pair for pair in _USUAL if pair[0] not in said)], *error)

        if environ["REQUEST_METHOD"] in _VERBS and environ["PATH_INFO"].startswith(_API):
            answered: Iterable[bytes] = self._edge.serve(Request(environ))(environ, start)
            return answered
        return super().wsgi_app(environ, start)


class Edge:
    """What every request meets, whatever it asks for."""

    def __init__(
        self,
        router: Router,
        dispatcher: Dispatcher,
        pages: dict[str, Page],
        draining: Callable[[], bool],
        sections: Sequence[Section] = (),
        at_once: int = 16,
    ) -> None:
        self._turns = Turns(at_once)
        self._router, self._dispatcher = router, dispatcher
        self._pages, self._sections = pages, sections
        self._draining = draining

    def serve_current(self, _path: str = "") -> Response:
        """Answers Flask's current request."""
        return self.serve(request)

    def serve(self, http: Request) -> Response:
        """Answers a request in its turn, with a problem when it cannot."""
        started = time.perf_counter()
        method, path, environ = http.method, http.path, http.environ
        verb = "GET" if method == "HEAD" else method
        page = self._pages.get(path)
        handlers = self._handlers(path) if page is None and not path.startswith(_API) else None
        found = frozenset({"GET"}) if page is not None else frozenset(handlers or ()) or self._router.find(verb, path)
        template = path if page else found.route.binding.template if isinstance(found, Match) else ""
        if handlers is not None:
            template = f"/{path.split('/', 2)[1]}"
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        carrier = {name: environ[key] for name, key in _TRACE_HEADERS if key in environ}
        attributes = {"http.request.method": method, "http.route": template}
        name = f"{verb} {template}".rstrip()
        with (
            bind_request(request_id),
            telemetry.span(name, telemetry.SpanKind.SERVER, attributes, telemetry.extract(carrier)) as span,
        ):
            try:
                handler = handlers.get(verb) if handlers is not None else None
                response, reason = self._answer(http, verb, found, page, handler, request_id), ""
            except Problem as problem:
                response, reason = _refused(http, problem, request_id), problem.reason
            except Exception as fault:
                telemetry.record_error(span, fault)
                log.exception("request.failed", message="a request failed by a fault of the gateway", route=template)
                response, reason = _refused(http, Problem(500, *INTERNAL), request_id), INTERNAL[0]
            response.headers["X-Request-Id"] = request_id
            if self._draining():
                # A client that keeps its connection would meet the end of this process on it.
                response.headers["Connection"] = "close"
            span.set_attribute("http.response.status_code", response.status_code)
            seconds = time.perf_counter() - started
            measured: dict[str, str | int] = {**attributes, "http.response.status_code": response.status_code}
            if reason:
                measured["error.type"] = reason
            telemetry.http_server_duration.record(seconds, measured)
            if page is None:
                log.info(
                    "request",
                    message=f"{method} {template or without_keys(path[:200])} {response.status_code}",
                    method=method,
                    route=template,
                    status=response.status_code,
                    problem=reason,
                    milliseconds=round(seconds * 1000, 2),
                )
        return response

    def _handlers(self, path: str) -> Mapping[str, Handler] | None:
        return next((found for section in self._sections if (found := section.find(path)) is not None), None)

    def _answer(
        self,
        http: Request,
        verb: str,
        found: Match | frozenset[str],
        page: Page | None,
        handler: Handler | None,
        request_id: str,
    ) -> Response:
        _check_limits(http)
        refuse_keys_in_url(http)
        if page is not None and verb == "GET" and http.path.startswith(_HEALTH):
            # A probe that waited in line would have a busy process replaced.
            return page(http)
        # Live streams all come back at once after a restart, and are never more than was set.
        with self._turns.taken(patient=page is not None):
            if handler is not None:
                return handler(http, request_id, _language(http))
            if isinstance(found, Match):
                return self._dispatcher.answer(found, http, request_id, _language(http))
            return page(http) if page is not None and verb == "GET" else _not_routed(verb, found)

    def refuse(self, error: HTTPException) -> Response:
        """A request that HTTP itself forbids, before any route was looked for."""
        status = error.code or 400
        name = error.name.upper().replace(" ", "_")
        request_id = uuid.uuid4().hex
        response = _refused(request, Problem(status, name, f"{error.name}.", "请求不符合 HTTP 规范。"), request_id)
        response.headers["X-Request-Id"] = request_id
        return response


def _language(http: Request) -> str:
    return language_of(http.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def _refused(http: Request, problem: Problem, request_id: str) -> Response:
    return problem.response(_language(http) or "en", request_id, telemetry.trace_id_hex())


def _check_limits(http: Request) -> None:
    size = sum(len(name) + len(str(value)) for name, value in http.environ.items() if name.startswith("HTTP_"))
    if size > HEADER_LIMIT:
        raise Problem(
            431,
            "HEADERS_TOO_LARGE",
            f"All headers together may have at most {HEADER_LIMIT} bytes.",
            f"请求头总长度不能超过 {HEADER_LIMIT} 字节。",
        )
    if "\0" in http.path or b"%00" in http.query_string:
        raise nul_refused()
    if len(http.query_string) + len(http.path) > TARGET_LIMIT:
        raise Problem(
            414,
            "TARGET_TOO_LONG",
            f"Path and query together may have at most {TARGET_LIMIT} bytes.",
            f"路径与查询参数总长度不能超过 {TARGET_LIMIT} 字节。",
        )


def _not_routed(verb: str, allowed: frozenset[str]) -> Response:
    if not allowed:
        raise Problem(
            404, "ROUTE_NOT_FOUND", "There is nothing at this path. See /docs.", "此路径不存在，请参阅 /docs。"
        )
    verbs = sorted(allowed | {"OPTIONS"} | ({"HEAD"} if "GET" in allowed else set()))
    if verb == "OPTIONS":
        return Response(status=204, headers={"Allow": ", ".join(verbs)})
    raise Problem(
        405,
        "METHOD_NOT_ALLOWED",
        f"This path takes {', '.join(sorted(allowed))}.",
        f"此路径支持 {', '.join(sorted(allowed))}。",
        headers={"Allow": ", ".join(verbs)},
    )
