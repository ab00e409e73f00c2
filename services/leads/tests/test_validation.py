"""What a channel refuses, what it only flags, and what it says about it."""

import pytest

from crm_leads.domain.validation import Submission, ValidationPolicy, Verdict, validate
from crm_leads.domain.validation_findings import FINDINGS

POLICY = ValidationPolicy()


def a_submission(**fields):
    return Submission(**{"name": "王小明", "phone": "13912349876", **fields})


def reasons(submission, policy=POLICY):
    return {found.field: found.reason for found in validate(submission, policy).verdicts if found.reason}


def test_a_sound_submission_is_ok_in_every_field_given():
    found = validate(a_submission(email="wang@huawei.com", company="华为"), POLICY)
    assert found.accepted
    assert {verdict.field for verdict in found.verdicts} == {"name", "company", "phone", "email"}
    assert all(verdict.verdict is Verdict.OK for verdict in found.verdicts)


def test_an_invalid_phone_refuses_the_lead_even_when_the_mail_is_good():
    found = validate(a_submission(phone="123", email="wang@huawei.com"), POLICY)
    assert [refusal.field for refusal in found.refused_by] == ["phone"]


def test_an_invalid_mail_is_only_flagged_while_the_phone_reaches():
    found = validate(a_submission(email="wang@"), POLICY)
    assert found.accepted
    assert reasons(a_submission(email="wang@")) == {"email": "NOT_AN_ADDRESS"}


def test_a_channel_may_refuse_other_fields():
    policy = ValidationPolicy(refuse=frozenset({"email"}))
    assert not validate(a_submission(email="wang@"), policy).accepted
    assert validate(a_submission(phone="123", email="wang@huawei.com"), policy).accepted


def test_a_malformed_platform_id_is_refused():
    assert not validate(a_submission(open_id="tom"), POLICY).accepted


def test_nobody_to_reach_is_refused_unless_the_import_says_otherwise():
    unreachable = Submission(company="Hull House", email="none")
    assert reasons(unreachable) == {"email": "NOT_AN_ADDRESS", "contact": "NO_USABLE_REACH"}
    assert not validate(unreachable, POLICY).accepted
    assert validate(unreachable, ValidationPolicy(require_reach=False)).accepted


def test_a_submission_that_names_nobody_is_refused():
    found = validate(Submission(phone="13912349876"), POLICY)
    assert [refusal.reason for refusal in found.refused_by] == ["NOBODY_NAMED"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("name", "测试", "PLACEHOLDER"),
        ("name", "12345", "NO_LETTERS"),
        ("phone", "13888888888", "PLACEHOLDER"),
        ("email", "wang@gmial.com", "MISTYPED_HOST"),
        ("email", "wang@mailinator.com", "DISPOSABLE"),
        ("credit_code", "123", "NOT_A_CODE"),
        ("postal_code", "1234", "NOT_SIX_DIGITS"),
        ("website", "no site", "NOT_A_HOST"),
    ],
)
def test_doubtful_values_are_suspicious_and_never_refuse(field, value, reason):
    found = validate(a_submission(**{field: value}), POLICY)
    assert found.accepted
    verdict = next(each for each in found.verdicts if each.field == field)
    assert (verdict.verdict, verdict.reason) == (Verdict.SUSPICIOUS, reason)


def test_the_country_of_the_row_decides_how_its_phone_is_read():
    assert reasons(a_submission(phone="4937500", country_code="US")) == {"phone": "LOCAL_ONLY"}
    assert reasons(a_submission(country_code="XX"))["country_code"] == "NOT_A_COUNTRY"


def test_every_finding_speaks_both_languages():
    for finding in FINDINGS.values():
        assert finding.en.endswith(".")
        assert finding.zh.endswith("。")
        assert finding.verdict is not Verdict.OK


def test_a_refusal_tells_the_sender_what_to_do():
    (refusal,) = validate(Submission(name="Ada"), POLICY).refused_by
    assert refusal.en == "Nobody can be reached: give a valid phone, e-mail or platform id."
    assert refusal.zh.startswith("无法联系")
