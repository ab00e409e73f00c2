"""The audit trails of the whole platform prove themselves to somebody outside it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from crm_client import Client
from crm_client.__main__ import main
from crm_local.settings import SERVICES

SEALED_WITHIN = 30.0


def sealed(administrator: Client, service: str) -> bool:
    page = administrator.call("ListAuditEntries", {"service": service, "page_size": 1})
    return all(int(entry.get("chain_seq", 0)) for entry in page.get("audit_entries", []))


@pytest.fixture
def crm(administrator: Client, platform: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("CRM_URL", platform.url)
    monkeypatch.setenv("CRM_TOKEN", administrator._http.headers["Authorization"].removeprefix("Bearer "))
    return lambda *arguments: main(arguments)


@pytest.mark.usefixtures("demo_lines")
def test_everything_the_demo_did_is_in_chains_that_verify(
    administrator: Client, platform: Any, crm: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    deadline = time.monotonic() + SEALED_WITHIN
    while not all(sealed(administrator, service) for service in SERVICES):
        assert time.monotonic() < deadline, "somebody does not seal"
        time.sleep(0.5)
    started = time.monotonic()
    code = crm("audit", "verify", "--keys", str(platform.run_dir / "keys" / "identity"))
    said = capsys.readouterr().err
    print(said, f"{time.monotonic() - started:.1f} s")
    assert code == 0
    for service in SERVICES:
        assert f"{service}: " in said
    leads = next(line for line in said.splitlines() if line.startswith("leads: "))
    assert int(leads.split()[1].replace(",", "")) > 0


def test_entries_tell_where_the_caller_was(administrator: Client) -> None:
    tag = administrator.create(
        "units", {"code": "audited", "name": "audit test", "kind": "DEALER", "parent_id": _root(administrator)}
    )
    asked = {"service": "identity", "filter": f'record_id = "{tag["id"]}"'}
    (entry,) = administrator.call("ListAuditEntries", asked)["audit_entries"]
    assert entry["address"] in {"127.0.0.1", "::1"}
    assert entry["actor"].startswith("user:")


def _root(administrator: Client) -> str:
    return str(next(unit["id"] for unit in administrator.list("units") if not unit.get("parent_id")))
