"""The three commands every service has."""

import pytest

from crm_kit import cli
from crm_kit.entity import new_metadata
from crm_kit.service import Parts, Service

SERVICE = Service("lamps", "crm_lamps", new_metadata(), lambda _: Parts({}))


@pytest.mark.parametrize("command", ["serve", "migrate", "check"])
def test_a_missing_setting_ends_the_command_with_its_name_and_code_two(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CRM_DATABASE_URL", raising=False)
    assert cli.main(SERVICE, [command]) == 2
    assert "CRM_DATABASE_URL is missing" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["dance"]])
def test_an_unknown_command_shows_the_known_ones(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(SERVICE, arguments)
    assert ended.value.code == 2
    assert "crm-lamps" in capsys.readouterr().err


def test_help_tells_what_each_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(SERVICE, ["--help"])
    assert ended.value.code == 0
    assert {"serve", "migrate", "check"} <= set(capsys.readouterr().out.split())
