"""The Python client against a server at the wire."""

import socket
from typing import Any

import pytest

from crm_client import Client, Refused, Unreachable, Usage

Gateway = Any
"""The server at the wire of conftest.py."""


@pytest.fixture
def client(gateway: Gateway) -> Client:
    return Client(gateway.url, "secret-token", language="zh-CN")


def test_a_record_is_read_at_its_path_with_token_and_language(client: Client, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", {"id": "1", "name": "王小明"})
    assert client.get("leads", "1") == {"id": "1", "name": "王小明"}
    (asked,) = gateway.asked
    assert asked.headers["authorization"] == "Bearer secret-token"
    assert asked.headers["accept-language"] == "zh-CN"


def test_all_pages_are_read_one_after_the_other(client: Client, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads", {"leads": [{"id": "1"}, {"id": "2"}], "next_page_token": "n"}, {"leads": [{"id": "3"}]})
    assert [lead["id"] for lead in client.list("leads", filter="score >= 60")] == ["1", "2", "3"]
    first, second = gateway.asked
    assert first.query == {"filter": ["score >= 60"], "page_size": ["200"]}
    assert second.query["page_token"] == ["n"]


def test_a_limit_asks_for_no_more_than_it_needs(client: Client, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads", {"leads": [{"id": "1"}, {"id": "2"}], "next_page_token": "n"})
    assert len(list(client.list("leads", limit=2))) == 2
    assert [asked.query["page_size"] for asked in gateway.asked] == [["2"]]


def test_a_nested_list_takes_its_parent_from_the_request(client: Client, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/7/touches", {"touches": [{"id": "t"}]})
    assert [touch["id"] for touch in client.list("touches", lead_id="7")] == ["t"]


def test_a_record_with_its_parent_in_the_path_is_created_there(client: Client, gateway: Gateway) -> None:
    gateway.on("POST /v1/leads/7/touches", {"id": "t"})
    client.create("touches", {"lead_id": "7", "note": "called"})
    assert gateway.asked[0].json == {"note": "called"}


def test_a_change_names_the_version_it_is_meant_for(client: Client, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", {"id": "1", "etag": "5"})
    gateway.on("PATCH /v1/leads/1", {"id": "1"})
    client.update("leads", "1", {"company": "Acme"})
    (patch,) = gateway.asked_for("PATCH /v1/leads/1")
    assert patch.headers["if-match"] == '"5"'
    assert patch.json == {"company": "Acme"}


def test_a_given_version_is_not_read_again(client: Client, gateway: Gateway) -> None:
    gateway.on("PATCH /v1/leads/1", {"id": "1"})
    client.update("leads", "1", {"company": "Acme"}, etag="4")
    assert [asked.verb for asked in gateway.asked] == ["PATCH"]


def test_a_creation_whose_answer_was_lost_is_repeated_with_the_same_key(client: Client, gateway: Gateway) -> None:
    gateway.on("POST /v1/leads", gateway.lost(), gateway.reply({"id": "1"}, 201))
    assert client.create("leads", {"name": "Ada"}) == {"id": "1"}
    first, second = gateway.asked
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_two_creations_have_two_keys(client: Client, gateway: Gateway) -> None:
    gateway.on("POST /v1/leads", gateway.reply({"id": "1"}, 201))
    client.create("leads", {"name": "Ada"})
    client.create("leads", {"name": "Ada"})
    first, second = gateway.asked
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


def test_a_removal_whose_answer_was_lost_is_repeated_with_the_same_key(client: Client, gateway: Gateway) -> None:
    gateway.on("DELETE /v1/pools/1", gateway.lost(), gateway.reply(None, 204))
    client.delete("pools", "1")
    first, second = gateway.asked
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


def test_a_part_that_is_down_is_asked_again_when_it_says(client: Client, gateway: Gateway) -> None:
    down = gateway.problem(503, "UNAVAILABLE", "Not now.", headers={"Retry-After": "0"})
    gateway.on("GET /v1/leads/1", down, {"id": "1"})
    assert client.get("leads", "1") == {"id": "1"}


def test_a_long_wait_is_left_to_the_caller(client: Client, gateway: Gateway) -> None:
    busy = gateway.problem(429, "RESOURCE_EXHAUSTED", "Too much.", headers={"Retry-After": "3600"})
    gateway.on("GET /v1/leads/1", busy)
    with pytest.raises(Refused):
        client.get("leads", "1")
    assert len(gateway.asked) == 1


def test_a_refusal_tells_reason_fields_and_request(client: Client, gateway: Gateway) -> None:
    errors = [{"field": "lead.phone", "reason": "PHONE_INVALID", "message": "not a phone"}]
    gateway.on("POST /v1/leads", gateway.problem(400, "INVALID_ARGUMENT", "Some fields need attention.", errors))
    with pytest.raises(Refused) as refused:
        client.create("leads", {"phone": "1"})
    assert (refused.value.status, refused.value.reason, refused.value.request_id) == (400, "INVALID_ARGUMENT", "r-1")
    assert [(each.field, each.message) for each in refused.value.errors] == [("lead.phone", "not a phone")]


def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with Client(f"http://127.0.0.1:{closed.getsockname()[1]}") as client, pytest.raises(Unreachable):
            client.get("leads", "1")


def test_a_page_of_somebody_else_is_not_taken_for_an_answer(client: Client, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", gateway.reply(b"<html>Welcome</html>", content_type="text/html"))
    with pytest.raises(Unreachable, match="gateway"):
        client.get("leads", "1")


def test_a_custom_method_is_called_by_its_verb(client: Client, gateway: Gateway) -> None:
    gateway.on("POST /v1/opportunities/9:moveStage", {"id": "9"})
    client.do("opportunities", "9", "move-stage", stage_id="s")
    assert gateway.asked[0].json == {"stage_id": "s"}


def test_an_id_cannot_leave_its_place_in_the_path(client: Client, gateway: Gateway) -> None:
    with pytest.raises(Refused):
        client.get("leads", "../users/1?x=")
    assert gateway.asked[0].path == "/v1/leads/..%2Fusers%2F1%3Fx%3D"


def test_an_operation_without_what_its_path_needs_is_not_sent(client: Client, gateway: Gateway) -> None:
    with pytest.raises(Usage, match="lead_id"):
        list(client.list("touches"))
    assert gateway.asked == []
