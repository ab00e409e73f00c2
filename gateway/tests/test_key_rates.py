"""Requests of API keys are counted by rate class; the count is identity's, so that it is one for all processes."""

import threading

import grpc
import pytest
from crm.identity.v1 import session_service_pb2 as pb
from crm.identity.v1 import user_pb2
from crm.identity.v1.role_pb2 import Grant
from crm.leads.v1 import lead_pb2
from gateway_wire import Refusal

AUTHENTICATE = "crm.identity.v1.SessionService/Authenticate"
LEASE = "crm.identity.v1.SessionService/LeaseRequests"
GET = "crm.leads.v1.LeadService/GetLead"
MOST = 6


class Second:
    """What identity would grant within one long second."""

    def __init__(self) -> None:
        self.used, self.lock = 0, threading.Lock()

    def __call__(self, request: pb.LeaseRequestsRequest) -> pb.RequestLease:
        with self.lock:
            granted = min(request.wanted, MOST - self.used)
            self.used += granted
            return pb.RequestLease(
                granted=granted, rate_class="standard", most=MOST, remaining=MOST - self.used, left_ms=1000
            )


@pytest.fixture
def key(request, identity, leads):
    """A key of its own for every test, and the second it is used in."""
    name = f"key-{request.node.name}"[:60]
    identity.answers[AUTHENTICATE] = lambda _: pb.CurrentUser(
        kind="key",
        api_key_id=name,
        unit_path="/hq/",
        user=user_pb2.User(display_name="Web form", language="en"),
        grants=[Grant(permission="leads.*", scope="subtree")],
    )
    identity.answers[LEASE] = Second()
    leads.answers[GET] = lambda asked: lead_pb2.Lead(id=asked.id)
    return f"trb_live_{name.encode().hex()[:40]}"


def ask(http, key, **headers):
    return http.get("/v1/leads/1", headers={"Authorization": f"Bearer {key}", **headers})


def test_a_key_is_told_how_many_requests_are_left_and_then_refused(http, key, leads):
    answers = [ask(http, key) for _ in range(MOST + 2)]
    assert [answer.status_code for answer in answers] == [200] * MOST + [429, 429]
    left = [f'"standard";r={number};t=1' for number in reversed(range(MOST))]
    assert [answer.headers["RateLimit"] for answer in answers] == [*left, left[-1], left[-1]]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {f'"standard";q={MOST};w=1'}
    assert len(leads.calls(GET)) == MOST


def test_a_refusal_says_why_and_when_to_come_back(http, key):
    for _ in range(MOST):
        ask(http, key)
    english, chinese = ask(http, key), ask(http, key, **{"Accept-Language": "zh-CN"})
    assert english.headers["Content-Type"] == "application/problem+json"
    assert english.headers["Retry-After"] == "1"
    told = english.json()
    assert (told["reason"], told["title"], told["facts"]) == (
        "RATE_EXCEEDED",
        "Too many requests",
        {"rate_class": "standard", "most": MOST},
    )
    assert f"may make {MOST} requests a second" in told["detail"]
    assert f"每秒最多 {MOST} 次请求" in chinese.json()["detail"]


def test_few_questions_are_asked_for_many_requests_and_none_once_it_is_over(http, key, identity):
    for _ in range(MOST + 5):
        ask(http, key)
    assert [call.request.wanted for call in identity.calls(LEASE)] == [1, 2, 4]


def test_people_who_signed_in_are_not_counted(http, identity, leads):
    leads.answers[GET] = lambda asked: lead_pb2.Lead(id=asked.id)
    answer = http.get("/v1/leads/1")
    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers
    assert identity.calls(LEASE) == []


def test_a_directory_is_counted_like_any_other_key(http, key):
    answers = [http.get("/scim/v2/Schemas", headers={"Authorization": f"Bearer {key}"}) for _ in range(MOST + 1)]
    assert [answer.status_code for answer in answers] == [200] * MOST + [429]
    assert answers[-1].headers["Retry-After"] == "1"


def test_while_identity_is_away_half_of_a_known_rate_goes_through(http, key, identity):
    assert ask(http, key).status_code == 200

    def away(_):
        raise Refusal(grpc.StatusCode.UNAVAILABLE, "away")

    identity.answers[LEASE] = away
    answers = [ask(http, key) for _ in range(MOST)]
    assert [answer.status_code for answer in answers] == [200] * (MOST // 2) + [429] * (MOST - MOST // 2)


def test_a_rate_that_cannot_be_asked_for_lets_nothing_through(http, key, identity, leads):
    def away(_):
        raise Refusal(grpc.StatusCode.UNAVAILABLE, "away")

    identity.answers[LEASE] = away
    assert ask(http, key).status_code == 503
    assert leads.calls(GET) == []
