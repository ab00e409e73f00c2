"""``crm events``, ``crm dead-letters``, ``crm doctor`` and ``crm trace``: for those who run the platform."""

import base64
import json
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

from crm.leads.v1 import lead_pb2, leads_events_pb2

Gateway = Any
"""The server at the wire of conftest.py."""
Crm = Callable[..., Any]


def event(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"e-{number}",
        "event_type": "crm.leads.v1.LeadClaimed",
        "aggregate_id": "lead-1",
        "event_seq": str(number),
        "occur_time": "2026-11-23T02:00:00Z",
        "actor": "user:u-1",
        "payload": "",
    } | fields


def test_the_history_is_printed_page_by_page(crm: Crm, gateway: Gateway) -> None:
    gateway.on(
        "GET /v1/services/leads/events",
        {"events": [event(1), event(2)], "next_page_token": "n"},
        {"events": [event(3)]},
    )
    run = crm("events", "tail", "leads", "--once", "--type", "crm.leads.v1.LeadClaimed")
    assert run.code == 0
    assert [line.split("#")[1][0] for line in run.out.splitlines()] == ["1", "2", "3"]
    assert gateway.asked[0].query["event_type"] == ["crm.leads.v1.LeadClaimed"]


def test_new_events_are_printed_once_each_as_they_come(crm: Crm, gateway: Gateway, monkeypatch: Any) -> None:
    gateway.on(
        "GET /v1/services/leads/events",
        {"next_page_token": "end"},
        {},
        {"events": [event(2), event(3)], "next_page_token": "n"},
        {"events": [event(4)]},
    )
    pauses = iter([None, None])

    def pause(_: float) -> None:
        if next(pauses, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr("crm_client.commands.events.time.sleep", pause)
    run = crm("events", "tail", "leads")
    assert run.code == 130
    assert [line.split("#")[1][0] for line in run.out.splitlines()] == ["2", "3", "4"]
    assert [asked.query.get("page_token") for asked in gateway.asked] == [None, ["end"], ["end"], ["n"], ["n"]]
    assert [asked.query.get("from_end") for asked in gateway.asked] == [["true"], None, None, None, None]


def test_what_an_event_says_is_read_by_its_type(crm: Crm, gateway: Gateway) -> None:
    said = leads_events_pb2.LeadClaimed(lead=lead_pb2.Lead(id="lead-1", name="王小明"))
    payload = base64.b64encode(said.SerializeToString()).decode()
    gateway.on("GET /v1/services/leads/events", {"events": [event(1, payload=payload)]})
    assert "王小明" in crm("events", "tail", "leads", "--once", "--payload").out


def test_an_event_of_a_newer_contract_is_still_shown(crm: Crm, gateway: Gateway) -> None:
    newer = event(1, event_type="crm.leads.v9.LeadDreamt", payload="AAE=")
    gateway.on("GET /v1/services/leads/events", {"events": [newer]})
    run = crm("events", "tail", "leads", "--once", "--payload")
    assert "LeadDreamt" in run.out
    assert "AAE=" in run.out


def stuck(**fields: Any) -> dict[str, Any]:
    facts = {"id": "o-1", "kind": "lead_conversion", "business_key": "lead-1", "state": "STUCK", "step": "sales.create"}
    return {"service": "leads", **facts, "attempts": 20, "error": "KeyError", "cancellable": True} | fields


def test_stuck_operations_are_listed_with_their_step_and_failure(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/services/leads/operations", {"operations": [stuck()]})
    shown = crm("operations", "list", "leads").out
    assert "sales.create" in shown
    assert "KeyError" in shown
    assert "all" not in gateway.asked[-1].query
    crm("operations", "list", "leads", "--all")
    assert gateway.asked[-1].query["all"] == ["true"]


def test_nothing_stuck_is_said_in_words(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/services/leads/operations", {})
    assert "No operation of leads is stuck." in crm("operations", "list", "leads").err


def test_an_operation_is_retried(crm: Crm, gateway: Gateway) -> None:
    gateway.on("POST /v1/services/leads/operations/o-1:retry", stuck(state="RUNNING"))
    assert "RUNNING" in crm("operations", "retry", "leads", "o-1").out


def test_an_operation_is_cancelled_with_a_reason_only(crm: Crm, gateway: Gateway) -> None:
    gateway.on("POST /v1/services/leads/operations/o-1:cancel", stuck(state="COMPENSATING", error="wrong lead"))
    assert crm("operations", "cancel", "leads", "o-1").code == 2
    assert "wrong lead" in crm("operations", "cancel", "leads", "o-1", "--reason", "wrong lead").out
    assert gateway.asked[-1].json == {"reason": "wrong lead"}


def letter(consumer: str = "reporting-facts") -> dict[str, Any]:
    return {"service": "reporting", "consumer": consumer, "event_id": "e-1", "state": "dead", "error": "KeyError"}


def test_dead_letters_are_listed_with_their_failure(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/services/reporting/dead-letters", {"dead_letters": [letter()]})
    assert "KeyError" in crm("dead-letters", "list", "reporting").out


def test_a_dead_letter_is_retried_at_the_consumer_that_holds_it(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/services/reporting/dead-letters", {"dead_letters": [letter()]})
    gateway.on("POST /v1/services/reporting/dead-letters/e-1:retry", {**letter(), "state": "applied"})
    assert "applied" in crm("dead-letters", "retry", "reporting", "e-1").out
    assert gateway.asked[-1].json == {"consumer": "reporting-facts"}


def test_a_dead_letter_of_two_consumers_needs_a_choice(crm: Crm, gateway: Gateway) -> None:
    gateway.on("GET /v1/services/reporting/dead-letters", {"dead_letters": [letter("a"), letter("b")]})
    run = crm("dead-letters", "discard", "reporting", "e-1", "--reason", "known")
    assert run.code == 2
    assert "a, b" in run.err


def healthy(gateway: Gateway) -> None:
    gateway.on("GET /health/live", gateway.reply(b"live\n", content_type="text/plain"))
    gateway.on("GET /health/ready", gateway.reply(b"ready\n", content_type="text/plain"))
    gateway.on("GET /v1/users/me", {"user": {"login": "ada"}})


def test_the_doctor_finds_every_service_and_the_one_that_is_down(crm: Crm, gateway: Gateway) -> None:
    healthy(gateway)
    answer = gateway.answer

    def answered(asked: Any) -> Any:
        if asked.path.startswith("/v1/") and asked.path != "/v1/users/me":
            if asked.path in ("/v1/competitors", "/v1/contracts"):
                return gateway.problem(503, "UNAVAILABLE", "Sales is away.", headers={"Retry-After": "0"})
            return gateway.reply({})
        return answer(asked)

    gateway.answer = answered
    run = crm("doctor")
    assert run.code == 3
    assert "✓ Signed in as ada." in run.out
    assert "✓ leads answers in" in run.out
    assert "✗ sales does not answer: Sales is away." in run.out


def test_the_doctor_notices_a_service_the_gateway_does_not_know(crm: Crm, gateway: Gateway) -> None:
    healthy(gateway)
    run = crm("doctor")
    assert run.code == 1
    assert "✗ The gateway does not know leads." in run.out


def test_the_doctor_sends_a_stranger_to_the_door(crm: Crm, gateway: Gateway) -> None:
    healthy(gateway)
    gateway.on("GET /v1/users/me", gateway.problem(401, "UNAUTHENTICATED", "Sign in first."))
    run = crm("doctor")
    assert run.code == 1
    assert "→ Sign in with: crm login" in run.out


def test_the_doctor_notices_a_wrong_clock(crm: Crm, gateway: Gateway) -> None:
    healthy(gateway)
    ahead = {"Date": formatdate(4_000_000_000, usegmt=True)}
    gateway.on("GET /health/live", gateway.reply(b"live\n", content_type="text/plain", headers=ahead))
    assert "✗ The clocks differ" in crm("doctor").out


def test_a_trace_is_shown_as_a_tree_over_all_services(crm: Crm, tmp_path: Path) -> None:
    def span(service: str, name: str, own: str, parent: str, start: int) -> str:
        ids = {"trace_id": "ab" * 16, "span_id": own, "parent_span_id": parent}
        times = {"start_unix_nano": start, "duration_ms": 2.0}
        return json.dumps({**ids, **times, "service": service, "name": name, "attributes": {}}) + "\n"

    (tmp_path / "gateway.jsonl").write_text(span("gateway", "POST /v1/leads", "01", "", 1_000_000))
    (tmp_path / "leads.jsonl").write_text(
        span("leads", "CreateLead", "02", "01", 2_000_000) + span("leads", "INSERT lead", "03", "02", 3_000_000)
    )
    run = crm("trace", "ab" * 16, "--file", str(tmp_path))
    lines = run.out.splitlines()
    assert [line.find(name) for line, name in zip(lines[1:], ["POST", "CreateLead", "INSERT"], strict=True)] == [
        4,
        8,
        12,
    ]
    assert "+2.0 ms, leads" in lines[3]
    assert crm("trace", "cd" * 16, "--file", str(tmp_path)).code == 2
