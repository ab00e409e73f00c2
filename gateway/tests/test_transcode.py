"""Any request to any route is either understood or refused in words; nothing else can happen."""

import orjson
from flask import Request
from gateway_messages import JSON_VALUES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from crm_gateway import contract
from crm_gateway.problems import Problem
from crm_gateway.query import parameters
from crm_gateway.routes import Match, Router
from crm_gateway.transcode import read_request

ROUTES = Router(contract.load().bindings).routes


@st.composite
def requests(draw):
    route = draw(st.sampled_from(ROUTES))
    target = route.request if route.body_field is None else route.body_field.message_type or route.request
    names = [field.name for field in target.fields] + ["nope"]
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    body = draw(st.dictionaries(st.sampled_from(names), JSON_VALUES, max_size=6) | JSON_VALUES)
    query = draw(st.dictionaries(st.sampled_from([*parameters(route), "nope"]), texts | st.just("1"), max_size=3))
    headers = draw(st.dictionaries(st.just("If-Match"), st.sampled_from(['"1"', "*", "x"])))
    values = tuple(draw(texts) or "x" for _ in route.variables)
    builder = EnvironBuilder(
        "/", method=route.binding.verb, query_string=query, headers=headers, data=orjson.dumps(body)
    )
    builder.content_type = "application/json"
    return Match(route, values), Request(builder.get_environ())


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests())
def test_a_request_becomes_a_message_or_a_problem(case):
    match, http = case
    understood = _understood(match, http)
    if isinstance(understood, Problem):
        assert 400 <= understood.status < 500
        assert understood.response("zh-CN", "r", "").get_json()["detail"]
    else:
        assert type(understood).FromString(understood.SerializeToString()) is not None


def _understood(match, http):
    try:
        return read_request(match, http)
    except Problem as problem:
        return problem
