"""What every request meets: request ids, traces, metrics, logs, headers, health and the API description."""

import json
import re
import time
from pathlib import Path

import httpx
import orjson
import pytest
from crm.leads.v1 import lead_pb2
from openapi_spec_validator import validate

from crm_gateway import contract
from crm_gateway.openapi import document
from crm_gateway.routes import Router

GET = "crm.leads.v1.LeadService/GetLead"


@pytest.fixture
def lead(leads):
    leads.answers[GET] = lambda request: lead_pb2.Lead(id=request.id)
    return leads


def test_a_request_id_goes_through_and_comes_back(http, lead):
    answer = http.get("/v1/leads/1", headers={"X-Request-Id": "console-42"})
    assert answer.headers["X-Request-Id"] == "console-42"
    assert lead.calls(GET)[0].metadata["x-request-id"] == "console-42"


@pytest.mark.parametrize("given", ["", "a b", "<x>", "x" * 200])
def test_a_missing_or_strange_request_id_is_replaced(http, lead, given):
    answer = http.get("/v1/leads/1", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_the_language_asked_for_reaches_the_service_else_the_users_own(http, lead):
    http.get("/v1/leads/1", headers={"Accept-Language": "en-GB,en;q=0.9"})
    http.get("/v1/leads/1", headers={"Accept-Language": "fr"})
    assert [call.metadata["accept-language"] for call in lead.calls(GET)] == ["en", "zh-CN"]


def test_one_trace_goes_from_the_client_to_the_service(http, gateway, lead):
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    http.get(
        "/v1/leads/1", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01", "baggage": "crm.request_id=x"}
    )
    metadata = lead.calls(GET)[0].metadata
    assert metadata["traceparent"].split("-")[1] == trace_id
    assert "baggage" not in metadata, "baggage from outside stays outside"
    time.sleep(1.2)
    lines = Path(gateway.settings["CRM_TRACE_FILE"]).read_text(encoding="utf-8").splitlines()
    text = "".join(line for line in lines if trace_id in line)
    assert "GET /v1/leads/{id}" in text
    assert "crm.leads.v1.LeadService/GetLead" in text


def test_answers_carry_the_security_headers(http, lead):
    headers = http.get("/v1/leads/1").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Access-Control-Allow-Origin" not in headers


def test_a_request_leaves_one_log_line_with_its_ids(http, gateway, lead):
    http.get("/v1/leads/1", headers={"X-Request-Id": "logged-1"})
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines() if "logged-1" in line]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/leads/{id}", 200)
    assert len(line["trace_id"]) == 32


def test_metrics_count_by_route_and_never_by_id(http, gateway, lead):
    http.get("/v1/leads/0199-secret-id")
    text = httpx.get(f"http://{gateway.settings['CRM_METRICS_LISTEN']}/metrics", trust_env=False).text
    assert 'http_route="/v1/leads/{id}"' in text
    assert "0199-secret-id" not in text
    assert "rpc_client_call_duration" in text


def test_health_needs_no_token(gateway):
    for path in ("/health/live", "/health/ready"):
        assert httpx.get(gateway.url + path, trust_env=False).status_code == 200


def test_an_answer_that_cannot_be_written_is_a_500_without_details(http, lead):
    lead.answers[GET] = lambda request: lead_pb2.Lead(id=request.id, custom_fields={"a": float("nan")})
    answer = http.get("/v1/leads/1")
    assert answer.status_code == 500
    assert answer.json()["reason"] == "INTERNAL"
    assert "Traceback" not in answer.text


def test_the_api_description_is_valid_openapi_and_complete(http):
    described = http.get("/openapi.json").json()
    validate(described)
    operations = [operation for item in described["paths"].values() for operation in item.values()]
    identifiers = [operation["operationId"] for operation in operations]
    assert len(set(identifiers)) == len(identifiers) == len(contract.load().bindings)
    assert "leads_ClaimLead" in identifiers
    assert all(operation["summary"] for operation in operations)


def test_the_description_says_what_the_contract_says():
    loaded = contract.load()
    described = orjson.loads(orjson.dumps(document(Router(loaded.bindings).routes, loaded.comments, "1")))
    schemas = described["components"]["schemas"]
    lead = schemas["leads.Lead"]["properties"]
    assert lead["id"]["readOnly"] is True
    assert lead["number"]["examples"] == ["LD-2026-000123"]
    assert lead["create_time"]["format"] == "date-time"
    assert "free to claim" in schemas["leads.Lead.State"]["description"]
    assert schemas["identity.User"]["properties"]["password"]["writeOnly"] is True
    assert "login" in schemas["identity.User"]["required"]
    assert "required" not in schemas["identity.UserChanges"]
    claim = described["paths"]["/v1/leads/{id}:claim"]["post"]
    assert claim["x-permission"] == "leads.lead.claim"
    assert "id" not in claim["requestBody"]["content"]["application/json"]["schema"]["properties"]
    update = described["paths"]["/v1/leads/{id}"]["patch"]
    assert {"$ref": "#/components/parameters/IfMatchRequired"} in update["parameters"]
    assert [each["name"] for each in update["parameters"] if "name" in each] == ["id", "update_mask"]
    assert described["paths"]["/v1/sessions"]["post"]["security"] == []
    listing = described["paths"]["/v1/leads"]["get"]["parameters"]
    assert {"page_size", "filter", "fields"} <= {each.get("name") for each in listing}


def test_the_reference_loads_nothing_from_elsewhere(gateway):
    with httpx.Client(base_url=gateway.url, trust_env=False) as client:
        page = client.get("/docs")
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]
        assert "http" not in page.text.replace("http-equiv", "")
        for path in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            assert client.get(path).status_code == 200, path
