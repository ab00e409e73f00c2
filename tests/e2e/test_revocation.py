"""Rights that end, end everywhere within five seconds: at the gateway, and where a service was called a moment before."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from crm_client import Client, Refused

PASSWORD = "correct horse battery staple 7"
LIMIT_SECONDS = 5.0
CALLS = (
    ("ListLeads", {}),
    ("ListCustomers", {}),
    ("ListOpportunities", {}),
    ("ListTickets", {}),
    ("ListCampaigns", {}),
)
"""One of each service that keeps records."""


@pytest.fixture(scope="module")
def person(platform: Any, administrator: Client) -> Callable[..., tuple[dict[str, Any], Client]]:
    """A new person at headquarters, signed in and known to gateway and services."""

    def person(*roles: str) -> tuple[dict[str, Any], Client]:
        [unit] = administrator.call("ListUnits", {"filter": 'path = "/hq/"'})["units"]
        login = f"p{uuid4().hex[:12]}"
        user = {"login": login, "display_name": login, "unit_id": unit["id"], "roles": roles, "password": PASSWORD}
        made = administrator.call("CreateUser", {"user": user})
        with Client(platform.url) as door:
            session = door.call("CreateSession", {"login": login, "password": PASSWORD})
        client = Client(platform.url, str(session["token"]), timeout=60.0)
        assert all(may(client, *each) for each in CALLS)
        return made, client

    return person


def may(client: Client, method: str, request: dict[str, Any]) -> bool:
    try:
        client.call(method, request)
    except Refused as refused:
        if refused.status not in {401, 403}:
            raise
        return False
    return True


def seconds_until_refused(clients: list[Client], calls: Any = CALLS) -> float:
    """How long it takes until nobody answers these clients any more."""
    begun = time.monotonic()
    while any(may(client, *each) for client in clients for each in calls):
        assert time.monotonic() - begun < LIMIT_SECONDS
    return time.monotonic() - begun


def test_a_disabled_user_is_out_everywhere(administrator: Client, person: Any) -> None:
    user, client = person("sales_manager", "service_agent", "marketer")
    administrator.update("users", user["id"], {"disabled": True})
    print(f"user disabled: {seconds_until_refused([client]) * 1000:.0f} ms")


def test_an_ended_session_is_out_everywhere(person: Any, platform: Any) -> None:
    _, client = person("sales_manager", "service_agent", "marketer")
    client.call("DeleteSession", {"id": "current"})
    print(f"session ended: {seconds_until_refused([client]) * 1000:.0f} ms")


def test_a_role_taken_away_is_gone_everywhere_and_what_is_left_works(administrator: Client, person: Any) -> None:
    user, client = person("sales_manager", "service_agent", "marketer")
    administrator.update("users", user["id"], {"roles": ["service_agent"]})
    print(f"role taken away: {seconds_until_refused([client], [('ListCampaigns', {})]) * 1000:.0f} ms")
    assert may(client, "ListTickets", {})


def test_a_revoked_key_is_out_everywhere(administrator: Client, platform: Any) -> None:
    [unit] = administrator.call("ListUnits", {"filter": 'path = "/hq/"'})["units"]
    grants = [{"permission": "*.list", "scope": "subtree"}]
    key = {"name": f"partner {uuid4().hex[:6]}", "unit_id": unit["id"], "grants": grants}
    made = administrator.call("CreateApiKey", {"api_key": key})
    client = Client(platform.url, str(made["secret"]), timeout=60.0)
    assert all(may(client, *each) for each in CALLS)
    administrator.call("RevokeApiKey", {"id": made["id"], "reason": "test"})
    print(f"key revoked: {seconds_until_refused([client]) * 1000:.0f} ms")
