"""Each service's migrations build exactly the tables its classes map; seen on a server made for it and thrown away."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.processes import free_port, unprivileged_user
from crm_kit.testing.servers import PostgresServer, open_folders

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def judge(service: str, urls: tuple[str, str]) -> str:
    """What is wrong with the migrations of a service; empty when nothing is."""
    owner, serving = urls
    for command in ("migrate", "check"):
        done = subprocess.run(
            [BIN / f"crm-{service}", command],
            env={**os.environ, "CRM_DATABASE_URL": serving, "CRM_MIGRATION_DATABASE_URL": owner},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return f"{service} {command}:\n{done.stdout}{done.stderr}"
    return ""


def main() -> int:
    services = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))
    folder = Path(tempfile.mkdtemp(prefix="crm-check-", dir=open_folders(unprivileged_user())[0]))
    folder.chmod(0o711)
    server = PostgresServer(folder / "data", port=free_port(), durable=False)
    try:
        server.start(folder / "log")
        factory = DatabaseFactory(server.url, "check")
        urls = [asyncio.run(factory.empty_served()) for _ in services]
        with ThreadPoolExecutor(max_workers=2) as pool:
            faults = [fault for fault in pool.map(judge, services, urls) if fault]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(faults), end="")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
