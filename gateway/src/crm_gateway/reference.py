"""``/openapi.json`` and the interactive reference at ``/docs``; nothing is loaded from elsewhere."""

from collections.abc import Callable
from functools import cache
from importlib import resources

import orjson
from flask import Request, Response

from crm_gateway.contract import Contract
from crm_gateway.openapi import document
from crm_gateway.routes import Router

Page = Callable[[Request], Response]

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
# The interface styles elements inline and draws icons from data: URLs; everything else stays closed.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tributary API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
});
"""


def reference_pages(contract: Contract, version: str) -> dict[str, Page]:
    """The pages by path."""

    @cache
    def described() -> bytes:
        return orjson.dumps(document(Router(contract.bindings).routes, contract.comments, version))

    pages: dict[str, Page] = {
        "/openapi.json": lambda _: Response(described(), content_type="application/json"),
        "/docs": lambda _: _page(_HTML, "text/html"),
        "/docs/start.js": lambda _: _page(_START, "text/javascript"),
    }
    for name, content_type in _ASSETS.items():
        pages[f"/docs/{name}"] = _asset(name, content_type)
    return pages


def _page(text: str, content_type: str) -> Response:
    response = Response(text, content_type=f"{content_type}; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _asset(name: str, content_type: str) -> Page:
    file = resources.files("flask_swagger_ui") / "dist" / name

    def serve(_: Request) -> Response:
        response = Response(file.read_bytes(), content_type=content_type)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    return serve
