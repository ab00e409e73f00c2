"""Identity and the gateway as they run, and nothing else."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from crm_identity.service import service
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.processes import free_port
from crm_kit.testing.service import RunningService, running

PASSWORD = "correct horse battery"


@asynccontextmanager
async def gateway_and_identity(
    databases: DatabaseFactory, folder: Path, **settings: str
) -> AsyncIterator[tuple[str, RunningService]]:
    """The address of a gateway process before a running identity, whose first administrator is ``admin``."""
    os.environ["CRM_BOOTSTRAP_ADMIN_PASSWORD"] = PASSWORD
    os.environ["CRM_OIDC_ALLOW_PRIVATE"] = "1"
    try:
        # Whose bulk changes go on in a person's name, it asks itself about the person's rights.
        peers: dict[str, str] = {}
        async with running(service, databases, folder / "keys", peers=peers) as identity:
            peers["identity"] = identity.address
            listen = f"127.0.0.1:{free_port()}"
            environment = os.environ | {
                "CRM_LISTEN": listen,
                "CRM_KEYS_DIR": str(folder / "keys"),
                "CRM_PEERS": f"identity={identity.address}",
                "CRM_DRAIN_SECONDS": "0",
                **settings,
            }
            process = _started(environment, folder / "gateway.log")
            try:
                _wait_for(f"http://{listen}/health/ready", process, folder / "gateway.log")
                yield f"http://{listen}", identity
            finally:
                process.terminate()
                process.wait(20)
    finally:
        for name in ("CRM_BOOTSTRAP_ADMIN_PASSWORD", "CRM_OIDC_ALLOW_PRIVATE"):
            os.environ.pop(name, None)


def _started(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "crm_gateway", "serve"], env=environment, stdout=out, stderr=subprocess.STDOUT
        )


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"the gateway did not start:\n{log.read_text()}")
