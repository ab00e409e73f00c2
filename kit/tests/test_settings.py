"""The environment is read once, and every fault of it is told at once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from crm_kit.settings import ProcessSettings, SettingsError, pairs, read, variable

GOOD = {
    "CRM_DATABASE_URL": "postgres://u:p@127.0.0.1:5432/leads",
    "CRM_NATS_URL": "nats://127.0.0.1:4222",
    "CRM_LISTEN": "127.0.0.1:7001",
    "CRM_KEYS_DIR": "keys",
    "CRM_PEERS": "sales=127.0.0.1:7002, customers=db.example:7003,",
    "CRM_ROLE": "worker",
    "CRM_POOL_SIZE": "4",
}


def test_values_are_parsed_and_defaults_fill_the_rest() -> None:
    found = read(ProcessSettings, GOOD)
    assert found.database_url == "postgresql://u:p@127.0.0.1:5432/leads"
    assert found.peers == {"sales": "127.0.0.1:7002", "customers": "db.example:7003"}
    assert (found.role, found.pool_size, found.keys_dir, found.drain_seconds) == ("worker", 4, Path("keys"), 5.0)


def test_every_fault_is_told_at_once() -> None:
    wrong = {"CRM_LISTEN": "7001", "CRM_ROLE": "boss", "CRM_POOL_SIZE": "many", "CRM_NATS_URL": " "}
    with pytest.raises(SettingsError) as refused:
        read(ProcessSettings, wrong)
    told = [fault.split(" ")[0].split("=")[0].rstrip(":") for fault in refused.value.faults]
    assert sorted(told) == [
        "CRM_DATABASE_URL",
        "CRM_KEYS_DIR",
        "CRM_LISTEN",
        "CRM_NATS_URL",
        "CRM_POOL_SIZE",
        "CRM_ROLE",
    ]
    assert refused.value.code == 2
    assert "expected one of all, api, worker" in str(refused.value)


def test_a_password_is_not_told() -> None:
    with pytest.raises(SettingsError) as refused:
        read(ProcessSettings, {**GOOD, "CRM_DATABASE_URL": "mysql://u:hunter2@127.0.0.1/leads"})
    assert "hunter2" not in str(refused.value)
    assert "CRM_DATABASE_URL" in str(refused.value)


def test_a_secret_may_stand_in_a_file_instead(tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://leads:hunter2@127.0.0.1/leads\n")
    without = {name: value for name, value in GOOD.items() if name != "CRM_DATABASE_URL"}
    found = read(ProcessSettings, {**without, "CRM_DATABASE_URL_FILE": str(secret)})
    assert found.database_url == "postgresql://leads:hunter2@127.0.0.1/leads"


def test_a_file_that_cannot_be_read_is_one_of_the_faults(tmp_path: Path) -> None:
    without = {name: value for name, value in GOOD.items() if name != "CRM_DATABASE_URL"}
    with pytest.raises(SettingsError, match="CRM_DATABASE_URL_FILE names no file that can be read"):
        read(ProcessSettings, {**without, "CRM_DATABASE_URL_FILE": str(tmp_path / "absent")})


@pytest.mark.parametrize("text", ["sales", "sales=127.0.0.1:7002,customers", "sales=nowhere", "=,="])
def test_half_a_list_of_peers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        pairs(text)


def test_a_service_declares_its_own() -> None:
    @dataclass(frozen=True)
    class Own:
        days: int = variable("CRM_DAYS", "days to keep", default=30, parse=int)

    assert read(Own, {}) == Own(30)
    assert Own() == Own(30)
    assert read(Own, {"CRM_DAYS": "7"}).days == 7


def test_a_service_may_be_found_at_several_addresses() -> None:
    assert pairs("leads=10.0.0.1:7101+10.0.0.2:7101, sales=sales:7102") == {
        "leads": "ipv4:10.0.0.1:7101,10.0.0.2:7101",
        "sales": "sales:7102",
    }


@pytest.mark.parametrize("wrong", ["leads=10.0.0.1:7101+", "leads=a:1+b:2", "leads=10.0.0.1+10.0.0.2:1"])
def test_several_addresses_are_ip_addresses_with_ports(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        pairs(wrong)
