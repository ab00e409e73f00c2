"""The compiled JSON codec says the same as ``json_format``, both ways, for our contract and for every kind of field."""

import time
from operator import attrgetter

import orjson
import pytest
from crm.leads.v1 import lead_pb2, lead_service_pb2
from gateway_messages import JSON_VALUES, equal, everything, messages
from google.protobuf import json_format
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from crm_gateway import contract
from crm_gateway.json_codec import read_fields, to_json, to_object

EVERYTHING = everything()
relaxed = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def reference(message):
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def read(kind, value):
    violations = []
    arguments = read_fields(kind.DESCRIPTOR, value, "", violations)
    return (kind(**arguments) if not violations else None), violations


def same(left, right):
    # NaN differs from itself, so messages are compared by what they serialize to.
    return left.SerializeToString(deterministic=True) == right.SerializeToString(deterministic=True)


def contract_messages():
    methods = [binding.method for binding in contract.load().bindings]
    found = {each for method in methods for each in (method.request_type, method.response_type)}
    return sorted((kind for kind in found if kind.DESCRIPTOR.full_name.startswith("crm.")), key=str)


@relaxed
@given(messages(EVERYTHING.DESCRIPTOR))
def test_every_kind_of_field_is_written_as_json_format_writes_it(message):
    assert equal(to_object(message), reference(message))


@relaxed
@given(messages(EVERYTHING.DESCRIPTOR))
def test_every_kind_of_field_is_read_as_json_format_reads_it(message):
    written = orjson.loads(to_json(message))
    ours, violations = read(EVERYTHING, written)
    assert violations == []
    assert same(ours, json_format.ParseDict(written, EVERYTHING()))


@relaxed
@given(messages(EVERYTHING.DESCRIPTOR))
def test_the_camel_case_spelling_is_read_too(message):
    written = json_format.MessageToDict(message)
    ours, violations = read(EVERYTHING, orjson.loads(orjson.dumps(written)))
    assert violations == []
    assert same(ours, json_format.ParseDict(written, EVERYTHING()))


@pytest.mark.parametrize("kind", contract_messages(), ids=lambda kind: kind.DESCRIPTOR.full_name)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_message_of_the_contract_goes_both_ways_as_in_json_format(kind, data):
    message = data.draw(messages(kind.DESCRIPTOR, 1))
    assert equal(to_object(message), reference(message))
    ours, violations = read(kind, orjson.loads(to_json(message)))
    assert violations == []
    assert same(ours, json_format.ParseDict(reference(message), kind()))


@relaxed
@given(st.dictionaries(st.sampled_from([f.name for f in EVERYTHING.DESCRIPTOR.fields] + ["nope"]), JSON_VALUES))
def test_no_json_object_raises_and_what_json_format_refuses_is_refused(value):
    # Where null stands for a list of values, json_format neither reads nor refuses it: it raises AttributeError.
    assume(value.get("any_values", ()) is not None)
    ours, violations = read(EVERYTHING, value)
    try:
        expected = json_format.ParseDict(value, EVERYTHING())
    except json_format.ParseError:
        expected = None
    if expected is None:
        assert violations
    elif not violations:
        assert same(ours, expected)


def test_an_int64_is_text_and_an_unknown_enum_number_stays_a_number():
    written = to_object(EVERYTHING(i64=2**60, colour=77, colours=[1, 77]))
    assert written["i64"] == str(2**60)
    assert written["colour"] == 77
    assert written["colours"] == ["RED", 77]


def test_absent_messages_are_left_out_and_defaults_are_shown():
    written = to_object(lead_pb2.Lead())
    assert written["score"] == 0
    assert written["state"] == "STATE_UNSPECIFIED"
    assert written["intents"] == []
    assert "create_time" not in written
    assert "custom_fields" not in written


def test_a_null_element_of_a_value_list_is_a_null_value():
    ours, violations = read(EVERYTHING, {"any_values": [None, 1]})
    assert violations == []
    assert [value.WhichOneof("kind") for value in ours.any_values] == ["null_value", "number_value"]


@pytest.mark.parametrize(
    ("value", "field", "reason"),
    [
        (
            {"lead": {"intents": [{}, {}, {"express_time": "yesterday"}]}},
            "lead.intents[2].express_time",
            "INVALID_TIMESTAMP",
        ),
        ({"lead": {"create_time": "2026-02-30T00:00:00Z"}}, "lead.create_time", "INVALID_TIMESTAMP"),
        ({"lead": {"create_time": "2026-11-23"}}, "lead.create_time", "INVALID_TIMESTAMP"),
        ({"lead": {"create_time": 5}}, "lead.create_time", "INVALID_TIMESTAMP"),
        ({"lead": {"score": "ten"}}, "lead.score", "WRONG_TYPE"),
        ({"lead": {"score": 1.5}}, "lead.score", "WRONG_TYPE"),
        ({"lead": {"score": True}}, "lead.score", "WRONG_TYPE"),
        ({"lead": {"score": 2**31}}, "lead.score", "OUT_OF_RANGE"),
        ({"lead": {"state": "BORED"}}, "lead.state", "UNKNOWN_VALUE"),
        ({"lead": {"name": 7}}, "lead.name", "WRONG_TYPE"),
        ({"lead": {"tags": "vip"}}, "lead.tags", "WRONG_TYPE"),
        ({"lead": {"tags": ["vip", None]}}, "lead.tags[1]", "NULL_ELEMENT"),
        ({"lead": {"custom_fields": [1]}}, "lead.custom_fields", "WRONG_TYPE"),
        ({"lead": {"company_name": "x"}}, "lead.company_name", "UNKNOWN_FIELD"),
        ({"lead": {"job_title": "a", "jobTitle": "b"}}, "lead.job_title", "GIVEN_TWICE"),
        ({"lead": []}, "lead", "WRONG_TYPE"),
        ([], "body", "WRONG_TYPE"),
    ],
)
def test_bad_input_is_refused_at_its_precise_path(value, field, reason):
    _, violations = read(lead_service_pb2.CreateLeadRequest, value)
    assert [(each.field, each.reason) for each in violations] == [(field, reason)]


@pytest.mark.parametrize(
    ("value", "field", "reason"),
    [
        ({"raw_bytes": "a b"}, "raw_bytes", "INVALID_BASE64"),
        ({"lasted": "1 minute"}, "lasted", "INVALID_DURATION"),
        ({"small_float": 1e300}, "small_float", "OUT_OF_RANGE"),
        ({"mask": "a b"}, "mask", "INVALID_FIELD_MASK"),
        ({"long_by_int": {"x": 1}}, "long_by_int[x]", "WRONG_TYPE"),
        ({"colour_by_bool": {"maybe": 1}}, "colour_by_bool[maybe]", "WRONG_TYPE"),
        ({"part_by_text": {"a": {"count": "x"}}}, "part_by_text[a].count", "WRONG_TYPE"),
        ({"chosen_text": "a", "chosen_long": 1}, "chosen_long", "ONE_OF"),
        ({"packed": {"@type": "nobody/knows"}}, "packed", "INVALID_ANY"),
        ({"yes": "true"}, "yes", "WRONG_TYPE"),
        ({"u32": -1}, "u32", "OUT_OF_RANGE"),
    ],
)
def test_bad_input_of_every_kind_is_refused_at_its_precise_path(value, field, reason):
    _, violations = read(EVERYTHING, value)
    assert [(each.field, each.reason) for each in violations] == [(field, reason)]


def test_all_faults_of_a_body_are_collected_and_a_close_name_is_suggested():
    _, violations = read(lead_pb2.Lead, {"score": "x", "nmae": "y", "intents": [{"need": 1}]})
    assert [each.field for each in violations] == ["score", "nmae", "intents[0].need"]
    assert "name" in violations[1].en


def test_writing_a_page_costs_little_more_than_parsing_reading_and_dumping_it():
    lead = lead_pb2.Lead(
        **{field.name: "某某 Ada" for field in lead_pb2.Lead.DESCRIPTOR.fields if _is_text(field)},
        tags=["a", "b"],
        create_time={"seconds": 1_790_000_000, "nanos": 123_456_000},
        update_time={"seconds": 1_790_000_077, "nanos": 123_000_000},
        custom_fields={"level": 1, "region": "east"},
    )
    page = lead_service_pb2.ListLeadsResponse(leads=[lead] * 50).SerializeToString()
    parse = lead_service_pb2.ListLeadsResponse.FromString
    floor = ours = 0.0
    for _ in range(40):
        fresh = to_object(parse(page))
        started = time.process_time()
        _read_everything(parse(page))
        orjson.dumps(fresh)
        floor += time.process_time() - started
        started = time.process_time()
        to_json(parse(page))
        ours += time.process_time() - started
    # Measured 1.5 to 1.6; the bound leaves room for a noisy machine and still catches a lost compilation (json_format: 7).
    assert ours / floor < 2.4


def _is_text(field):
    return field.type == field.TYPE_STRING and not field.is_repeated


_PRESENT = [field.name for field in lead_pb2.Lead.DESCRIPTOR.fields if field.has_presence]
_TIMES = [name for name in _PRESENT if name.endswith("_time")]
_read_flat = attrgetter(*(field.name for field in lead_pb2.Lead.DESCRIPTOR.fields if not field.has_presence))


def _read_everything(message):
    for lead in message.leads:
        _read_flat(lead)
        for name in _TIMES:
            if lead.HasField(name):
                value = getattr(lead, name)
                _ = value.seconds, value.nanos
        fields = lead.custom_fields.fields
        for key in fields:
            getattr(fields[key], fields[key].WhichOneof("kind"))
