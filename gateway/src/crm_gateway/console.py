"""The web console: files built by ``console_build.py``, read once, served compressed from memory.

Files with a hash in their name never change, so browsers keep them for a year; the page itself is asked for each time.
``/`` and everything below ``/app`` answer with the page, whose script routes on from there; no other path does.
"""

import mimetypes
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

from flask import Flask, Request, Response, request

from crm_gateway.browser_sessions import Site, session_token

ASSETS: Final = "/console/"
INDEX: Final = "index.html"
_ENCODINGS: Final = {".br": "br", ".gz": "gzip"}
_HASHED: Final = "assets/"
HEADERS: Final = {
    # No inline script or style, nothing from elsewhere, nobody frames it.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class File:
    """A built file with what it weighs in each encoding; ``bodies[""]`` is the plain one."""

    content_type: str
    etag: str
    bodies: dict[str, bytes]
    immutable: bool

    def answer(self, http: Request) -> Response:
        """The smallest encoding the browser takes; 304 when it has this very file."""
        accepted = http.accept_encodings
        coding = next((each for each in ("br", "gzip") if each in self.bodies and accepted[each] > 0), "")
        response = Response(self.bodies[coding], content_type=self.content_type, headers=HEADERS)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if self.immutable else "no-cache"
        if coding:
            response.headers["Content-Encoding"] = coding
        response.set_etag(self.etag, weak=True)
        response.make_conditional(http)
        return response


def console_folder() -> Path:
    """Where the built console is: in the installed package or in the checkout; nowhere with ``CRM_CONSOLE=off``."""
    packaged = Path(__file__).with_name("console_files")
    if os.environ.get("CRM_CONSOLE", "on") == "off":
        return packaged / "off"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "console" / "dist"


def register(app: Flask, folder: Path, site: Site) -> None:
    """Serves the console from ``folder``; without a built console there the API is served alone. Whoever has no session is
    sent to the sign-in page, and not the console with its scripts.
    """
    if not (folder / INDEX).is_file():
        return
    files = dict(_read(folder))

    @app.before_request
    def console() -> Response | None:
        if request.method not in ("GET", "HEAD"):
            return None
        path = request.path
        if path.startswith(ASSETS):
            file = files.get(path.removeprefix(ASSETS))
            return file.answer(request) if file else None
        if path in ("/", "/app") or path.startswith("/app/"):
            return files[INDEX].answer(request) if session_token(request, site) else _to_sign_in(request)
        return None


def _to_sign_in(http: Request) -> Response:
    wanted = http.full_path.rstrip("?")
    there = f"?next={quote(wanted, safe='')}" if wanted != "/" else ""
    return Response(status=302, headers={"Location": f"/sign-in{there}", "Cache-Control": "no-store"})


def _read(folder: Path) -> Iterator[tuple[str, File]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in _ENCODINGS or path.name.startswith("."):
            continue
        name = path.relative_to(folder).as_posix()
        bodies = {"": path.read_bytes()}
        for suffix, coding in _ENCODINGS.items():
            smaller = path.with_name(path.name + suffix)
            if smaller.is_file():
                bodies[coding] = smaller.read_bytes()
        guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        content_type = f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed
        yield name, File(content_type, sha256(bodies[""]).hexdigest()[:32], bodies, name.startswith(_HASHED))
