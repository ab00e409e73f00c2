"""The page people sign in on: works without script, says what is wrong, and cannot be used by another site."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from crm.identity.v1 import session_pb2, session_service_pb2, sign_in_service_pb2
from gateway_wire import Backend

from crm_kit.errors import ResourceExhausted, Unauthenticated

from .conftest import Running

METHODS = "crm.identity.v1.SignInService/ListSignInMethods"
CREATE = "crm.identity.v1.SessionService/CreateSession"
TYPED = {"login": "ada", "password": "correct horse"}


class WrongPassword(Unauthenticated):
    """As identity says it."""

    en, zh = "Login or password is wrong.", "账号或密码错误。"


class TooManyTries(ResourceExhausted):
    """As identity says it."""

    en, zh = "Too many tries. Wait {seconds} seconds, then try again.", "尝试次数过多，请在 {seconds} 秒后重试。"


def open_session(request: session_service_pb2.CreateSessionRequest) -> session_pb2.Session:
    if request.password != TYPED["password"]:
        raise WrongPassword
    return session_pb2.Session(id="s-1", user_id="u-1", token="a-new-token")


@pytest.fixture
def door(identity: Backend) -> Backend:
    provider = sign_in_service_pb2.SignInMethod(code="corp", name="<Corp>")
    identity.answers[METHODS] = lambda _: sign_in_service_pb2.ListSignInMethodsResponse(
        password=True, providers=[provider]
    )
    identity.answers[CREATE] = open_session
    return identity


@pytest.fixture
def visitor(gateway: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, trust_env=False, timeout=20, headers={"Origin": gateway.url}) as client:
        yield client


@pytest.mark.parametrize(("query", "words"), [("?lang=en", "Sign in to Tributary"), ("", "登录 Tributary")])
def test_the_page_offers_password_and_providers_in_the_language(
    visitor: httpx.Client, door: Backend, query: str, words: str
) -> None:
    answer = visitor.get(f"/sign-in{query}")
    assert (answer.status_code, words in answer.text) == (200, True)
    assert 'name="password" type="password"' in answer.text
    assert 'href="/sign-in/corp?return_to=/"' in answer.text
    assert "&lt;Corp&gt;" in answer.text
    assert "<script" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_right_password_opens_a_session_and_leads_on(visitor: httpx.Client, door: Backend) -> None:
    answer = visitor.post("/sign-in?lang=en", data={**TYPED, "next": "/app/sales/leads?view=pool"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/app/sales/leads?view=pool")
    cookies = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert "HttpOnly" in cookies["session-local"]
    assert cookies.keys() == {"session-local", "csrf-local"}


@pytest.mark.parametrize(
    "after",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1"],
)
def test_nobody_is_led_to_another_site(visitor: httpx.Client, door: Backend, after: str) -> None:
    answer = visitor.post("/sign-in", data={**TYPED, "next": after})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert 'value="/"' in visitor.get("/sign-in", params={"next": after}).text


@pytest.mark.parametrize(("language", "words"), [("en", "Login or password is wrong."), ("zh-CN", "账号或密码错误。")])
def test_a_wrong_password_is_said_and_not_shown(
    visitor: httpx.Client, door: Backend, language: str, words: str
) -> None:
    sent = {"login": 'ada"><b>', "password": "guess-1", "next": "/app"}
    answer = visitor.post(f"/sign-in?lang={language}", data=sent)
    assert (answer.status_code, words in answer.text) == (401, True)
    assert 'value="ada&#34;&gt;&lt;b&gt;"' in answer.text
    assert "guess-1" not in answer.text
    assert 'name="next" value="/app"' in answer.text
    assert "set-cookie" not in answer.headers


def test_too_many_tries_are_told_with_the_time_to_wait(visitor: httpx.Client, door: Backend) -> None:
    def refuse(_: Any) -> None:
        raise TooManyTries(seconds=8)

    door.answers[CREATE] = refuse
    answer = visitor.post("/sign-in?lang=en", data=TYPED)
    assert (answer.status_code, "Wait 8 seconds" in answer.text) == (429, True)
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_sign_anybody_in(visitor: httpx.Client, door: Backend, headers: dict[str, str]) -> None:
    answer = visitor.post("/sign-in?lang=en", data=TYPED, headers=headers)
    assert (answer.status_code, "another site" in answer.text) == (403, True)
    assert door.calls(CREATE) == []


def test_a_form_that_does_not_say_where_it_comes_from_is_refused(gateway: Running, door: Backend) -> None:
    answer = httpx.post(f"{gateway.url}/sign-in", data=TYPED, trust_env=False, timeout=20)
    assert (answer.status_code, door.calls(CREATE)) == (403, [])


def test_while_identity_is_away_the_page_says_so(visitor: httpx.Client, door: Backend) -> None:
    door.answers.clear()
    for answer in (visitor.get("/sign-in?lang=en"), visitor.post("/sign-in?lang=en", data=TYPED)):
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_programs_still_sign_in_by_json(visitor: httpx.Client, door: Backend) -> None:
    answer = visitor.post("/sign-in", json=TYPED)
    assert (answer.status_code, answer.json()["user_id"]) == (200, "u-1")
