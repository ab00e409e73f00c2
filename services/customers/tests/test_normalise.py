"""Contact data in stored form."""

import pytest

from crm_customers.domain import normalise


@pytest.mark.parametrize(
    ("given", "country", "stored"),
    [
        ("138 0013 8000", "", "+8613800138000"),
        ("１３８００１３８０００", "", "+8613800138000"),
        ("021-62345678", "", "+862162345678"),
        ("021-62345678转801", "", "+862162345678;ext=801"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("95588", "", "95588"),
        ("", "", ""),
    ],
)
def test_a_valid_phone_is_stored_as_e164(given: str, country: str, stored: str) -> None:
    assert normalise.phone(given, country) == normalise.Checked(stored)


@pytest.mark.parametrize(
    ("given", "fault"),
    [("abc", "NOT_A_NUMBER"), ("12345678901", "NOT_IN_NUMBERING_PLAN"), ("021-623456789012", "TOO_LONG")],
)
def test_a_phone_that_cannot_be_dialled_is_faulted_and_kept_as_given(given: str, fault: str) -> None:
    assert normalise.phone(given) == normalise.Checked(given, fault)


def test_an_e_mail_domain_is_stored_in_lower_case() -> None:
    assert normalise.email("mailto:Li.Lei@QQ.COM") == normalise.Checked("Li.Lei@qq.com")
    assert normalise.email("li lei@qq.com").fault == "NOT_AN_ADDRESS"


def test_a_chinese_credit_code_must_fit_its_check_digit() -> None:
    assert normalise.credit_code("91110000-6000 37341L") == normalise.Checked("91110000600037341L")
    assert normalise.credit_code("91110000600037341A").fault == "CHECK_DIGIT"
    assert normalise.credit_code("de123456789") == normalise.Checked("DE123456789")
