"""Names, companies and addresses read alike however they are written."""

import pytest

from crm_leads.domain.matching.addresses import street
from crm_leads.domain.matching.organisations import company_key, own_domain
from crm_leads.domain.matching.person_names import formal_names, person_name, sound


@pytest.mark.parametrize(
    "written", ["王小明", "王 小明", "Wang Xiaoming", "Xiaoming Wang", "Wang Xiao Ming", "王小明先生"]
)
def test_a_chinese_name_reads_alike_in_characters_and_in_pinyin(written):
    name = person_name(written)
    assert (name.given, name.family) == ("xiaoming", "wang")


def test_compound_surnames_stay_whole():
    assert person_name("欧阳锋").family == "ouyang"


def test_a_surname_with_a_title_is_all_we_know():
    assert person_name("王总").given == "wang"
    assert person_name("王总").family == ""


def test_titles_accents_and_order_do_not_change_a_name():
    assert person_name("Dr. Siôn Cadwaladr") == person_name("cadwaladr, sion")


def test_what_follows_a_full_name_after_a_comma_is_an_apposition():
    assert person_name("Tom Clifford, 1st Baron Clifford").given == "tom"


def test_a_short_form_may_stand_for_several_names():
    assert "albert" in formal_names("bert")
    assert "herbert" in formal_names("bert")
    assert formal_names("zebulon") == ("zebulon",)


def test_likely_misspellings_sound_alike():
    assert sound("griffiths") == sound("grifiths")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siemens Aktiengesellschaft", "SIEMENS AG"),
        ("A.B.C. Co., Ltd.", "ABC Inc"),
        ("深圳市腾讯计算机系统有限公司", "腾讯计算机系统股份有限公司"),
        ("阿里巴巴集团", "阿里巴巴（集团）有限公司"),
    ],
)
def test_legal_forms_and_regions_do_not_change_a_company(one, other):
    assert company_key(one) == company_key(other)


def test_a_region_that_is_the_name_stays():
    assert company_key("北京银行") != company_key("上海银行")


def test_free_mail_hosts_belong_to_no_company():
    assert own_domain("a@qq.com") == ""
    assert own_domain("https://www.Acme.io/about") == "acme.io"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1633 North Hamlin Avenue", "1633 N. Hamlin"),
        ("2434 W 71st St", "2434 W. 71 Street"),
        ("Suite 4, 12 High St", "12 High Street"),
        ("北京市海淀区中山路88号3楼", "中山路88号"),
    ],
)
def test_an_address_reads_alike_however_it_is_abbreviated(one, other):
    assert street(one) == street(other)


def test_the_house_number_may_come_last():
    assert street("Hauptstraße 5").number == "5"
