"""Keys of data subjects: what they sealed opens in its place only, and they outlive the key file's keys."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from crm_kit.blind_index import Form, digested_keys, index_of, marker, marks_of, sought_marks
from crm_kit.database import Database
from crm_kit.recognition import ADDRESSES, StillSealed, hints, numbers
from crm_kit.sealed_text import is_sealed, subject_of
from crm_kit.secret_box import SecretBox, SecretUnreadable
from crm_kit.subject_keys import SubjectKeys
from crm_kit.testing.databases import DatabaseFactory

from .shelf import build

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = "shelf|book|phone"


@pytest.fixture
async def db(database_factory: DatabaseFactory) -> AsyncIterator[Database]:
    url = await database_factory.clone("shelf", build)
    made = Database(url, pool_size=2)
    yield made
    await made.dispose()
    await database_factory.drop(url)


def keys_of(*file: bytes) -> SubjectKeys:
    return SubjectKeys("shelf", SecretBox(file))


def test_a_value_opens_in_its_own_place_and_with_its_own_key_only() -> None:
    subjects = keys_of(OLD)
    key, _ = subjects.new(uuid4())
    other, _ = subjects.new(uuid4())
    sealed = key.seal("+8613800138000", PLACE)
    assert is_sealed(sealed)
    assert subject_of(sealed) == key.subject_id
    assert key.open(sealed, PLACE) == "+8613800138000"
    for opener, place in ((key, "shelf|book|email"), (other, PLACE)):
        with pytest.raises(SecretUnreadable):
            opener.open(sealed, place)
    with pytest.raises(SecretUnreadable):
        key.open(sealed[:-4] + "AAA=", PLACE)


def test_the_same_value_is_the_same_text_in_one_place_and_another_elsewhere() -> None:
    subjects = keys_of(OLD)
    key, _ = subjects.new(uuid4())
    other, _ = subjects.new(uuid4())
    assert key.seal("x", PLACE) == key.seal("x", PLACE)
    assert len({key.seal("x", PLACE), key.seal("x", "shelf|book|email"), other.seal("x", PLACE)}) == 3


async def test_keys_survive_a_new_key_file_and_its_former_key_may_then_be_removed(db: Database) -> None:
    fetch = db.fetch
    before = keys_of(OLD)
    await before.start(fetch)
    key, row = before.new(uuid4())
    insert = "INSERT INTO subject_key (subject_id, version, kek_id, wrapped_dek) VALUES ($1, $2, $3, $4)"
    await fetch(insert, row["subject_id"], row["version"], row["kek_id"], row["wrapped_dek"])
    sealed = key.seal("+8613800138000", PLACE)

    rotating = keys_of(NEW, OLD)
    await rotating.start(fetch)
    assert rotating.mark("x") == before.mark("x")
    assert await rotating.rewrap(fetch) >= 2
    assert await rotating.rewrap(fetch) == 0

    after = keys_of(NEW)
    await after.start(fetch)
    assert after.mark("x") == before.mark("x")
    found = (await after.of([key.subject_id], fetch))[key.subject_id]
    assert found is not None
    assert found.open(sealed, PLACE) == "+8613800138000"


async def test_a_destroyed_key_is_gone_for_good_and_remembered_as_destroyed(db: Database) -> None:
    fetch = db.fetch
    subjects = keys_of(OLD)
    key, row = subjects.new(uuid4())
    insert = "INSERT INTO subject_key (subject_id, version, kek_id, wrapped_dek) VALUES ($1, $2, $3, $4)"
    await fetch(insert, row["subject_id"], row["version"], row["kek_id"], row["wrapped_dek"])
    assert await subjects.destroy([key.subject_id], datetime.now(UTC), fetch) == [key.subject_id]
    assert await subjects.destroy([key.subject_id], datetime.now(UTC), fetch) == []
    assert await keys_of(OLD).of([key.subject_id, uuid4()], fetch) == {key.subject_id: None}


def test_a_number_is_recognised_with_and_without_country_and_area_code() -> None:
    mark = marker(b"k" * 32)
    form = numbers(lambda raw: "+86" + raw.replace("-", "") if len(raw.replace("-", "")) == 11 else raw)
    kept = marks_of(mark, form, "+8613800138000")
    for word in ("13800138000", "138-0013-8000", "+8613800138000", "00138000", "0138000"):
        assert kept.intersection(sought_marks(mark, form, word)), word
    for word in ("138000", "13800138001", "8000", "acme", "+86"):
        assert not kept.intersection(sought_marks(mark, form, word)), word
    assert index_of(mark, form, "13800138000") == index_of(mark, form, "+8613800138000")
    assert index_of(mark, form, "") == ""


def test_digests_of_two_services_and_of_two_kinds_have_nothing_in_common() -> None:
    ours, theirs = marker(b"a" * 32), marker(b"b" * 32)
    assert index_of(ours, ADDRESSES, "Li@Acme.cn") == index_of(ours, ADDRESSES, "li@acme.CN")
    assert index_of(ours, ADDRESSES, "li@acme.cn") != index_of(theirs, ADDRESSES, "li@acme.cn")
    assert index_of(ours, ADDRESSES, "li@acme.cn") != index_of(ours, Form("handle"), "li@acme.cn")


def test_match_keys_are_digested_once_and_those_of_other_kinds_left_alone() -> None:
    mark = marker(b"k" * 32)
    digested = digested_keys(mark, {"p", "e"}, ["p:0138000", "c:acme", "e:li@acme.cn"])
    assert digested[1] == "c:acme"
    assert "0138000" not in digested[0]
    assert digested[0].startswith("p:#")
    assert digested_keys(mark, {"p", "e"}, digested) == digested


def test_what_is_kept_in_plain_reaches_nobody_and_is_never_made_of_a_sealed_text() -> None:
    assert list(hints(("+8613800138000", "li.lei@acme.cn", "", "12345"))) == ["8000", "acme.cn"]
    key, _ = keys_of(OLD).new(uuid4())
    with pytest.raises(StillSealed):
        list(hints((key.seal("+8613800138000", PLACE),)))
