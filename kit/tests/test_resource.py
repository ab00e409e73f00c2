"""The standard methods, on the kit's own shelf: the suite every service uses, and what only the kit can show."""

from typing import Any
from uuid import uuid4

import pytest

from crm_kit.principal import Scope
from crm_kit.testing.conformance import Bench, Refusal, ResourceCase, Rule, checks
from crm_kit.testing.service import RunningService

from .shelf import Box


def a_box(**facts: Any) -> Any:
    return Box(**{"name": f"Box {uuid4()}", "kind": "CRATE", **facts})


BOX = ResourceCase("crm.shelf.v1.BoxService", a_box, ("name", "红色木箱"), search="name")


@pytest.fixture
def bench(shelf: RunningService) -> Bench:
    return Bench(shelf, BOX)


@pytest.mark.parametrize(("case", "rule"), checks(BOX))
async def test_standard_methods(shelf: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(shelf, case))


async def test_a_record_cannot_be_made_where_its_maker_could_not_see_it(bench: Bench) -> None:
    for scope in (Scope.OWN, Scope.UNIT, Scope.SUBTREE):
        with pytest.raises(Refusal) as refused:
            await bench.create(a_box(unit_path="/hq/elsewhere/"), bench.somebody(scope))
        assert refused.value.reason == "PERMISSION_DENIED"


@pytest.mark.parametrize("field", ["unit_path", "owner_id"])
async def test_a_record_cannot_be_moved_out_of_its_mover_s_reach(bench: Bench, field: str) -> None:
    [made] = await bench.seed(owner=bench.person)
    scope = Scope.OWN if field == "owner_id" else Scope.UNIT
    value = str(uuid4()) if field == "owner_id" else "/hq/elsewhere/"
    with pytest.raises(Refusal) as refused:
        await bench.update(Box(id=made.id, **{field: value}), field, who=bench.somebody(scope))
    assert refused.value.reason == "PERMISSION_DENIED"
    assert (await bench.do("Get", id=made.id)) == made


async def test_without_a_mask_only_what_is_given_changes(bench: Bench) -> None:
    [made] = await bench.seed(tags=["old"], shelf=4, maker="acme")
    changed = await bench.update(Box(id=made.id, etag=made.etag, name="New", maker="other"))
    assert (changed.name, list(changed.tags), changed.shelf, changed.maker) == ("New", ["old"], 4, "acme")


async def test_a_blank_value_named_in_the_mask_clears_a_field_but_no_required_one(bench: Bench) -> None:
    [made] = await bench.seed(tags=["old"], size="2.5")
    changed = await bench.update(Box(id=made.id), "tags", "size")
    assert (list(changed.tags), changed.size) == ([], "")
    with pytest.raises(Refusal) as refused:
        await bench.update(Box(id=made.id), "name", "kind")
    assert refused.value.fields == {"name": "REQUIRED", "kind": "REQUIRED"}


async def test_an_unknown_mask_and_an_immutable_field_are_refused_together(bench: Bench) -> None:
    [made] = await bench.seed()
    with pytest.raises(Refusal) as refused:
        await bench.update(Box(id=made.id, maker="x"), "colour", "maker", "create_time")
    assert refused.value.fields == {
        "update_mask": "UNKNOWN_FIELD",
        "maker": "READ_ONLY",
        "create_time": "READ_ONLY",
    }


async def test_a_missing_id_is_asked_for(bench: Bench) -> None:
    with pytest.raises(Refusal) as refused:
        await bench.do("Get")
    assert refused.value.fields == {"id": "REQUIRED"}


async def test_a_taken_value_is_said_to_be_taken(bench: Bench) -> None:
    await bench.create(a_box(maker="acme"))
    with pytest.raises(Refusal) as refused:
        await bench.create(a_box(maker="acme"))
    assert refused.value.reason == "ALREADY_EXISTS"


async def test_a_nul_character_is_refused_wherever_it_comes(bench: Bench) -> None:
    for facts in ({"name": "a\0"}, {"tags": ["a\0"]}, {"labels": [{"text": "a\0"}]}):
        with pytest.raises(Refusal) as refused:
            await bench.create(a_box(**facts))
        assert set(refused.value.fields.values()) == {"NUL_CHARACTER"}
    assert (await bench.create(a_box(labels=[{"text": "a\\u0000"}]))).labels[0].text == "a\\u0000"


async def test_the_words_of_a_refusal_are_in_the_caller_s_language(bench: Bench) -> None:
    with pytest.raises(Refusal) as refused:
        await bench.do("Get", id=str(uuid4()), metadata={"accept-language": "zh-CN,zh;q=0.9"})
    assert "无权查看" in refused.value.text


async def test_a_hundred_faults_in_chinese_still_fit_into_the_trailers(bench: Bench) -> None:
    facts = {"name": "长" * 10_001, "kind": 99, "size": "x" * 3000, "pack_date": "昨天" * 500, "part_ids": ["坏"] * 100}
    with pytest.raises(Refusal) as refused:
        await bench.do("Create", metadata={"accept-language": "zh-CN"}, box=a_box(**facts))
    assert refused.value.reason == "INVALID_ARGUMENT"
    assert refused.value.fields["name"] == "TOO_LONG"


async def test_a_negative_page_and_an_unknown_way_of_counting_are_refused(bench: Bench) -> None:
    for facts in ({"page_size": -1}, {"count": 9}):
        with pytest.raises(Refusal) as refused:
            await bench.do("List", **facts)
        assert set(refused.value.fields) == set(facts)
