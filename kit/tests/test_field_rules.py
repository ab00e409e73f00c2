"""Field rules: masks that recognise without telling, applied at any depth."""

import pytest
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.lead_service_pb2 import ListLeadsResponse
from hypothesis import given
from hypothesis import strategies as st

from crm_kit.field_rules import FieldRule, Read, mask, redact, rule_of, unreadable

PHONE_MASKED = (FieldRule("leads.lead.phone", Read.MASKED),)
PERSONAL_HIDDEN = (FieldRule("*.*.@personal", Read.HIDDEN),)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+8613812345678", "+86138****5678"),
        ("13812345678", "138****5678"),
        ("62812345", "******45"),
        ("110101199003071234", "1101**********1234"),
        ("li.wei@acme.cn", "l***@acme.cn"),
        ("王小明", "王**"),
        ("A", "*"),
        ("", ""),
    ],
)
def test_a_mask_shows_enough_to_recognise(value: str, shown: str) -> None:
    assert mask(value) == shown


@given(st.text(alphabet="0123456789", min_size=7, max_size=20))
def test_a_masked_number_never_tells_four_of_its_digits_and_more_of_a_long_one(number: str) -> None:
    assert mask(number).count("*") >= (len(number) - 8 if len(number) > 14 else 4)


def test_a_rule_masks_its_field_in_every_record_of_a_list() -> None:
    page = ListLeadsResponse(leads=[Lead(name="王小明", phone="13812345678"), Lead(phone="")])
    redact(page, PHONE_MASKED)
    assert [lead.phone for lead in page.leads] == ["138****5678", ""]
    assert page.leads[0].name == "王小明"


def test_a_rule_by_data_class_reaches_every_field_of_the_class() -> None:
    lead = Lead(id="x", name="王小明", phone="13812345678", email="w@x.cn")
    redact(lead, PERSONAL_HIDDEN)
    assert lead == Lead(id="x")


def test_without_rules_nothing_is_touched() -> None:
    lead = Lead(phone="13812345678")
    redact(lead, ())
    assert lead.phone == "13812345678"


def test_the_strictest_of_several_rules_counts() -> None:
    rules = (FieldRule("leads.*.phone", Read.MASKED), *PERSONAL_HIDDEN, FieldRule("leads.lead.phone", read_only=True))
    rule = rule_of(rules, Lead.DESCRIPTOR, "phone")
    assert (rule.read, rule.read_only, rule.writable) == (Read.HIDDEN, True, False)


def test_a_masked_field_cannot_be_written_because_the_mask_would_be_saved() -> None:
    assert not rule_of(PHONE_MASKED, Lead.DESCRIPTOR, "phone").writable
    assert rule_of(PHONE_MASKED, Lead.DESCRIPTOR, "name").writable


def test_what_is_not_seen_in_full_cannot_be_filtered_by() -> None:
    assert unreadable(PHONE_MASKED, Lead.DESCRIPTOR, ["phone", "name"]) == {"phone"}
