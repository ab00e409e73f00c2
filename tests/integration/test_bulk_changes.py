"""Bulk changes through the gateway, with the rights identity knows of at the moment of the work."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService

sys.path.insert(0, str(Path(__file__).parent))

from signed_in_world import PASSWORD, gateway_and_identity  # the folder of the tests is no package

BULK = "/v1/services/identity/bulk-changes"
World = tuple[httpx.AsyncClient, RunningService]


@pytest_asyncio.fixture
async def world(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[World]:
    """An administrator who is signed in, and identity, whose own users are the records."""
    async with (
        gateway_and_identity(database_factory, tmp_path) as (url, identity),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client,
    ):
        await sign_in(client, "admin", PASSWORD)
        yield client, identity


async def sign_in(client: httpx.AsyncClient, login: str, password: str) -> None:
    session = (await client.post("/v1/sessions", json={"login": login, "password": password})).raise_for_status()
    client.headers["Authorization"] = f"Bearer {session.json()['token']}"


async def a_user(client: httpx.AsyncClient, **facts: Any) -> dict[str, Any]:
    units = (await client.get("/v1/units")).json()["units"]
    body = {"login": uuid4().hex[:12], "display_name": "Ada", "unit_id": units[0]["id"], **facts}
    answer = await client.post("/v1/users", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ask(client: httpx.AsyncClient, **change: Any) -> httpx.Response:
    return await client.post(BULK, json={"resource": "users", "verb": "update", **change})


async def done(world: World, id: str) -> dict[str, Any]:
    client, identity = world
    await identity.change_in_bulk()
    found: dict[str, Any] = (await client.get(f"{BULK}/{id}")).raise_for_status().json()
    return found


async def test_users_are_retitled_and_titled_back(world: World) -> None:
    client, _ = world
    users = [await a_user(client, title="Buyer") for _ in range(3)]
    ids = [user["id"] for user in users]
    asked = await ask(client, body={"title": "Seller"}, ids=[*ids, str(uuid4())])
    assert asked.status_code == 201, asked.text
    assert asked.headers["location"].endswith(asked.json()["id"])
    ended = await done(world, asked.json()["id"])
    assert (ended["state"], ended["changed_count"], ended["refused_count"]) == ("DONE", 3, 1)
    results = (await client.get(f"{BULK}/{ended['id']}/results", params={"state": "REFUSED"})).json()["results"]
    assert [(one["reason"], one["name"]) for one in results] == [("NOT_FOUND", "")]
    chinese = {"Accept-Language": "zh-CN"}
    told = (await client.get(f"{BULK}/{ended['id']}/results", params={"state": "REFUSED"}, headers=chinese)).json()
    assert "不存在" in told["results"][0]["message"]
    back = await client.post(f"{BULK}/{ended['id']}:undo", json={})
    assert (await done(world, back.json()["id"]))["changed_count"] == 3
    titles = [(await client.get(f"/v1/users/{id}")).json()["title"] for id in ids]
    assert titles == ["Buyer"] * 3
    again = await client.post(f"{BULK}/{ended['id']}:undo", json={})
    assert (again.status_code, again.json()["reason"]) == (409, "NOT_UNDOABLE")


async def test_what_is_wrong_is_said_field_by_field(world: World) -> None:
    client, _ = world
    refused = await ask(client, body={"colour": "red", "title": 7}, ids=[str(uuid4())])
    assert refused.status_code == 400
    assert {error["field"] for error in refused.json()["errors"]} == {"body.colour", "body.title"}


async def test_who_is_disabled_in_between_changes_nobody_any_more(world: World) -> None:
    client, _ = world
    officer = await a_user(client, roles=["administrator"], password="correct horse battery 2")
    user = await a_user(client, title="Buyer")
    async with httpx.AsyncClient(base_url=client.base_url, trust_env=False, timeout=20) as theirs:
        await sign_in(theirs, officer["login"], "correct horse battery 2")
        asked = (await ask(theirs, body={"title": "Seller"}, ids=[user["id"]])).raise_for_status().json()
    etag = (await client.get(f"/v1/users/{officer['id']}")).json()["etag"]
    headers = {"If-Match": f'"{etag}"'}
    gone = await client.patch(f"/v1/users/{officer['id']}", json={"disabled": True}, headers=headers)
    assert gone.status_code == 200, gone.text
    ended = await done(world, asked["id"])
    assert (ended["state"], ended["changed_count"], ended["refused_count"]) == ("DONE", 0, 1)
    [result] = (await client.get(f"{BULK}/{ended['id']}/results")).json()["results"]
    assert result["reason"] == "ACCESS_LOST"
    assert (await client.get(f"/v1/users/{user['id']}")).json()["title"] == "Buyer"
