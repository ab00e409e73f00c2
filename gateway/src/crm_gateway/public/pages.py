"""How a public page is put together: template, language, policy; and the one style sheet all of them share."""

from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from importlib import resources
from typing import Any, Final

from flask import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from crm_gateway.problems import language_of
from crm_gateway.public.words import word

LANGUAGES: Final = {"en": "English", "zh-CN": "中文"}
POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
ENVIRONMENT: Final = Environment(
    loader=PackageLoader("crm_gateway"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
STYLES: Final = resources.files("crm_gateway").joinpath("templates", "public.css").read_bytes()
STYLES_PATH: Final = f"/public/{sha256(STYLES).hexdigest()[:16]}.css"
ENVIRONMENT.globals["styles"] = STYLES_PATH


def page(
    template: str,
    language: str,
    status: int = 200,
    *,
    framed_by: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> Response:
    """A page in the language. ``framed_by``: sites that may show it in a frame. Nothing of it is ever kept by a cache."""
    said = partial(word, language=language)
    body = ENVIRONMENT.get_template(template).render(language=language, languages=LANGUAGES, word=said, **facts)
    response = Response(body, status, content_type="text/html; charset=utf-8")
    ancestors = " ".join(("'self'", *framed_by)) if framed_by else "'none'"
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors {ancestors}"
    if framed_by:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers.extend(headers or {})
    return response


def message(
    what: str, language: str, status: int, *, headers: Mapping[str, str] | None = None, **facts: Any
) -> Response:
    """A page that says one thing: ``what`` is its heading, ``<what>_more`` the line below."""
    return page(
        "message.html",
        language,
        status,
        headers=headers,
        title=word(what, language),
        text=word(f"{what}_more", language, **facts),
        links={},
    )


def asked_language(http: Request, default: str = "en") -> str:
    """What the address asks for, else what the browser prefers, else ``default``."""
    asked = http.args.get("lang", "")
    return asked if asked in LANGUAGES else language_of(http.headers.get("Accept-Language", "")) or default


def styles(_: Request) -> Response:
    """The style sheet, whose name changes with its content."""
    response = Response(STYLES, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
