"""The page people sign in on: password, and the company's identity providers."""

import re
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from crm.identity.v1.sign_in_service_pb2 import ListSignInMethodsResponse
from flask import Request, Response

from crm_gateway.browser_sessions import Site, require_own_site
from crm_gateway.problems import Problem
from crm_gateway.public.pages import LANGUAGES, page

PATH: Final = "/sign-in"
USUAL: Final = "zh-CN"
# Under the usual `no-referrer` a browser would not say of its own form where it comes from.
SAYS_WHERE_FROM: Final = {"Referrer-Policy": "same-origin"}
_PLACE: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}")


class Attempt(NamedTuple):
    """What was tried, and why it failed."""

    login: str = ""
    error: str = ""
    status: int = 200
    retry_after: str = ""


def sign_in_page(
    methods: ListSignInMethodsResponse, language: str, after: str, attempt: Attempt | None = None
) -> Response:
    """``after``: the path of ours to go on to."""
    tried = attempt or Attempt()
    headers = SAYS_WHERE_FROM | ({"Retry-After": tried.retry_after} if tried.retry_after else {})
    there = f"&next={quote(after, safe='')}" if after != "/" else ""
    facts: dict[str, Any] = {
        "by_password": methods.password,
        "providers": methods.providers,
        "login": tried.login,
        "error": tried.error,
        "next": after,
        "action": f"{PATH}?lang={language}",
        "links": {each: f"{PATH}?lang={each}{there}" for each in LANGUAGES},
    }
    return page("sign_in.html", language, tried.status, headers=headers, **facts)


def failed(problem: Problem, login: str, language: str) -> Attempt:
    """A refusal in words; the password is never shown again."""
    text = problem.zh if language == "zh-CN" else problem.en
    return Attempt(login, text, problem.status, problem.headers.get("Retry-After", ""))


def require_own_page(http: Request, site: Site) -> None:
    """Refuses a form of another site, and one whose sender does not say where it comes from: browsers do."""
    if "Origin" not in http.headers and "Sec-Fetch-Site" not in http.headers:
        raise Problem(
            403,
            "CROSS_SITE_REQUEST",
            "This form was not sent from our page. Open the sign-in page and try again.",
            "该表单不是从本系统页面提交的，请打开登录页后重试。",
        )
    require_own_site(http, site)


def place(path: str) -> str:
    """A path of this site; anything that could lead elsewhere becomes the start page."""
    return path if _PLACE.fullmatch(path) else "/"
