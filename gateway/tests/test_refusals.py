"""What a client is told when something is refused, and that nothing else leaks out."""

import asyncio

import grpc
import httpx
import pytest
from crm.leads.v1 import lead_pb2
from gateway_wire import Refusal
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from crm_kit import errors
from crm_kit.keys import Keys
from crm_kit.principal import system

from .conftest import TOKEN

GET = "crm.leads.v1.LeadService/GetLead"
CREATE = "crm.leads.v1.LeadService/CreateLead"
Code = grpc.StatusCode


def raising(error):
    def answer(_):
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (errors.NotFound(resource="lead", id="1"), 404, "NOT_FOUND"),
        (errors.PermissionDenied(permission="leads.lead.get"), 403, "PERMISSION_DENIED"),
        (errors.AlreadyExists(resource="lead", field="email", value="x"), 409, "ALREADY_EXISTS"),
        (errors.FailedPrecondition(), 409, "FAILED_PRECONDITION"),
        (errors.StaleEtag(etag="9"), 412, "STALE_ETAG"),
        (errors.RequestInFlight(), 409, "REQUEST_IN_FLIGHT"),
        (errors.IdempotencyKeyReused(), 422, "IDEMPOTENCY_KEY_REUSED"),
        (errors.ResourceExhausted(), 429, "RESOURCE_EXHAUSTED"),
        (errors.Overloaded(), 503, "OVERLOADED"),
        (errors.Unavailable(), 503, "UNAVAILABLE"),
        (errors.DeadlineExceeded(), 504, "DEADLINE_EXCEEDED"),
        (errors.Unauthenticated(), 401, "UNAUTHENTICATED"),
    ],
)
def test_a_refusal_of_a_service_keeps_its_reason_and_words(http, leads, error, status, reason):
    leads.answers[GET] = raising(error)
    answer = http.get("/v1/leads/1", headers={"X-Request-Id": "r-1"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/" + reason.lower().replace("_", "-")
    assert (problem["status"], problem["reason"], problem["request_id"]) == (status, reason, "r-1")
    assert problem["detail"] == error.text("en")
    assert len(problem["trace_id"]) == 32
    assert problem.get("facts", {}) == error.metadata


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (Code.INVALID_ARGUMENT, 400),
        (Code.OUT_OF_RANGE, 400),
        (Code.UNAUTHENTICATED, 401),
        (Code.PERMISSION_DENIED, 403),
        (Code.NOT_FOUND, 404),
        (Code.ABORTED, 409),
        (Code.ALREADY_EXISTS, 409),
        (Code.FAILED_PRECONDITION, 409),
        (Code.RESOURCE_EXHAUSTED, 429),
        (Code.CANCELLED, 503),
        (Code.UNKNOWN, 500),
        (Code.INTERNAL, 500),
        (Code.DATA_LOSS, 500),
        (Code.UNIMPLEMENTED, 501),
        (Code.UNAVAILABLE, 503),
        (Code.DEADLINE_EXCEEDED, 504),
    ],
)
def test_every_grpc_status_has_its_http_status(http, leads, code, status):
    leads.answers[CREATE] = raising(Refusal(code, "psycopg at 10.0.0.7:5432"))
    answer = http.post("/v1/leads", json={})
    assert answer.status_code == status
    if status not in (400, 409):
        assert "10.0.0.7" not in answer.text, "the transport's words are not for clients"
    if status in (429, 503):
        assert int(answer.headers["Retry-After"]) >= 1
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_field_violations_are_listed_in_the_readers_language(http, leads):
    leads.answers[CREATE] = raising(
        errors.InvalidArgument([errors.Violation("phone", "NOT_A_NUMBER", "is not a phone number", "不是电话号码")])
    )
    english = http.post("/v1/leads", json={"phone": "x"}).json()
    assert english["errors"] == [{"field": "phone", "reason": "NOT_A_NUMBER", "message": "is not a phone number"}]
    chinese = http.post("/v1/leads", json={"phone": "x"}, headers={"Accept-Language": "fr, zh-CN;q=0.8, en;q=0.1"})
    assert chinese.json()["errors"][0]["message"] == "不是电话号码"
    assert chinese.json()["title"] == "请求需要修改"
    assert chinese.headers["Content-Language"] == "zh-CN"


def test_a_stale_etag_comes_with_the_present_one(http, leads):
    leads.answers[GET] = raising(errors.StaleEtag(etag="9"))
    assert http.get("/v1/leads/1").headers["ETag"] == '"9"'


def test_the_retry_delay_of_the_service_is_passed_on(http, leads):
    status = status_pb2.Status(code=8)
    for detail in (
        error_details_pb2.ErrorInfo(reason="EXPORT_QUOTA", domain="crm"),
        error_details_pb2.RetryInfo(retry_delay=Duration(seconds=42)),
    ):
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    trailing = (("grpc-status-details-bin", status.SerializeToString()),)
    leads.answers[GET] = raising(Refusal(Code.RESOURCE_EXHAUSTED, "slow down", trailing))
    answer = http.get("/v1/leads/1")
    assert answer.headers["Retry-After"] == "42"
    assert answer.json()["reason"] == "EXPORT_QUOTA"


def test_own_refusals_speak_chinese_too(http):
    problem = http.put("/v1/leads/1", headers={"Accept-Language": "zh"}).json()
    assert problem["title"] == "不支持该方法"
    assert "此路径支持" in problem["detail"]


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer wrong", "Bearer " + "x" * 600])
def test_without_a_valid_token_nothing_is_answered(gateway, leads, header):
    with httpx.Client(base_url=gateway.url, trust_env=False) as client:
        answer = client.get("/v1/leads/1", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not leads.received


def test_a_principal_header_from_outside_is_no_principal(gateway, leads, keys_dir):
    forged = Keys.load(keys_dir, "gateway").sign(system("service", "gateway"), "leads")
    answer = httpx.get(f"{gateway.url}/v1/leads/1", headers={"Authorization": f"Bearer {forged}"}, trust_env=False)
    assert answer.status_code == 401
    assert not leads.received


def test_a_session_is_looked_up_once_in_seconds(http, leads, identity):
    leads.answers[GET] = lambda request: lead_pb2.Lead(id=request.id)
    for _ in range(5):
        http.get("/v1/leads/1")
    assert len(identity.calls("crm.identity.v1.SessionService/Authenticate")) <= 1


def test_a_service_that_is_down_is_503_without_its_address(http):
    answer = http.get("/v1/services/reporting/events")
    assert answer.status_code == 503
    assert "127.0.0.1" not in answer.text
    assert "Retry-After" in answer.headers


def test_a_service_that_is_not_installed_is_503(http):
    answer = http.get("/v1/opportunities/1")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "SERVICE_NOT_INSTALLED"


def test_a_read_is_tried_again_once_after_unavailable(http, leads):
    answers = iter([Refusal(Code.UNAVAILABLE), lead_pb2.Lead(id="1")])

    def flaky(_):
        answer = next(answers)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    leads.answers[GET] = flaky
    assert http.get("/v1/leads/1").status_code == 200
    assert len(leads.calls(GET)) == 2


@pytest.mark.parametrize(("headers", "tries"), [({}, 1), ({"Idempotency-Key": "k"}, 2)])
def test_a_write_is_tried_again_only_with_an_idempotency_key(http, leads, headers, tries):
    leads.answers[CREATE] = raising(Refusal(Code.UNAVAILABLE))
    assert http.post("/v1/leads", json={"name": "a"}, headers=headers).status_code == 503
    assert len(leads.calls(CREATE)) == tries


def test_a_slow_service_is_given_up_at_the_deadline(http, leads):
    async def slow(_):
        await asyncio.sleep(15)

    leads.answers[GET] = slow
    answer = http.get("/v1/leads/1")
    assert answer.status_code == 504
    assert answer.json()["reason"] == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize(
    ("content", "headers", "status", "reason"),
    [
        (b'{"name": ', {}, 400, "MALFORMED_JSON"),
        (b"[1]", {}, 400, "INVALID_ARGUMENT"),
        (b"null", {}, 400, "INVALID_ARGUMENT"),
        (b'{"name": "\xff"}', {}, 400, "MALFORMED_JSON"),
        (b'{"name":"a"}', {"Content-Type": "application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'{"need":"' + b"x" * 1_000_000 + b'"}', {}, 413, "BODY_TOO_LARGE"),
        (b'{"custom_fields":' + b'{"a":' * 40 + b"1" + b"}" * 41, {}, 400, "TOO_DEEP"),
        (b'{"name": "a\\u0000b"}', {}, 400, "NUL_CHARACTER"),
        (b"{}", {"X-Long": "x" * 20_000}, 431, "HEADERS_TOO_LARGE"),
    ],
)
def test_a_body_beyond_the_limits_is_refused(http, leads, content, headers, status, reason):
    answer = http.post("/v1/leads", content=content, headers={"Content-Type": "application/json"} | headers)
    assert answer.status_code == status
    assert answer.json()["reason"] == reason
    assert not leads.received


def test_the_character_that_no_database_holds_is_refused_in_paths_and_queries(http, leads):
    for path in ("/v1/leads/a%00b", "/v1/leads?search=a%00b"):
        assert http.get(path).json()["reason"] == "NUL_CHARACTER"


def test_the_two_letters_of_its_escape_are_fine(http, leads):
    leads.answers[CREATE] = lambda _: lead_pb2.Lead(id="1")
    assert http.post("/v1/leads", content=rb'{"name": "\\u0000"}').status_code == 201


@pytest.mark.parametrize("opening", ['{"a":', "["])
@pytest.mark.parametrize(("depth", "status"), [(30, 201), (32, 400), (900, 400), (5000, 400)])
def test_deep_values_pass_up_to_the_limit_and_never_break_the_service(http, leads, opening, depth, status):
    leads.answers[CREATE] = lambda request: lead_pb2.Lead(id="1", custom_fields=request.lead.custom_fields)
    closing = {"[": "]"}.get(opening, "}")
    content = '{"custom_fields":{"k":' + opening * depth + "1" + closing * depth + "}}"
    assert http.post("/v1/leads", content=content.encode()).status_code == status


def test_many_brackets_that_are_not_deep_are_fine(http, leads):
    leads.answers[CREATE] = lambda _: lead_pb2.Lead(id="1")
    body = {"custom_fields": {f"k{n}": [n] for n in range(200)}}
    assert http.post("/v1/leads", json=body).status_code == 201


def test_a_chunked_body_without_length_is_limited_too(http):
    def chunks():
        for _ in range(30):
            yield b" " * 100_000

    answer = http.post("/v1/leads", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_a_token_never_reaches_the_log(http, gateway, leads):
    http.get("/v1/leads/1")
    assert TOKEN not in gateway.log.read_text()
