"""Sessions of browsers: a cookie no script can read, and a second proof on everything that changes something.

The session's token is in the cookie ``__Host-session``: Secure, HttpOnly, SameSite=Lax, for this host alone. A request
that is signed in by cookie and is not GET, HEAD or OPTIONS must also send the header ``X-CSRF-Token`` with the value of
the cookie ``__Host-csrf``, which is derived from the session's token: another site can neither read nor guess it, and
that of another session does not count. What the browser says about where the request comes from (``Sec-Fetch-Site``,
``Origin``) must name this site too.

On plain http of this machine a browser takes neither the prefix nor Secure, so the cookies are called ``session-local``
and ``csrf-local`` there and nowhere else.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request, Response

from crm_gateway.problems import Problem

SAFE = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER = "X-CSRF-Token"
LONGEST_TOKEN = 512
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Site:
    """This platform as browsers see it. ``public_url`` is empty where nobody said; then only this machine's browsers
    get cookies without TLS.
    """

    public_url: str = ""

    def origin(self, http: Request) -> str:
        """``https://crm.example.com``, without a final slash."""
        if self.public_url:
            parts = urlsplit(self.public_url)
            return f"{parts.scheme}://{parts.netloc}"
        return f"{'http' if self.is_local(http) else 'https'}://{http.host}"

    def is_local(self, http: Request) -> bool:
        """Whether it is served over plain http to browsers of this machine."""
        if self.public_url:
            return self.public_url.startswith("http://")
        return http.scheme == "http" and (urlsplit(f"//{http.host}").hostname or "") in _LOOPBACK

    def cookie(self, http: Request, name: str) -> str:
        return f"{name}-local" if self.is_local(http) else f"__Host-{name}"


def session_token(http: Request, site: Site) -> str:
    """The token of the browser's session; empty without one."""
    token = http.cookies.get(site.cookie(http, "session"), "")
    return token if len(token) <= LONGEST_TOKEN else ""


def csrf_token(token: str) -> str:
    """What belongs to a session's token and does not tell it."""
    derived = hmac.digest(token.encode("utf-8", "surrogateescape"), b"crm csrf", hashlib.sha256)
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


def require_own_site(http: Request, site: Site) -> None:
    """Refuses what another site made the browser send. Programs that are no browsers say nothing, and have no cookie."""
    fetched = http.headers.get("Sec-Fetch-Site", "same-origin")
    origin = http.headers.get("Origin", site.origin(http))
    if fetched != "same-origin" or origin != site.origin(http):
        raise Problem(
            403,
            "CROSS_SITE_REQUEST",
            "This request was sent by another site. Open this platform and do it there.",
            "该请求来自其他网站，请打开本系统后再操作。",
        )


def require_csrf_token(http: Request, site: Site, token: str) -> None:
    """For requests that are signed in by cookie and change something."""
    if http.method in SAFE:
        return
    require_own_site(http, site)
    given = http.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), csrf_token(token).encode()):
        raise Problem(
            403,
            "CSRF_TOKEN_MISSING",
            f"Send the value of the cookie {site.cookie(http, 'csrf')} in the header {CSRF_HEADER}.",
            f"请在请求头 {CSRF_HEADER} 中携带 Cookie {site.cookie(http, 'csrf')} 的值。",
        )


def keep_session(response: Response, http: Request, site: Site, token: str) -> None:
    """The browser is signed in until the session ends; a closed browser forgets it earlier."""
    _set(response, http, site, "session", token, readable=False)
    _set(response, http, site, "csrf", csrf_token(token), readable=True)


def forget_session(response: Response, http: Request, site: Site) -> None:
    for name in ("session", "csrf"):
        _set(response, http, site, name, "", readable=name == "csrf", max_age=0)


def keep_secret(response: Response, http: Request, site: Site, name: str, secret: str, max_age: int) -> None:
    """A secret that only this browser has; gone when empty."""
    _set(response, http, site, name, secret, readable=False, max_age=max_age if secret else 0)


def _set(
    response: Response,
    http: Request,
    site: Site,
    name: str,
    value: str,
    *,
    readable: bool,
    max_age: int | None = None,
) -> None:
    response.set_cookie(
        site.cookie(http, name),
        value,
        max_age=max_age,
        path="/",
        secure=not site.is_local(http),
        httponly=not readable,
        samesite="Lax",
    )
