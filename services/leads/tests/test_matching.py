"""Which submissions are repeats, how sure we are, and why."""

from datetime import UTC, datetime

import numpy as np
import pytest

from crm_leads.domain.matching import (
    DEFAULT_RULES,
    Band,
    Frequencies,
    Level,
    MatchRecord,
    MatchTable,
    Method,
    Rule,
    RuleSet,
    Scope,
    Term,
    explain,
    score,
    score_pairs,
)

LARGE = Frequencies(total=1_000_000, counts={"phones": {"0001111": 400}, "given": {"wang": 70_000, "wei": 9_000}})


def a_record(**fields):
    return MatchRecord(**{"id": "1", **fields})


def the_match(new, old, rules=DEFAULT_RULES, frequencies=LARGE):
    table = MatchTable([new, old], frequencies)
    return explain(table, 0, 1, rules)


ADA = a_record(
    name="Ada Lovelace", phones=("+8613812345678",), emails=("ada@analytical.io",), company="Analytical Engines Ltd"
)


def test_the_same_person_with_phone_and_name_is_certain():
    match = the_match(ADA, a_record(name="Lovelace, Ada", phones=("13812345678",)))
    assert match.band is Band.CERTAIN
    assert {reason.field for reason in match.because} >= {"phone", "given_name", "family_name"}


def test_the_strongest_reason_comes_first():
    match = the_match(ADA, a_record(name="Ada Lovelace", phones=("+8613812345678",), company="Difference Machines"))
    strengths = [abs(reason.bits) for reason in match.because]
    assert strengths == sorted(strengths, reverse=True)
    assert ("company", "differs") in {(reason.field, reason.says) for reason in match.because}


def test_blank_never_equals_blank():
    match = the_match(a_record(), a_record())
    assert (match.band, match.because) == (Band.NONE, ())


def test_a_phone_alone_is_never_certain():
    match = the_match(a_record(phones=("+8613812345678",)), a_record(phones=("+8613812345678",)))
    assert match.band is Band.PROBABLE


def test_a_reception_phone_that_hundreds_share_is_not_even_possible():
    match = the_match(a_record(phones=("+86210001111",)), a_record(phones=("+86210001111",)))
    assert match.band is Band.NONE


def test_a_name_alone_is_at_most_possible():
    match = the_match(a_record(name="Ada Lovelace"), a_record(name="Ada Lovelace"))
    assert match.band is Band.POSSIBLE


def test_two_bearers_of_a_common_name_are_strangers():
    assert the_match(a_record(name="王伟"), a_record(name="Wang Wei")).band is Band.NONE


def test_a_house_with_many_firms_does_not_make_them_one():
    house = {"address": "88 Nanjing Road", "postal_code": "200001", "city": "Shanghai"}
    match = the_match(a_record(company="Acme", **house), a_record(company="Globex", **house))
    assert match.band in {Band.NONE, Band.POSSIBLE}


def test_a_platform_id_is_certain_alone():
    open_id = "oX3kQ1234567890abcdefgh"
    assert the_match(a_record(open_id=open_id), a_record(open_id=open_id)).band is Band.CERTAIN


def test_colleagues_of_one_company_are_two_people():
    one = a_record(name="李雷", company="华为技术有限公司", emails=("lilei@huawei.com",), phones=("+8613811112222",))
    other = a_record(name="韩梅梅", company="华为技术", emails=("hanmeimei@huawei.com",), phones=("+8613933334444",))
    assert the_match(one, other).band is Band.NONE


def test_a_chinese_name_in_pinyin_with_the_same_phone_is_the_same_person():
    match = the_match(
        a_record(name="王小明", phones=("+8613812345678",)), a_record(name="Xiaoming Wang", phones=("13812345678",))
    )
    assert match.band is Band.CERTAIN


def test_a_nickname_agrees_with_the_name_it_stands_for():
    match = the_match(a_record(name="Bob Kowalski"), a_record(name="Robert Kowalski"))
    assert ("given_name", "name_variant") in {(reason.field, reason.says) for reason in match.because}


@pytest.mark.parametrize(("one", "other"), [("1795473175088674390", "1795473175108514390"), ("27418532", "27418533")])
def test_accounts_that_are_numbers_are_the_same_or_others_but_not_mistyped(one, other):
    match = the_match(
        a_record(name="王芳", emails=(f"{one}@qq.com",)), a_record(name="王芬", emails=(f"{other}@qq.com",))
    )
    assert ("email", "differs") in {(reason.field, reason.says) for reason in match.because}
    assert match.band is Band.NONE


def test_any_of_several_phones_will_do():
    match = the_match(a_record(phones=("+8613800001234", "+8613812345678")), a_record(phones=("+8613812345678",)))
    assert match.because[0].field == "phone"


@pytest.mark.parametrize(
    ("value", "band"), [(0.95, "certain"), (0.94, "probable"), (0.80, "probable"), (0.65, "possible"), (0.64, "none")]
)
def test_bands_begin_at_their_lowest_score(value, band):
    assert DEFAULT_RULES.bands.of(value) == band


def test_matches_come_best_first_and_without_strangers():
    found = score(
        ADA,
        [
            a_record(id="x", name="Eva Braun"),
            a_record(id="p", phones=ADA.phones),
            a_record(id="a", name=ADA.name, emails=ADA.emails),
        ],
        DEFAULT_RULES,
        LARGE,
    )
    assert [match.id for match in found] == ["a", "p"]


def test_no_candidates_no_matches():
    assert score(ADA, [], DEFAULT_RULES) == []


def test_one_submission_and_a_whole_table_get_the_same_scores():
    others = [
        a_record(id=str(at), name=name, phones=("+8613812345678",), company="Analytical Engines")
        for at, name in enumerate(["Ada Lovelace", "A. Lovelace", "Bob", ""])
    ]
    table = MatchTable([ADA, *others], LARGE)
    right = np.arange(1, 5, dtype=np.int32)
    whole = score_pairs(table, np.zeros(4, np.int32), right, DEFAULT_RULES).score
    single = {match.id: match.score for match in score(ADA, others, DEFAULT_RULES, LARGE)}
    assert {str(at): float(value) for at, value in enumerate(whole) if value >= 0.65} == pytest.approx(single)


PHONE = Term("phone", (Level(Method.ANY, "phones", rarity=1, bits=6),), alone=Band.CERTAIN)
NAME = Term("family_name", (Level(Method.EXACT, "family", bits=2),), must=True)


def test_a_rule_without_its_must_finds_nothing():
    rules = RuleSet("r", (Rule("phone and name", (PHONE, NAME), prior=5),))
    assert the_match(ADA, a_record(phones=ADA.phones), rules).band is Band.NONE
    assert the_match(ADA, a_record(phones=ADA.phones, name="Eve Lovelace"), rules).band is Band.CERTAIN


def test_rules_of_a_unit_make_matching_stricter_and_never_wider():
    strict = RuleSet("r", (Rule("phone", (PHONE,), prior=5),)).with_user_rules(Rule("mine", (PHONE, NAME), prior=5))
    loose = RuleSet("r", (Rule("nothing", (NAME,)),)).with_user_rules(Rule("mine", (PHONE,), prior=20))
    old = a_record(phones=ADA.phones)
    assert the_match(ADA, old, strict).band is Band.NONE
    assert the_match(ADA, old, loose).band is Band.NONE


def test_a_rule_looks_only_at_records_of_its_scope():
    rules = RuleSet("r", (Rule("contacts only", (PHONE,), scope=Scope.CONTACTS), Rule("all", (NAME,))))
    assert [rule.name for rule in rules.within(Scope.LEADS).rules] == ["all"]
    assert len(rules.within(Scope.CONTACTS).rules) == 2


def test_guards_narrow_a_rule_to_one_channel_unit_campaign_or_time():
    def found(rule, **fields):
        base = {
            "phones": ADA.phones,
            "channel": "web_form",
            "unit_path": "a/",
            "campaign_id": "c",
            "create_time": datetime(2026, 1, 1, tzinfo=UTC),
        }
        return the_match(a_record(**base), a_record(**{**base, **fields}), RuleSet("r", (rule,))).band is Band.CERTAIN

    assert found(Rule("r", (PHONE,), prior=5, same_channel=True))
    assert not found(Rule("r", (PHONE,), prior=5, same_channel=True), channel="import")
    assert not found(Rule("r", (PHONE,), prior=5, same_unit=True), unit_path="b/")
    assert not found(Rule("r", (PHONE,), prior=5, same_campaign=True), campaign_id="")
    assert found(Rule("r", (PHONE,), prior=5, window_days=30), create_time=datetime(2026, 1, 31, tzinfo=UTC))
    assert not found(Rule("r", (PHONE,), prior=5, window_days=30), create_time=datetime(2026, 2, 1, tzinfo=UTC))
    assert not found(Rule("r", (PHONE,), prior=5, window_days=30), create_time=None)
