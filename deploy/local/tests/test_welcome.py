"""What is printed when everything runs can be typed as it stands."""

from pathlib import Path

import pytest

from crm_local.console import Console
from crm_local.settings import read_settings
from crm_local.storage import Storage
from crm_local.welcome import welcome


def _printed(folder: Path, capsys: pytest.CaptureFixture[str], **environment: str) -> str:
    settings = read_settings({"CRM_RUN_DIR": str(folder), **environment})
    welcome(Console(), settings, Storage(folder), "secret", 3.0)
    return capsys.readouterr().out


def test_the_last_step_opens_the_console(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = _printed(tmp_path, capsys, CRM_CONSOLE="on").splitlines()[-2]
    assert last.split()[0] in {"open", "xdg-open"}
    assert last.endswith(":8080")


def test_without_a_console_the_last_step_opens_the_reference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _printed(tmp_path, capsys, CRM_CONSOLE="off").splitlines()[-2].endswith("/docs")
