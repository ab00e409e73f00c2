"""The secrets of an installation, and the databases they open, on a real PostgreSQL."""

import base64
import json
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from crm_kit.keys import Keys
from crm_kit.secret_box import SecretBox
from crm_kit.testing.processes import free_port, unprivileged_user
from crm_kit.testing.servers import PostgresServer, open_folders
from crm_local.databases import MAKES_TABLES
from crm_local.settings import SERVICES

from .house import PROCESSES, provision


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of its own, with passwords: roles and databases have the names they have in production."""
    folder = Path(tempfile.mkdtemp(prefix="crm-test-provision-", dir=open_folders(unprivileged_user())[0]))
    folder.chmod(0o711)
    server = PostgresServer(folder / "data", port=free_port(), durable=False, password="of the administrator")
    server.start(folder / "log")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, server: PostgresServer) -> Path:
    made: Path = tmp_path_factory.mktemp("secrets")
    provision.make_secrets(made, postgres=f"127.0.0.1:{server.port}", nats="nats:4222", owner=None)
    return made


@pytest.fixture(scope="module")
async def databases(folder: Path, server: PostgresServer) -> str:
    administrator = provision.AdministratorSettings(pg_url=f"{server.url.rpartition('/')[0]}/*")
    return str(await provision.make_databases(folder, administrator))


def url(folder: Path, place: str) -> str:
    return (folder / place / "database_url").read_text()


def test_it_knows_the_services_of_the_house() -> None:
    assert provision.SERVICES == SERVICES
    assert provision.MAKES_TABLES == MAKES_TABLES


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_has_its_own_keys_and_everybodys_public_ones(folder: Path, process: str) -> None:
    files = {file.name for file in (folder / process).iterdir()}
    assert {name for name in files if name.endswith((".private.pem", ".secret"))} == {
        f"{process}.private.pem",
        f"{process}.secret",
    }
    assert {name for name in files if name.endswith(".public.pem")} == {f"{name}.public.pem" for name in PROCESSES}
    assert Keys.load(folder / process, process).own == process
    assert SecretBox.load(folder / process, process).present


def test_nobody_else_may_read_what_is_secret(folder: Path) -> None:
    open_to_others = [
        file
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(".public.pem") and stat.S_IMODE(file.stat().st_mode) & 0o077
    ]
    assert not open_to_others


def test_a_second_run_changes_nothing(folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    provision.make_secrets(folder, postgres="elsewhere:1", nats="elsewhere:2", owner=None)
    assert before == {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_everything_an_administrator_must_do_was_done(databases: str) -> None:
    assert databases == ""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_opens_its_own_database_and_no_other(databases: str, folder: Path, service: str) -> None:
    connection = await asyncpg.connect(url(folder, service))
    assert await connection.fetchval("SELECT current_database()") == service.replace("-", "_")
    assert not await connection.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    await connection.close()
    for other in set(SERVICES) - {service}:
        elsewhere = urlsplit(url(folder, service))._replace(path=f"/{other.replace('-', '_')}").geturl()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(elsewhere)


@pytest.mark.parametrize("service", sorted(set(SERVICES) - MAKES_TABLES))
async def test_the_owner_makes_tables_that_the_serving_role_fills(databases: str, folder: Path, service: str) -> None:
    owner, serving = [await asyncpg.connect(url(folder, place)) for place in (f"{service}-owner", service)]
    await owner.execute("CREATE TABLE note (text text)")
    await serving.execute("INSERT INTO note VALUES ('seen')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await serving.execute("CREATE TABLE mine (text text)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await serving.execute("DROP TABLE note")
    await owner.execute("DROP TABLE note")
    for connection in (owner, serving):
        await connection.close()


async def test_provisioning_again_keeps_what_is_there(databases: str, folder: Path, server: PostgresServer) -> None:
    connection = await asyncpg.connect(url(folder, "leads-owner"))
    await connection.execute("CREATE TABLE kept ()")
    assert await provision.make_databases(folder, provision.AdministratorSettings(pg_url=server.url)) == ""
    await connection.execute("DROP TABLE kept")
    await connection.close()


def test_without_an_administrators_url_it_says_what_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CRM_PG_URL", raising=False)
    assert provision.main(["databases", str(folder)]) == 2
    assert "CRM_PG_URL is missing" in capsys.readouterr().err


def test_the_folders_become_secrets_of_kubernetes(folder: Path) -> None:
    made = {each["metadata"]["name"]: each["data"] for each in json.loads(provision.manifests(folder))["items"]}
    assert made.keys() == {f"tributary-{place.name}" for place in folder.iterdir()}
    assert base64.b64decode(made["tributary-leads"]["database_url"]).decode() == url(folder, "leads")
    assert "tributary-leads-owner" in made
