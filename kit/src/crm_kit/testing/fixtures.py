"""A pytest plugin: ``postgres``, ``nats``, ``fresh_nats`` and ``database_factory``, started on first use.

``CRM_TEST_DATABASE_URL`` (a superuser's) and ``CRM_TEST_NATS_URL`` name servers to use instead.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats as nats_client
import pytest

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.processes import free_port, unprivileged_user
from crm_kit.testing.servers import NatsServer, PostgresServer, open_folders

ACCOUNTS_PER_NATS_SERVER = 200


class SharedPostgres:
    """The PostgreSQL server of a whole run: owned by the process people started, used by all its workers."""

    def __init__(self) -> None:
        self.prefix = f"t{uuid4().hex[:8]}"
        self.given = os.environ.get("CRM_TEST_DATABASE_URL", "")
        self.folder: Path | None = None
        self.server: PostgresServer | None = None

    def url(self) -> str:
        if self.given:
            return self.given
        if self.server is None:
            self.folder = Path(tempfile.mkdtemp(prefix="crm-test-pg-", dir=open_folders(unprivileged_user())[0]))
            self.folder.chmod(0o711)
            self.server = PostgresServer(self.folder / "data", port=free_port(), durable=False)
            self.server.start(self.folder / "log")
        return self.server.url

    def stop(self) -> None:
        if self.given:
            asyncio.run(DatabaseFactory(self.given, self.prefix).drop_all())
        if self.server is not None:
            self.server.stop()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


SHARED = pytest.StashKey[SharedPostgres]()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[SHARED] = SharedPostgres()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under xdist the controller owns the server and tells each worker where it is."""
    shared = node.config.stash[SHARED]
    node.workerinput["crm_postgres"] = shared.url()
    node.workerinput["crm_prefix"] = shared.prefix


def pytest_unconfigure(config: pytest.Config) -> None:
    shared = config.stash.get(SHARED, None)
    if shared is not None:
        shared.stop()


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """The superuser's URL of a PostgreSQL 18 that lives as long as the run and forgets everything."""
    given = getattr(request.config, "workerinput", None)
    return str(given["crm_postgres"]) if given else request.config.stash[SHARED].url()


@pytest.fixture(scope="session")
def database_factory(request: pytest.FixtureRequest, postgres: str) -> DatabaseFactory:
    """``await database_factory.clone("leads", build)`` → URL of a fresh database, migrated once for all tests."""
    given = getattr(request.config, "workerinput", None)
    return DatabaseFactory(postgres, given["crm_prefix"] if given else request.config.stash[SHARED].prefix)


class NatsAccounts:
    """Hands out NATS URLs, each an account of its own: the same stream name in two tests is two streams."""

    def __init__(self) -> None:
        self.given = os.environ.get("CRM_TEST_NATS_URL", "")
        self.folder = Path(tempfile.mkdtemp(prefix="crm-test-nats-"))
        self.servers: list[NatsServer] = []
        self.numbers = count()

    def next_url(self) -> str:
        """An account without streams; a server given from outside is emptied instead."""
        if self.given:
            asyncio.run(_delete_streams(self.given))
            return self.given
        server, account = divmod(next(self.numbers), ACCOUNTS_PER_NATS_SERVER)
        if server == len(self.servers):
            store = self.folder / str(server)
            store.mkdir()
            self.servers.append(NatsServer(store, port=free_port(), accounts=ACCOUNTS_PER_NATS_SERVER))
            self.servers[-1].start(self.folder / f"{server}.log")
        return self.servers[server].url(account)

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


async def _delete_streams(url: str) -> None:
    connection = await nats_client.connect(url)
    stream_api = connection.jetstream()
    for stream in await stream_api.streams_info():
        await stream_api.delete_stream(str(stream.config.name))
    await connection.close()


@pytest.fixture(scope="session")
def nats_accounts() -> Iterator[NatsAccounts]:
    accounts = NatsAccounts()
    yield accounts
    accounts.stop()


@pytest.fixture(scope="session")
def nats(nats_accounts: NatsAccounts) -> str:
    """The URL of a NATS with JetStream, shared by all tests of this process."""
    return nats_accounts.next_url()


@pytest.fixture
def fresh_nats(nats_accounts: NatsAccounts) -> str:
    """The URL of a NATS with JetStream that holds no stream yet and that no other test sees."""
    return nats_accounts.next_url()
