"""GET routes: paths, query parameters, the principal on the wire, and what comes back."""

import pytest
from crm.identity.v1 import session_service_pb2
from crm.identity.v1.preferences_pb2 import Preferences
from crm.leads.v1 import lead_pb2, lead_service_pb2
from crm.ops.v1 import dead_letter_service_pb2 as ops
from crm.type.v1 import count_pb2

GET = "crm.leads.v1.LeadService/GetLead"
LIST = "crm.leads.v1.LeadService/ListLeads"


def test_a_lead_is_read_by_its_path(http, leads):
    leads.answers[GET] = lambda request: lead_pb2.Lead(id=request.id, name="王小明", state="POOLED", etag="7")
    answer = http.get("/v1/leads/0199")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"7"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer.headers["Vary"]
    body = answer.json()
    assert (body["id"], body["name"], body["state"]) == ("0199", "王小明", "POOLED")
    assert body["score"] == 0
    assert body["tags"] == []
    assert "create_time" not in body


def test_the_principal_of_the_session_is_signed_for_the_service(http, leads):
    leads.answers[GET] = lambda request: lead_pb2.Lead(id=request.id)
    http.get("/v1/leads/1", headers={"X-User-Id": "root", "X-Forwarded-User": "root"})
    (call,) = leads.calls(GET)
    assert call.principal.subject == "01990000-0000-7000-8000-000000000001"
    assert call.principal.issuer == "gateway"
    assert call.principal.unit_path == "/hq/east/"
    assert call.principal.session_id == "s-1"
    assert not [key for key in call.metadata if "user-id" in key or "forwarded" in key]
    assert 8 < call.seconds < 11


def test_query_parameters_fill_the_request_in_either_spelling(http, leads):
    leads.answers[LIST] = lambda _: lead_service_pb2.ListLeadsResponse(total_size=3)
    answer = http.get(
        "/v1/leads",
        params={"page_size": 20, "orderBy": "score desc", "count": "COUNT_MODE_CAPPED", "fields": "id,stateReason"},
    )
    assert answer.status_code == 200
    request = leads.calls(LIST)[0].request
    assert request.page_size == 20
    assert request.order_by == "score desc"
    assert request.count == count_pb2.COUNT_MODE_CAPPED
    assert list(request.fields.paths) == ["id", "state_reason"]
    assert answer.json() == {"leads": [], "next_page_token": "", "total_size": 3}


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("pagesize=1", "pagesize", "UNKNOWN_PARAMETER"),
        ("page_size=many", "page_size", "WRONG_TYPE"),
        ("page_size=1&page_size=2", "page_size", "GIVEN_TWICE"),
        ("page_size=99999999999", "page_size", "OUT_OF_RANGE"),
        ("count=SOME", "count", "UNKNOWN_VALUE"),
        ("fields=a;b", "fields", "INVALID_FIELD_MASK"),
    ],
)
def test_a_wrong_query_parameter_is_named(http, leads, query, field, reason):
    answer = http.get(f"/v1/leads?{query}")
    assert answer.status_code == 400
    assert [(each["field"], each["reason"]) for each in answer.json()["errors"]] == [(field, reason)]
    assert not leads.received


def test_an_unknown_query_parameter_lists_the_allowed_ones(http):
    message = http.get("/v1/leads?nope=1").json()["errors"][0]["message"]
    assert "page_token" in message
    assert "order_by" in message


def test_a_literal_segment_wins_over_a_variable(http, identity):
    identity.answers["crm.identity.v1.SessionService/GetCurrentUser"] = lambda _: session_service_pb2.CurrentUser()
    assert http.get("/v1/users/me").status_code == 200


def test_head_answers_like_get_without_a_body(http, leads):
    leads.answers[GET] = lambda request: lead_pb2.Lead(id=request.id, etag="7")
    answer = http.head("/v1/leads/1")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"7"'
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/leads/1/", "/v1//leads", "/v1/leads/1:frobnicate", "/"])
def test_an_unknown_path_is_404(http, path):
    answer = http.post(path, json={})
    assert answer.status_code == 404
    assert answer.json()["reason"] == "ROUTE_NOT_FOUND"


def test_a_known_path_with_another_method_is_405_and_says_which(http):
    answer = http.put("/v1/leads/1", json={})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH"
    options = http.options("/v1/leads/1")
    assert options.status_code == 204
    assert options.headers["Allow"] == "GET, HEAD, OPTIONS, PATCH"


@pytest.mark.parametrize(("named", "status"), [("leads", 200), ("nobody", 404)])
def test_an_rpc_that_every_service_has_goes_to_the_one_named(http, leads, named, status):
    leads.answers["crm.ops.v1.DeadLetterService/ListDeadLetters"] = lambda _: ops.ListDeadLettersResponse()
    assert http.get(f"/v1/services/{named}/dead-letters").status_code == status


@pytest.mark.parametrize("holder", ["unit:019f", "unit%3A019f", "me"])
def test_a_name_may_have_a_colon_of_its_own(http, identity, holder):
    path = "crm.identity.v1.PreferenceService/GetPreferences"
    identity.answers[path] = lambda request: Preferences(holder=request.holder)
    assert http.get(f"/v1/preferences/{holder}").json()["holder"] == holder.replace("%3A", ":")
