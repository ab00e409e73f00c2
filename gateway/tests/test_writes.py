"""POST, PATCH and DELETE: bodies, masks, etags, idempotency keys and the answers they get."""

import pytest
from crm.identity.v1 import session_pb2
from crm.leads.v1 import lead_import_pb2, lead_pb2, touch_pb2
from crm.ops.v1 import custom_field_service_pb2 as ops
from google.protobuf.empty_pb2 import Empty

CREATE = "crm.leads.v1.LeadService/CreateLead"
UPDATE = "crm.leads.v1.LeadService/UpdateLead"
CLAIM = "crm.leads.v1.LeadService/ClaimLead"


def test_a_created_lead_has_its_place_and_version(http, leads):
    leads.answers[CREATE] = lambda request: lead_pb2.Lead(id="0199", name=request.lead.name, etag="1")
    answer = http.post("/v1/leads", json={"name": "Ada", "jobTitle": "CTO", "custom_fields": {"level": 3}})
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/v1/leads/0199"
    assert answer.headers["ETag"] == '"1"'
    request = leads.calls(CREATE)[0].request
    assert request.lead.job_title == "CTO"
    assert request.lead.custom_fields["level"] == 3


def test_what_is_made_asynchronously_is_created_too(http, leads):
    leads.answers["crm.leads.v1.LeadImportService/CreateLeadImport"] = lambda _: lead_import_pb2.LeadImport(
        id="i1", state="QUEUED"
    )
    answer = http.post("/v1/lead-imports", json={"file_id": "f1"})
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/v1/lead-imports/i1"


def test_what_cannot_be_read_alone_has_no_location(http, leads):
    leads.answers["crm.leads.v1.TouchService/CreateTouch"] = lambda request: touch_pb2.Touch(
        id="t1", lead_id=request.touch.lead_id
    )
    answer = http.post("/v1/leads/L1/touches", json={"kind": "call", "lead_id": "another"})
    assert answer.status_code == 201
    assert "Location" not in answer.headers
    assert answer.json()["lead_id"] == "L1", "the path decides, not the body"


def test_a_verb_answers_200_and_takes_an_empty_body(http, leads):
    leads.answers[CLAIM] = lambda request: lead_pb2.Lead(id=request.id, etag="2")
    answer = http.post("/v1/leads/L1:claim")
    assert answer.status_code == 200
    assert leads.calls(CLAIM)[0].request.id == "L1"


def test_an_update_changes_the_fields_of_the_body(http, leads):
    leads.answers[UPDATE] = lambda request: lead_pb2.Lead(id=request.lead.id, etag="4")
    body = {"name": "Ada", "need": None, "custom_fields": {"level": 1}, "id": "x", "score": 9, "create_time": None}
    answer = http.patch("/v1/leads/L1", json=body, headers={"If-Match": '"3"'})
    assert answer.status_code == 200
    request = leads.calls(UPDATE)[0].request
    assert (request.lead.id, request.lead.etag) == ("L1", "3")
    assert list(request.update_mask.paths) == ["name", "need", "custom_fields.level"]


def test_a_mask_in_the_query_wins_over_the_body(http, leads):
    leads.answers[UPDATE] = lambda request: lead_pb2.Lead(id=request.lead.id)
    http.patch("/v1/leads/L1?update_mask=need,jobTitle", json={"name": "Ada", "etag": "3"})
    assert list(leads.calls(UPDATE)[0].request.update_mask.paths) == ["need", "job_title"]


def test_the_etag_of_the_body_stands_for_if_match(http, leads):
    leads.answers[UPDATE] = lambda request: lead_pb2.Lead(id=request.lead.id)
    assert http.patch("/v1/leads/L1", json={"name": "Ada", "etag": "3"}).status_code == 200
    assert "etag" not in leads.calls(UPDATE)[0].request.update_mask.paths


def test_an_update_without_a_version_is_refused(http, leads):
    answer = http.patch("/v1/leads/L1", json={"name": "Ada"})
    assert answer.status_code == 428
    assert answer.json()["reason"] == "PRECONDITION_REQUIRED"
    assert not leads.received


def test_an_update_of_nothing_is_refused(http):
    answer = http.patch("/v1/leads/L1", json={"etag": "3", "state": "POOLED"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["reason"] == "NOTHING_TO_CHANGE"


@pytest.mark.parametrize("if_match", ["*", 'W/"3"', "3", '"3", "4"', '""'])
def test_if_match_takes_one_strong_etag(http, if_match):
    answer = http.patch("/v1/leads/L1", json={"name": "Ada"}, headers={"If-Match": if_match})
    assert answer.status_code == 400
    assert answer.json()["reason"] == "INVALID_IF_MATCH"


def test_two_different_versions_are_refused(http):
    answer = http.patch("/v1/leads/L1", json={"name": "A", "etag": "2"}, headers={"If-Match": '"3"'})
    assert answer.json()["reason"] == "INVALID_IF_MATCH"


def test_if_match_of_a_verb_or_delete_goes_into_the_request(http, leads, identity):
    leads.answers[CLAIM] = lambda request: lead_pb2.Lead(id=request.id)
    http.post("/v1/leads/L1:claim", json={}, headers={"If-Match": '"5"'})
    assert leads.calls(CLAIM)[0].request.etag == "5"
    leads.answers["crm.leads.v1.PoolService/DeletePool"] = lambda _: Empty()
    answer = http.delete("/v1/pools/P1", headers={"If-Match": '"6"'})
    assert answer.status_code == 204
    assert answer.content == b""
    assert "Content-Type" not in answer.headers
    assert leads.calls("crm.leads.v1.PoolService/DeletePool")[0].request.etag == "6"


@pytest.mark.parametrize(("header", "key"), [('"a key"', "a key"), ("bare-token_1", "bare-token_1")])
def test_an_idempotency_key_reaches_the_service_and_a_replay_is_told(http, leads, header, key):
    leads.answers[CREATE] = lambda _: lead_pb2.Lead(id="0199")
    leads.trailing = (("idempotent-replayed", "true"),)
    answer = http.post("/v1/leads", json={"name": "Ada"}, headers={"Idempotency-Key": header})
    assert leads.calls(CREATE)[0].metadata["idempotency-key"] == key
    assert answer.headers["Idempotent-Replayed"] == "true"


def test_a_first_answer_is_not_called_a_replay(http, leads):
    leads.answers[CREATE] = lambda _: lead_pb2.Lead(id="0199")
    answer = http.post("/v1/leads", json={"name": "Ada"}, headers={"Idempotency-Key": "k"})
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ['""', "x" * 256, "a b", '"a', "a,b"])
def test_a_malformed_idempotency_key_is_refused(http, leads, key):
    answer = http.post("/v1/leads", json={"name": "Ada"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["reason"] == "INVALID_IDEMPOTENCY_KEY"
    assert not leads.received


def test_signing_in_needs_no_token_and_is_asked_by_the_gateway_itself(http, identity):
    path = "crm.identity.v1.SessionService/CreateSession"
    identity.answers[path] = lambda _: session_pb2.Session(token="t", user_id="u")
    answer = http.post("/v1/sessions", json={"login": "ada", "password": "x"}, headers={"Authorization": ""})
    assert answer.status_code == 201
    assert "Location" not in answer.headers
    principal = identity.calls(path)[0].principal
    assert (principal.kind, principal.subject) == ("service", "gateway")


def test_the_service_of_a_created_custom_field_is_the_one_of_the_path(http, leads):
    leads.answers["crm.ops.v1.CustomFieldService/CreateCustomField"] = lambda request: ops.CustomField(
        id="c", service=request.custom_field.service
    )
    answer = http.post("/v1/services/leads/custom-fields", json={"resource": "lead", "name": "level"})
    assert answer.status_code == 201
    assert answer.json()["service"] == "leads"
