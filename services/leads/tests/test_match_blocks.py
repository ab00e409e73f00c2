"""Which records are compared at all, how links become parties, and how common a value is."""

import numpy as np

from crm_leads.domain.matching import (
    DEFAULT_RULES,
    ORDINARY,
    Band,
    Frequencies,
    MatchRecord,
    MatchTable,
    block_keys,
    candidate_pairs,
    find_groups,
    groups,
    score,
)
from crm_leads.domain.matching.scoring import Scored

from .test_matching import ADA, a_record


def test_likely_repeats_share_a_block_key():
    old = a_record(
        name="Tom Griffiths", birth_date="1971-06-24", emails=("t.griffiths@jones.com",), postal_code="se1 7sg"
    )
    new = a_record(name="Grifiths Thomas", birth_date="1971-06-04", postal_code="se1 7sg")
    assert set(block_keys(old)) & set(block_keys(new))


def test_a_chinese_name_is_found_by_its_pinyin_in_either_order():
    assert block_keys(a_record(name="王小明")) == block_keys(a_record(name="Xiaoming Wang"))


def test_short_mail_addresses_and_names_are_no_block_keys():
    assert block_keys(a_record(emails=("a@b.c",), name="Al Ng")) == []


def test_an_empty_record_is_in_no_block():
    assert block_keys(a_record()) == []


def test_block_keys_are_few_enough_to_store():
    everything = a_record(
        name="王小明",
        company="北京华为技术有限公司",
        phones=("+8613812345678", "+861012345678"),
        emails=("wang.xm@huawei.com",),
        address="中山路88号",
        city="北京",
        postal_code="100080",
        credit_code="91110000600037341L",
        open_id="o" * 28,
    )
    keys = block_keys(everything)
    assert len(keys) == len(set(keys)) <= 24


def test_each_pair_that_shares_a_key_is_compared_once():
    left, right = candidate_pairs([["a", "b"], ["a", "b"], ["b"], ["c"]], cap=500)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]


def test_a_key_shared_by_too_many_is_not_selective_and_yields_nothing():
    left, _ = candidate_pairs([["reception"]] * 6, cap=5)
    assert len(left) == 0
    left, _ = candidate_pairs([["reception"]] * 5, cap=5)
    assert len(left) == 10


def scored(*links):
    left, right, bits = zip(*links, strict=True)
    values = np.array(bits, np.float32)
    return Scored(np.array(left, np.int32), np.array(right, np.int32), values, values)


def test_links_are_transitive_where_the_evidence_is():
    assert len(set(groups(scored((0, 1, 10), (1, 2, 10)), 3, 0.8).tolist())) == 1


def test_a_chain_of_weak_links_does_not_tie_strangers_together():
    chain = scored((0, 1, 3), (1, 2, 3), (2, 3, 3), (3, 4, 3))
    assert len(set(groups(chain, 5, 0.8).tolist())) > 1


def test_one_firm_denial_outweighs_a_weak_link():
    found = groups(scored((0, 1, 12), (1, 2, 3), (0, 2, -30)), 3, 0.8).tolist()
    assert found[0] == found[1] != found[2]


def test_a_file_is_grouped_by_party():
    rows = [
        a_record(name="Ada Lovelace", emails=("ada@analytical.io",), birth_date="1815-12-10"),
        a_record(name="Lovelace Ada", emails=("ada@analytical.io",)),
        a_record(name="Ada Lovelace", birth_date="1815-12-10", city="London"),
        a_record(name="Grace Hopper", emails=("grace@navy.mil",), city="London"),
    ]
    found = find_groups(rows).group_of.tolist()
    assert found[0] == found[1] == found[2] != found[3]


def a_table(size):
    return MatchTable([a_record(name=f"王{at}", city="London" if at % 2 else "Hull") for at in range(size)])


def test_a_snapshot_counts_what_repeats_and_scales_a_sample():
    snapshot = Frequencies.of(a_table(1000), ["city", "given"], total=10_000)
    assert snapshot.total == 10_000
    assert snapshot.counts["city"] == {"london": 5000, "hull": 5000}


def test_too_small_a_sample_is_no_snapshot():
    assert Frequencies.of(a_table(999), ["city"]) is ORDINARY


def test_the_default_rules_name_what_a_snapshot_must_count():
    snapshot = Frequencies.of(MatchTable([ADA] * 1000), DEFAULT_RULES.counted)
    assert snapshot.counts["given"] == {"ada": 1000, "lovelace": 1000}
    assert snapshot.counts["phones"] == {"2345678": 1000}


def test_before_anybody_counted_a_name_may_be_common_and_tells_little():
    new, old = a_record(name="王伟", city="北京"), a_record(name="Wang Wei", city="北京")
    assert score(new, [old], DEFAULT_RULES) == []
    assert score(new, [a_record(name="王伟", phones=("+8613912349876",))], DEFAULT_RULES) == []
    assert score(ADA, [a_record(name="Ada Lovelace", phones=ADA.phones)], DEFAULT_RULES)[0].band is Band.CERTAIN


def test_a_phone_that_fills_its_block_is_recognised_as_a_reception():
    reception = [a_record(id=str(at), phones=("+862112345678",)) for at in range(300)]
    assert score(reception[0], reception[1:], DEFAULT_RULES) == []
    assert score(reception[0], reception[1:2], DEFAULT_RULES)[0].band is Band.PROBABLE


def test_namesakes_in_a_short_file_stay_apart():
    rows = [a_record(name=name, city="北京") for name in ("王伟", "李雷", "王伟", "张三")]
    assert len(set(find_groups(rows).group_of.tolist())) == 4


def test_a_lead_becomes_a_record_with_its_custom_fields():
    record = MatchRecord.of(
        {
            "id": "7",
            "name": "Ada",
            "phone": "+86138",
            "other_phones": ["+86139"],
            "email": "Ada+x@a.io",
            "state": "POOLED",
        },
        {"birth_date": "1815-12-10", "shoe_size": 38},
    )
    assert record == MatchRecord(
        id="7", name="Ada", phones=("+86138", "+86139"), emails=("ada@a.io",), birth_date="1815-12-10"
    )
