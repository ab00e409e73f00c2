"""``crm`` as a person types it."""

import csv
import io
import json
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Gateway = Any
"""The server at the wire of conftest.py."""
Crm = Callable[..., Any]

LEADS = [
    {
        "id": "1",
        "name": "王小明",
        "state": "POOLED",
        "score": 70,
        "create_time": "2026-11-23T02:00:00Z",
        "tags": ["vip"],
    },
    {"id": "2", "name": "Ada", "state": "POOLED", "score": 60, "create_time": "2026-11-23T02:00:00Z", "tags": []},
]


def test_a_list_is_a_table_of_what_tells_records_apart(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads", {"leads": LEADS})
    run = crm("list", "leads", "--filter", "state = POOLED", "--order-by", "score desc", "--search", "小明")
    assert run.code == 0
    assert "王小明" in run.out
    assert run.out.splitlines()[0].split()[:3] == ["id", "number", "name"]
    asked = gateway.asked[0].query
    assert (asked["filter"], asked["order_by"], asked["search"]) == (["state = POOLED"], ["score desc"], ["小明"])


def test_a_list_says_when_there_is_more(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads", {"leads": LEADS, "next_page_token": "n"})
    run = crm("list", "leads", "--limit", "1", "-o", "json")
    assert json.loads(run.out) == LEADS[:1]
    assert "more than 1" in run.err


def test_all_records_come_as_csv_with_the_asked_fields(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads", {"leads": LEADS[:1], "next_page_token": "n"}, {"leads": LEADS[1:]})
    run = crm("list", "leads", "--all", "--fields", "name,tags", "-o", "csv")
    assert list(csv.reader(io.StringIO(run.out))) == [["name", "tags"], ["王小明", '["vip"]'], ["Ada", "[]"]]
    assert gateway.asked[0].query["fields"] == ["name,tags"]


def test_a_list_without_search_refuses_it(crm: Crm, gateway: Gateway) -> None:
    run = crm("list", "touches", "lead_id=7", "--search", "x")
    assert (run.code, gateway.asked) == (2, [])
    assert "no --search" in run.err


def test_one_record_is_shown_without_its_empty_fields(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", {"id": "1", "name": "Ada", "company": "", "score": 0})
    run = crm("get", "lead", "1")
    assert "Ada" in run.out
    assert "company" not in run.out


def test_a_record_below_a_service_is_shown_when_the_service_is_named(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/services/leads/bulk-changes/b-1", {"id": "b-1", "state": "DONE"})
    run = crm("get", "bulk-changes", "b-1", "service=leads", "-o", "json")
    assert json.loads(run.out) == {"id": "b-1", "state": "DONE"}


def test_a_part_of_a_record_is_shown_as_a_record_is(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/campaigns/c-1/results", {"campaign_id": "c-1", "state": "RUNNING"})
    run = crm("get", "campaigns", "c-1", "results", "-o", "json")
    assert (run.code, json.loads(run.out)["campaign_id"]) == (0, "c-1")


def test_a_part_that_is_a_file_is_written_as_it_is(crm: Crm, gateway: Gateway) -> None:
    content = "姓名,错误\n王小明,手机号无效\n"
    gateway.on("GET /v1/lead-imports/i-1/errors", gateway.reply(content.encode(), content_type="text/csv"))
    assert crm("get", "lead-imports", "i-1", "errors").out == content


def test_a_part_that_does_not_exist_is_answered_with_near_ones(crm: Crm) -> None:
    run = crm("get", "campaigns", "c-1", "result")
    assert run.code == 2
    assert "results" in run.err


def test_text_in_brackets_is_shown_as_it_is(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", {"id": "1", "name": "[red]Ada[/red]"})
    assert "[red]Ada[/red]" in crm("get", "leads", "1").out


def test_a_record_is_made_from_words_and_json_together(
    crm: Crm, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.on("POST /v1/leads", gateway.reply({"id": "1"}, 201))
    monkeypatch.setattr("sys.stdin", io.StringIO('{"name": "Ada", "company": "Old"}'))
    run = crm("create", "leads", "company=New", "tags=vip,hot", "--json", "-", "-o", "json")
    assert json.loads(run.out) == {"id": "1"}
    (asked,) = gateway.asked
    assert asked.json == {"name": "Ada", "company": "New", "tags": ["vip", "hot"]}
    assert asked.headers["idempotency-key"]
    assert asked.headers["authorization"] == "Bearer secret-token"


def test_a_misspelt_field_in_json_is_not_sent(crm: Crm, gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "lead.json"
    file.write_text('{"nmae": "Ada"}', "utf-8")
    run = crm("create", "leads", "--json", str(file))
    assert (run.code, gateway.asked) == (2, [])
    assert "Did you mean name" in run.err


def test_a_change_reads_the_version_first(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", {"id": "1", "etag": "5"})
    gateway.on("PATCH /v1/leads/1", {"id": "1", "company": "Acme"})
    assert crm("update", "leads", "1", "company=Acme").code == 0
    assert gateway.asked[-1].headers["if-match"] == '"5"'


def test_a_change_of_nothing_is_refused(crm: Crm, gateway: Gateway) -> None:
    assert (crm("update", "leads", "1").code, gateway.asked) == (2, [])


def test_a_record_is_removed(crm: Crm, gateway: Gateway) -> None:
    gateway.on("DELETE /v1/pools/1", gateway.reply(None, 204))
    assert "Removed 1" in crm("delete", "pools", "1", "--yes").err


def test_a_verb_is_done_on_one_record_or_on_several(crm: Crm, gateway: Gateway) -> None:
    gateway.on("POST /v1/leads/1:claim", {"id": "1", "state": "ASSIGNED"})
    gateway.on("POST /v1/leads:claim", {"results": [{"id": "1"}]})
    assert "ASSIGNED" in crm("do", "leads", "1", "claim", "--etag", "3").out
    assert crm("do", "leads", "-", "claim", "ids=1,2", "best_effort=true").code == 0
    one, several = gateway.asked
    assert one.headers["if-match"] == '"3"'
    assert several.json == {"ids": ["1", "2"], "best_effort": True}


def test_a_refusal_shows_fields_and_request_and_ends_with_1(crm: Crm, gateway: Gateway) -> None:
    errors = [{"field": "lead.phone", "reason": "PHONE_INVALID", "message": "Give 11 digits."}]
    gateway.on("POST /v1/leads", gateway.problem(400, "INVALID_ARGUMENT", "Some fields need attention.", errors))
    run = crm("create", "leads", "phone=1")
    assert (run.code, run.out) == (1, "")
    assert "lead.phone: Give 11 digits." in run.err
    assert "Request r-1" in run.err


def test_without_a_valid_token_the_way_in_is_shown(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", gateway.problem(401, "UNAUTHENTICATED", "Sign in first."))
    assert "crm login" in crm("get", "leads", "1").err


def test_a_part_that_is_down_ends_with_3(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/leads/1", gateway.problem(503, "UNAVAILABLE", "Not now.", headers={"Retry-After": "0"}))
    assert crm("get", "leads", "1").code == 3


def test_nobody_there_ends_with_3(crm: Crm) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        run = crm("--url", f"http://127.0.0.1:{closed.getsockname()[1]}", "get", "leads", "1")
    assert run.code == 3
    assert "does not answer" in run.err


def test_wrong_usage_ends_with_2(crm: Crm) -> None:
    assert crm("get", "leads").code == 2
    assert crm("get", "ledas", "1").code == 2


def test_chinese_readers_are_spoken_to_in_chinese(crm: Crm, gateway: Gateway) -> None:
    gateway.on("POST /v1/leads", gateway.problem(400, "INVALID_ARGUMENT", "以下字段需要修改"))
    assert "没有名为 led 的资源" in crm("--language", "zh-CN", "get", "led", "1").err
    crm("--language", "zh-CN", "create", "leads", "name=x")
    assert gateway.asked[-1].headers["accept-language"] == "zh-CN"


@pytest.fixture
def signed_out(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_TOKEN")


@pytest.mark.usefixtures("signed_out")
def test_a_sign_in_is_kept_for_its_owner_only_and_used_until_signing_out(
    crm: Crm, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.on("POST /v1/sessions", {"token": "t-1", "expire_time": "2026-11-24T00:00:00Z", "user": {"id": "u"}})
    gateway.on("GET /v1/users/me", {"user": {"login": "ada"}, "grants": [{"permission": "leads.*", "scope": "own"}]})
    gateway.on("DELETE /v1/sessions/current", gateway.reply(None, 204))
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    run = crm("login", "--login", "ada", "--password", "-")
    assert run.code == 0
    assert gateway.asked[0].json == {"login": "ada", "password": "secret"}
    (file,) = tmp_path.rglob("sign-ins.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "secret" not in file.read_text()

    shown = crm("whoami").out
    assert "ada" in shown
    assert "leads.*  own" in shown
    assert gateway.asked[-1].headers["authorization"] == "Bearer t-1"

    assert crm("logout").code == 0
    crm("whoami")
    assert "authorization" not in gateway.asked[-1].headers


@pytest.mark.usefixtures("signed_out")
def test_a_token_goes_to_no_server_but_the_one_that_issued_it(
    crm: Crm, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.on("POST /v1/sessions", {"token": "t-1"})
    gateway.on("GET /v1/users/me", {})
    crm("login", "--url", gateway.url, "--login", "ada", "--password", "x")
    crm("--url", gateway.url.replace("127.0.0.1", "localhost"), "whoami")
    assert "authorization" not in gateway.asked[-1].headers


def test_operations_can_be_searched_and_read(crm: Crm) -> None:
    assert "ClaimLead" in crm("api", "claim").out
    shown = crm("api", "ClaimLead").out
    assert "/v1/leads/{id}:claim" in shown
    assert "leads.lead.claim" in shown
    assert crm("api", "nothing-like-it").code == 2
