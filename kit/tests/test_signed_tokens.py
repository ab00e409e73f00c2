"""Signed statements in strangers' hands: read by whom they are for, and forged by nobody."""

import base64
from pathlib import Path

import pytest

from crm_kit.keys import Keys
from crm_kit.signed_tokens import read_token, sign_token

STATEMENT = b"ticket 7\x00\xff"


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Keys, Keys]:
    """Those of ``desk`` and ``edge``."""
    Keys.generate(tmp_path, ["desk", "edge"])
    return Keys.load(tmp_path, "desk"), Keys.load(tmp_path, "edge")


def test_what_one_process_signed_every_other_can_read(keys: tuple[Keys, Keys]) -> None:
    desk, edge = keys
    token = sign_token(desk, "survey", STATEMENT)
    assert read_token(edge, "desk", "survey", token) == read_token(desk, "desk", "survey", token) == STATEMENT


def test_a_token_is_for_one_purpose_and_of_one_maker(keys: tuple[Keys, Keys]) -> None:
    desk, edge = keys
    token = sign_token(desk, "survey", STATEMENT)
    assert read_token(edge, "desk", "page", token) is None
    assert read_token(edge, "edge", "survey", token) is None


def test_no_character_of_a_token_can_be_changed(keys: tuple[Keys, Keys]) -> None:
    desk, edge = keys
    token = sign_token(desk, "survey", STATEMENT)
    for place, sign in enumerate(token):
        for other in {"A", "B", "=", "."} - {sign}:
            forged = token[:place] + other + token[place + 1 :]
            assert read_token(edge, "desk", "survey", forged) is None, (place, other)


def test_other_spellings_of_the_same_bytes_are_refused(keys: tuple[Keys, Keys]) -> None:
    desk, edge = keys
    statement, key_id, signature = sign_token(desk, "survey", STATEMENT).split(".")
    padded = base64.urlsafe_b64encode(STATEMENT).decode()
    assert padded != statement
    for text in (
        f"{padded}.{key_id}.{signature}",
        f"{statement}.{key_id}.{signature}==",
        f" {statement}.{key_id}.{signature}",
    ):
        assert read_token(edge, "desk", "survey", text) is None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c.d", "é.é.é", "x" * 100_000])
def test_any_other_text_is_no_token(keys: tuple[Keys, Keys], text: str) -> None:
    assert read_token(keys[1], "desk", "survey", text) is None
