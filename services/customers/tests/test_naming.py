"""What customers are called for short."""

import pytest

from crm_customers.domain.naming import code_faults, propose_mnemonic, series


@pytest.mark.parametrize(
    ("name", "mnemonic"),
    [
        ("上海华东机械有限公司", "SHHDJX"),
        ("重庆长安汽车股份有限公司", "CQCAQC"),
        ("华为 Technologies", "HWT"),
        ("张三", "ZS"),
        ("Siemens AG", "SIEMENS"),
        ("Acme Trading Co., Ltd.", "AT"),
        ("Zürich Versicherung", "ZV"),
        ("3M", "3M"),
        ("——", ""),
    ],
)
def test_a_mnemonic_is_made_of_pinyin_and_word_initials_without_the_legal_form(name: str, mnemonic: str) -> None:
    assert propose_mnemonic(name) == mnemonic


def test_a_mnemonic_has_at_most_twelve_signs() -> None:
    assert len(propose_mnemonic("中国石油化工集团公司北京市海淀区第一销售分公司")) == 12


def test_each_unit_numbers_its_customers_for_itself() -> None:
    assert [series(path) for path in ("/hq/", "/hq/east/", "/hq/east/d1/")] == ["CU", "CU-EAST", "CU-EAST-D1"]


def test_the_form_of_automatic_codes_is_reserved() -> None:
    assert [fault.reason for fault in code_faults("cu-east-2026-000007")] == ["RESERVED"]
    assert code_faults("K-4711") == []
