"""Provisioning by SCIM, through the gateway, as Okta and Entra do it and as the standard wants it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import httpx2
import pytest_asyncio
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from crm_kit.testing.databases import DatabaseFactory

sys.path.insert(0, str(Path(__file__).parent))

from signed_in_world import PASSWORD, gateway_and_identity  # the folder of the tests is no package

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest_asyncio.fixture(scope="module")
async def directory(database_factory: DatabaseFactory, tmp_path_factory) -> AsyncIterator[httpx.AsyncClient]:
    """A directory with its key."""
    async with (
        gateway_and_identity(database_factory, tmp_path_factory.mktemp("world")) as (url, _),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client,
    ):
        session = await client.post("/v1/sessions", json={"login": "admin", "password": PASSWORD})
        bearer = {"Authorization": f"Bearer {session.json()['token']}"}
        units = (await client.get("/v1/units", headers=bearer)).json()["units"]
        resources = ("user", "team", "unit")
        grants = [{"permission": f"identity.{each}.*", "scope": "subtree"} for each in resources]
        key = {"name": "Directory", "unit_id": units[0]["id"], "grants": grants, "rate_class": "bulk"}
        made = (await client.post("/v1/api-keys", json=key, headers=bearer)).json()
        about = {"code": "corp", "name": "Corp", "issuer": "https://id.example.com", "client_id": "tributary"}
        roles = [{"group": "Sellers", "role": "sales_rep"}]
        provider = {**about, "directory_key_id": made["id"], "group_roles": roles}
        connected = await client.post("/v1/identity-providers", json=provider, headers=bearer)
        assert connected.status_code == 201, connected.text
        client.headers = {"Authorization": f"Bearer {made['secret']}"}
        yield client


async def a_user(directory: httpx.AsyncClient, **facts: Any) -> dict[str, Any]:
    name = uuid4().hex[:12]
    body = {"schemas": [USER], "userName": f"{name}@example.com", "externalId": name, "active": True, **facts}
    answer = await directory.post("/scim/v2/Users", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def patch(directory: httpx.AsyncClient, user: dict[str, Any], *operations: dict[str, Any], **headers: str):
    body = {"schemas": [PATCH], "Operations": operations}
    return await directory.patch(f"/scim/v2/Users/{user['id']}", json=body, headers=headers)


async def test_the_server_passes_the_standards_own_checks(directory: httpx.AsyncClient) -> None:
    def check() -> list[Any]:
        with httpx2.Client(
            base_url=str(directory.base_url).rstrip("/") + "/scim/v2",
            headers=dict(directory.headers),
            trust_env=False,
            timeout=20,
        ) as http:
            # Members must be people who exist here, which the checker cannot know; an unnamed person is called by login.
            tags = {"discovery", "crud:create", "crud:read", "crud:delete"}
            return check_server(SyncSCIMClient(http), include_tags=tags, resource_types=["User"])

    results = await asyncio.to_thread(check)
    failed = [f"{one.title}: {one.reason}" for one in results if one.status in (Status.ERROR, Status.CRITICAL)]
    assert not failed, "\n".join(failed)
    assert len(results) > 8


async def test_okta_cuts_a_person_off_without_a_path(directory: httpx.AsyncClient) -> None:
    user = await a_user(directory)
    answer = await patch(directory, user, {"op": "replace", "value": {"active": False}})
    assert answer.json()["active"] is False, answer.text


async def test_entra_cuts_a_person_off_with_capitals_and_texts(directory: httpx.AsyncClient) -> None:
    user = await a_user(directory)
    answer = await patch(directory, user, {"op": "Replace", "path": "active", "value": "False"})
    assert answer.json()["active"] is False, answer.text
    answer = await patch(directory, user, {"op": "Replace", "path": "active", "value": "True"})
    assert answer.json()["active"] is True


async def test_entra_writes_an_address_by_its_type_and_much_we_do_not_keep(directory: httpx.AsyncClient) -> None:
    user = await a_user(directory)
    answer = await patch(
        directory,
        user,
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "li.na@example.com"},
        {"op": "Add", "path": "name.givenName", "value": "Na"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "HQ"},
    )
    assert answer.json()["emails"][0]["value"] == "li.na@example.com", answer.text


async def test_people_are_found_by_name_and_by_external_id(directory: httpx.AsyncClient) -> None:
    user = await a_user(directory)
    for query in (f'userName eq "{user["userName"]}"', f'externalId eq "{user["externalId"]}"'):
        found = (await directory.get("/scim/v2/Users", params={"filter": query})).json()
        assert [one["id"] for one in found["Resources"]] == [user["id"]], query
    none = (
        await directory.get("/scim/v2/Users", params={"filter": 'userName eq "nobody\\" OR login = \\"admin"'})
    ).json()
    assert none["totalResults"] == 0
    wrong = await directory.get("/scim/v2/Users", params={"filter": 'title co "x"'})
    assert (wrong.status_code, wrong.json()["scimType"]) == (400, "invalidFilter")


async def test_a_name_taken_is_a_conflict(directory: httpx.AsyncClient) -> None:
    user = await a_user(directory)
    body = {"schemas": [USER], "userName": user["userName"]}
    answer = await directory.post("/scim/v2/Users", json=body)
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


async def test_pages_are_counted_from_one(directory: httpx.AsyncClient) -> None:
    for _ in range(3):
        await a_user(directory)
    first = (await directory.get("/scim/v2/Users", params={"startIndex": 1, "count": 2})).json()
    second = (await directory.get("/scim/v2/Users", params={"startIndex": 3, "count": 2})).json()
    every = (await directory.get("/scim/v2/Users")).json()
    ids = [one["id"] for one in every["Resources"]]
    assert [one["id"] for one in first["Resources"] + second["Resources"]] == ids[:4]
    assert every["totalResults"] == first["totalResults"] == len(ids)
    beyond = (await directory.get("/scim/v2/Users", params={"startIndex": 999})).json()
    assert beyond["Resources"] == []
    nothing = (await directory.get("/scim/v2/Users", params={"count": 0})).json()
    assert (nothing["Resources"], nothing["totalResults"]) == ([], len(ids))


async def test_a_version_that_was_changed_is_not_overwritten(directory: httpx.AsyncClient) -> None:
    user = await a_user(directory)
    version = user["meta"]["version"]
    read = await directory.get(f"/scim/v2/Users/{user['id']}", headers={"If-None-Match": version})
    assert read.status_code == 304
    operation = {"op": "replace", "path": "title", "value": "Director"}
    assert (await patch(directory, user, operation, **{"If-Match": version})).status_code == 200
    late = await patch(directory, user, {**operation, "value": "Chief"}, **{"If-Match": version})
    assert late.status_code == 412


async def test_groups_are_teams_and_members_come_and_go(directory: httpx.AsyncClient) -> None:
    one, other = await a_user(directory), await a_user(directory)
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": f"Sellers {uuid4()}",
        "externalId": str(uuid4()),
        "members": [{"value": one["id"]}],
    }
    group = (await directory.post("/scim/v2/Groups", json=body)).json()

    async def change(*operations: dict[str, Any]) -> set[str]:
        sent = {"schemas": [PATCH], "Operations": operations}
        answer = await directory.patch(f"/scim/v2/Groups/{group['id']}", json=sent)
        return {member["value"] for member in answer.json().get("members", [])}

    added = await change({"op": "Add", "path": "members", "value": [{"value": other["id"]}]})
    assert added == {one["id"], other["id"]}
    assert await change({"op": "Remove", "path": f'members[value eq "{one["id"]}"]'}) == {other["id"]}
    # Entra names whom to remove in a value beside the path.
    assert await change({"op": "Remove", "path": "members", "value": [{"value": other["id"]}]}) == set()


async def test_a_role_comes_with_a_group_and_goes_with_it(directory: httpx.AsyncClient) -> None:
    one = await a_user(directory)

    async def roles() -> list[str]:
        return (await directory.get(f"/v1/users/{one['id']}")).json()["roles"]

    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Sellers",
        "members": [{"value": one["id"]}],
    }
    group = (await directory.post("/scim/v2/Groups", json=body)).json()
    assert await roles() == ["sales_rep"]
    gone = {"op": "Remove", "path": f'members[value eq "{one["id"]}"]'}
    sent = {"schemas": [PATCH], "Operations": [gone]}
    assert (await directory.patch(f"/scim/v2/Groups/{group['id']}", json=sent)).status_code == 200
    assert await roles() == []


async def test_more_than_the_rate_of_the_key_is_refused_until_the_next_second(directory: httpx.AsyncClient) -> None:
    session = await directory.post("/v1/sessions", json={"login": "admin", "password": PASSWORD})
    admin = {"Authorization": f"Bearer {session.json()['token']}"}
    unit = (await directory.get("/v1/units", headers=admin)).json()["units"][0]
    grants = [{"permission": "identity.user.list", "scope": "unit"}]
    slow = {"name": "Form", "unit_id": unit["id"], "grants": grants, "rate_class": "standard"}
    made = (await directory.post("/v1/api-keys", json=slow, headers=admin)).json()
    key = {"Authorization": f"Bearer {made['secret']}"}
    answers = await asyncio.gather(*(directory.get("/v1/users", headers=key) for _ in range(200)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused, "200 requests took ten seconds"
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
    await asyncio.sleep(1)
    answer = await directory.get("/v1/users", headers=key)
    assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (200, '"standard";q=20;w=1')


async def test_without_a_key_nobody_is_told_anything(directory: httpx.AsyncClient) -> None:
    answer = await directory.get("/scim/v2/Users", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
