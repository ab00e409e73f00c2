"""Sealing and recognising."""

import secrets
import stat
from pathlib import Path

import pytest

from crm_kit.secret_box import SecretBox, SecretUnreadable

ABOUT = "identity|provider|client_secret|1"


def test_what_is_sealed_opens_about_the_same_thing_only() -> None:
    box = SecretBox([secrets.token_bytes(32)])
    sealed = box.seal(b"client secret", ABOUT)
    assert b"client secret" not in sealed
    assert box.open(sealed, ABOUT) == b"client secret"
    with pytest.raises(SecretUnreadable):
        box.open(sealed, "identity|provider|client_secret|2")


def test_a_changed_byte_is_noticed() -> None:
    box = SecretBox([secrets.token_bytes(32)])
    sealed = bytearray(box.seal(b"client secret", ABOUT))
    sealed[-1] ^= 1
    with pytest.raises(SecretUnreadable):
        box.open(bytes(sealed), ABOUT)


def test_a_former_key_still_opens_and_recognises_until_it_is_removed() -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    sealed, mark = SecretBox([old]).seal(b"x", ABOUT), SecretBox([old]).mark(b"secret", "api key")
    both = SecretBox([new, old])
    assert both.open(sealed, ABOUT) == b"x"
    assert both.recognises(mark, b"secret", "api key")
    with pytest.raises(SecretUnreadable):
        SecretBox([new]).open(sealed, ABOUT)
    assert not SecretBox([new]).recognises(mark, b"secret", "api key")


def test_a_mark_counts_for_its_purpose_only() -> None:
    box = SecretBox([secrets.token_bytes(32)])
    assert not box.recognises(box.mark(b"secret", "api key"), b"secret", "blind index")


def test_the_first_start_makes_a_private_key_file_and_later_ones_read_it(tmp_path: Path) -> None:
    sealed = SecretBox.load(tmp_path, "identity").seal(b"x", ABOUT)
    assert SecretBox.load(tmp_path, "identity").open(sealed, ABOUT) == b"x"
    assert stat.S_IMODE((tmp_path / "identity.secret").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["identity.secret"]


def test_a_line_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "identity.secret").write_text("c2hvcnQ\n")
    with pytest.raises(ValueError, match="32 bytes"):
        SecretBox.load(tmp_path, "identity")
