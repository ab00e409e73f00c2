"""Signing in through the gateway: browsers by cookie, programs by token and key."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService

sys.path.insert(0, str(Path(__file__).parent))

from signed_in_world import PASSWORD, gateway_and_identity  # the folder of the tests is no package

WHO = "/v1/users/me"
NETWORK = {"Accept-Language": "en"}


@pytest_asyncio.fixture(scope="module")
async def world(database_factory: DatabaseFactory, tmp_path_factory) -> AsyncIterator[tuple[str, RunningService]]:
    async with gateway_and_identity(database_factory, tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest_asyncio.fixture
async def visitor(world) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=world[0], trust_env=False, timeout=20, headers=NETWORK) as client:
        yield client


async def sign_in(visitor: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    return await visitor.post("/sign-in", json={"login": "admin", "password": password})


async def token(visitor: httpx.AsyncClient) -> dict[str, str]:
    answer = await visitor.post("/v1/sessions", json={"login": "admin", "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def a_key(visitor: httpx.AsyncClient, bearer: dict[str, str], **facts) -> dict:
    me = (await visitor.get(WHO, headers=bearer)).json()["user"]
    grants = [{"permission": "identity.*", "scope": "subtree"}]
    body = {"name": "Command line", "user_id": me["id"], "grants": grants, **facts}
    answer = await visitor.post("/v1/api-keys", json=body, headers=bearer)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_browser_is_signed_in_by_a_cookie_no_script_can_read(visitor: httpx.AsyncClient) -> None:
    answer = await sign_in(visitor)
    assert answer.status_code == 200
    assert "token" not in answer.json()
    cookies = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert "HttpOnly" in cookies["session-local"]
    assert "HttpOnly" not in cookies["csrf-local"]
    assert all("SameSite=Lax" in line and "Path=/" in line for line in cookies.values())
    me = await visitor.get(WHO)
    assert me.json()["user"]["login"] == "admin"
    assert "no-store" in me.headers["Cache-Control"]


async def test_behind_tls_cookies_belong_to_this_host_alone(database_factory: DatabaseFactory, tmp_path: Path) -> None:
    public = "https://crm.example.com"
    async with (
        gateway_and_identity(database_factory, tmp_path, CRM_PUBLIC_URL=public) as (url, _),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client,
    ):
        headers = {"Origin": public}
        answer = await client.post("/sign-in", json={"login": "admin", "password": PASSWORD}, headers=headers)
        lines = answer.headers.get_list("set-cookie")
        assert sorted(line.partition("=")[0] for line in lines) == ["__Host-csrf", "__Host-session"]
        assert all("Secure" in line and "Domain" not in line for line in lines)
        elsewhere = {"Origin": "https://evil.example.com"}
        answer = await client.post("/sign-in", json={"login": "admin", "password": PASSWORD}, headers=elsewhere)
        assert answer.json()["reason"] == "CROSS_SITE_REQUEST"


async def test_a_change_by_cookie_needs_the_second_proof(visitor: httpx.AsyncClient) -> None:
    csrf = (await sign_in(visitor)).json()["csrf_token"]
    body = {"name": "x", "user_id": "", "grants": []}
    for headers, reason in (
        ({}, "CSRF_TOKEN_MISSING"),
        ({"X-CSRF-Token": "guess"}, "CSRF_TOKEN_MISSING"),
        ({"X-CSRF-Token": csrf, "Origin": "https://evil.example.com"}, "CROSS_SITE_REQUEST"),
        ({"X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"}, "CROSS_SITE_REQUEST"),
        ({"X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-site"}, "CROSS_SITE_REQUEST"),
    ):
        answer = await visitor.post("/v1/api-keys", json=body, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (403, reason), headers
    passed = await visitor.post("/v1/api-keys", json=body, headers={"X-CSRF-Token": csrf})
    assert passed.json()["reason"] != "CSRF_TOKEN_MISSING"


async def test_the_proof_of_another_session_does_not_count(visitor: httpx.AsyncClient) -> None:
    former = (await sign_in(visitor)).json()["csrf_token"]
    await sign_in(visitor)
    answer = await visitor.post("/sign-out", headers={"X-CSRF-Token": former})
    assert answer.json()["reason"] == "CSRF_TOKEN_MISSING"


async def test_signing_in_ends_the_session_the_browser_had(visitor: httpx.AsyncClient, world) -> None:
    await sign_in(visitor)
    former = visitor.cookies["session-local"]
    await sign_in(visitor)
    assert visitor.cookies["session-local"] != former
    async with httpx.AsyncClient(base_url=world[0], trust_env=False) as other:
        assert (await other.get(WHO, headers={"Authorization": f"Bearer {former}"})).status_code == 401


async def test_signing_out_ends_the_session_and_forgets_the_cookies(visitor: httpx.AsyncClient, world) -> None:
    csrf = (await sign_in(visitor)).json()["csrf_token"]
    former = visitor.cookies["session-local"]
    answer = await visitor.post("/sign-out", headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 204
    assert "session-local" not in visitor.cookies
    async with httpx.AsyncClient(base_url=world[0], trust_env=False) as other:
        assert (await other.get(WHO, headers={"Authorization": f"Bearer {former}"})).status_code == 401


async def test_a_form_of_another_site_cannot_sign_anybody_in(visitor: httpx.AsyncClient) -> None:
    typed = {"login": "admin", "password": PASSWORD}
    for headers in ({}, {"Origin": "https://evil.example.com"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await visitor.post("/sign-in", data=typed, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False), headers


async def test_the_pages_own_form_signs_in_without_script(visitor: httpx.AsyncClient) -> None:
    wrong = await visitor.post(
        "/sign-in?lang=en", data={"login": "admin", "password": "guess"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (401, True)
    typed = {"login": "admin", "password": PASSWORD, "next": "/app/home"}
    answer = await visitor.post("/sign-in", data=typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/app/home")
    assert (await visitor.get(WHO)).json()["user"]["login"] == "admin"


async def test_a_key_works_like_a_token_and_never_in_a_url(visitor: httpx.AsyncClient, world) -> None:
    key = (await a_key(visitor, await token(visitor)))["secret"]
    me = await visitor.get(WHO, headers={"Authorization": f"Bearer {key}"})
    assert me.json()["kind"] == "key"
    for url in (f"/v1/users/me?key={key}", f"/v1/users/{key}", f"/nowhere/{key}"):
        answer = await visitor.get(url)
        assert (answer.status_code, answer.json()["reason"]) == (400, "KEY_IN_URL")


async def test_a_revoked_key_is_out_within_five_seconds(visitor: httpx.AsyncClient) -> None:
    bearer = await token(visitor)
    made = await a_key(visitor, bearer)
    use = {"Authorization": f"Bearer {made['secret']}"}
    assert (await visitor.get(WHO, headers=use)).status_code == 200
    body = {"reason": "A test."}
    assert (await visitor.post(f"/v1/api-keys/{made['id']}:revoke", json=body, headers=bearer)).status_code == 200
    await asyncio.sleep(5.2)
    assert (await visitor.get(WHO, headers=use)).status_code == 401


async def test_a_session_tells_where_it_was_opened_whatever_the_client_says(visitor: httpx.AsyncClient) -> None:
    body = {"login": "admin", "password": PASSWORD}
    headers = {"X-Forwarded-For": "203.0.113.99", "User-Agent": "a browser"}
    session = (await visitor.post("/v1/sessions", json=body, headers=headers)).json()
    assert (session["address"], session["user_agent"]) == ("127.0.0.1", "a browser")


async def test_no_open_redirect_and_no_unknown_provider(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/sign-in/nobody?return_to=https://evil.example.com")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "evil" not in answer.text
    back = await visitor.get("/sign-in/nobody/callback?state=x&code=y")
    assert back.status_code == 401
