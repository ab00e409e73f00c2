"""The WSGI application: every request passes one view that traces, limits, answers and logs it."""

import re
import time
import uuid
from collections.abc import Callable

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from crm_gateway.bodies import nul_refused
from crm_gateway.dispatch import Dispatcher
from crm_gateway.problems import Problem, language_of
from crm_gateway.remote_errors import INTERNAL
from crm_gateway.routes import Match, Router
from crm_kit import telemetry
from crm_kit.logging import bind_request, get_logger

HEADER_LIMIT = 16_384
TARGET_LIMIT = 8_192
_VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
_CLOSED = "default-src 'none'; frame-ancestors 'none'"

Page = Callable[[Request], Response]
log = get_logger(__name__)


def create_app(router: Router, dispatcher: Dispatcher, pages: dict[str, Page], draining: Callable[[], bool]) -> Flask:
    """``pages`` are the paths that are not RPCs: health, API description and reference."""
    app = Flask("crm_gateway", static_folder=None)
    edge = Edge(router, dispatcher, pages, draining)
    app.url_map.merge_slashes = False
    for rule in ("/", "/<path:_path>"):
        app.add_url_rule(rule, "edge", edge.serve, methods=_VERBS, provide_automatic_options=False)
    app.register_error_handler(HTTPException, edge.refuse)
    return app


class Edge:
    """What every request meets, whatever it asks for."""

    def __init__(
        self, router: Router, dispatcher: Dispatcher, pages: dict[str, Page], draining: Callable[[], bool]
    ) -> None:
        self._router = router
        self._dispatcher = dispatcher
        self._pages = pages
        self._draining = draining

    def serve(self, _path: str = "") -> Response:
        """Answers the current request, with a problem when it cannot."""
        started = time.perf_counter()
        verb = "GET" if request.method == "HEAD" else request.method
        page = self._pages.get(request.path)
        found = frozenset({"GET"}) if page is not None else self._router.find(verb, request.path)
        template = request.path if page else found.route.binding.template if isinstance(found, Match) else ""
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        carrier = {name: request.headers[name] for name in ("traceparent", "tracestate") if name in request.headers}
        attributes = {"http.request.method": request.method, "http.route": template}
        name = f"{verb} {template}".rstrip()
        with (
            bind_request(request_id),
            telemetry.span(name, telemetry.SpanKind.SERVER, attributes, telemetry.extract(carrier)) as span,
        ):
            try:
                response, reason = self._answer(verb, found, page, request_id), ""
            except Problem as problem:
                response, reason = _refused(problem, request_id), problem.reason
            except Exception as fault:
                telemetry.record_error(span, fault)
                log.exception("request.failed", message="a request failed by a fault of the gateway", route=template)
                response, reason = _refused(Problem(500, *INTERNAL), request_id), INTERNAL[0]
            _dress(response, request_id)
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
                    message=f"{request.method} {template or request.path[:200]} {response.status_code}",
                    method=request.method,
                    route=template,
                    status=response.status_code,
                    reason=reason,
                    milliseconds=round(seconds * 1000, 2),
                )
        return response

    def _answer(self, verb: str, found: Match | frozenset[str], page: Page | None, request_id: str) -> Response:
        _check_limits(request)
        if isinstance(found, Match):
            return self._dispatcher.answer(found, request, request_id, _language())
        return page(request) if page is not None and verb == "GET" else _not_routed(verb, found)

    def refuse(self, error: HTTPException) -> Response:
        """A request that HTTP itself forbids, before any route was looked for."""
        status = error.code or 400
        name = error.name.upper().replace(" ", "_")
        request_id = uuid.uuid4().hex
        response = _refused(Problem(status, name, f"{error.name}.", "请求不符合 HTTP 规范。"), request_id)
        _dress(response, request_id)
        return response


def _language() -> str:
    return language_of(request.headers.get("Accept-Language", ""))


def _refused(problem: Problem, request_id: str) -> Response:
    return problem.response(_language() or "en", request_id, telemetry.trace_id_hex())


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


def _dress(response: Response, request_id: str) -> None:
    headers = response.headers
    headers["X-Request-Id"] = request_id
    for name, value in _SECURITY.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", _CLOSED)
    headers.setdefault("Cache-Control", "no-store")
