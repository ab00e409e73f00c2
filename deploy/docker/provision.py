# ruff: noqa: INP001 - programs of the images, no package
"""Secrets and databases of an installation, made once and left alone afterwards.

provision.py secrets FOLDER     a folder of files per process: its keys, its URLs; what exists stays
provision.py databases FOLDER   the roles and databases those URLs name, as the administrator of CRM_PG_URL
provision.py manifests FOLDER   the same folders as Kubernetes Secrets, to be piped into kubectl
"""

import argparse
import asyncio
import base64
import json
import os
import secrets
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from crm_kit.keys import Keys
from crm_kit.provisioning import Role, furnish, make_database, make_role
from crm_kit.secret_box import SecretBox
from crm_kit.settings import SettingsError, postgres_url, read, variable

SERVICES = ("identity", "leads", "customers", "sales", "service-desk", "marketing", "reporting")
PROCESSES = (*SERVICES, "gateway")
MAKES_TABLES = frozenset({"reporting"})
"""Services that make tables while they serve, so that they own theirs."""
URL = "database_url"


@dataclass(frozen=True, slots=True)
class AdministratorSettings:
    """What ``databases`` reads."""

    pg_url: str = variable("CRM_PG_URL", "a superuser's URL of the PostgreSQL server", parse=postgres_url)

    def of(self, database: str) -> str:
        """Operators hand out URLs that name no database, or ``*``."""
        return urlunsplit(urlsplit(self.pg_url)._replace(path=f"/{database}"))


def make_secrets(folder: Path, *, postgres: str, nats: str, owner: int | None) -> None:
    """``<process>/`` is mounted by that process alone, ``<service>-owner/`` by its migration, the rest by the servers.

    ``postgres`` and ``nats`` are host:port as the processes see them; ``owner`` is the user id files of processes get.
    """
    password = _once(folder / "postgres" / "password", secrets.token_urlsafe(24))
    _once(folder / "postgres" / "url", f"postgresql://postgres:{password}@{postgres}/postgres")
    broker = _once(folder / "nats" / "password", secrets.token_urlsafe(24))
    _once(folder / "nats" / "auth.conf", f'authorization {{ user: tributary, password: "{broker}" }}\n')
    for name in PROCESSES:
        Keys.generate(folder / name, [name])
        SecretBox.load(folder / name, name)
        _once(folder / name / "nats_url", f"nats://tributary:{broker}@{nats}")
        for other in PROCESSES:
            public = folder / name / f"{name}.public.pem"
            _once(folder / other / public.name, public.read_text("ascii"))
    for name in SERVICES:
        database = name.replace("-", "_")
        serving = _url(database, database, postgres)
        _once(folder / name / URL, serving)
        owning = serving if name in MAKES_TABLES else _url(f"{database}_owner", database, postgres)
        _once(folder / f"{name}-owner" / URL, owning)
    _once(folder / "identity" / "administrator_password", secrets.token_urlsafe(18))
    if owner is not None:
        _give([*(folder / name for name in PROCESSES), *(folder / f"{name}-owner" for name in SERVICES)], owner)


def _url(role: str, database: str, address: str) -> str:
    return Role(role, secrets.token_urlsafe(24)).url(f"postgresql://{address}", database)


def _once(file: Path, text: str) -> str:
    """What the file says; ``text`` when it did not exist before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        draft = file.with_name(f"{file.name}.new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(text)
        draft.replace(file)
    return file.read_text("utf-8")


def _give(folders: Iterable[Path], owner: int) -> None:
    for folder in folders:
        for path in [*folder.iterdir(), folder]:
            os.chown(path, owner, owner)


async def make_databases(folder: Path, administrator: AdministratorSettings) -> str:
    """Create what is missing and set the passwords of the files; answers what could not be done, if anything."""
    note = ""
    connection = await asyncpg.connect(administrator.of("postgres"))
    try:
        for name in SERVICES:
            database = name.replace("-", "_")
            serving, owner = (_role(folder / place / URL) for place in (name, f"{name}-owner"))
            for role in dict.fromkeys((owner, serving)):
                await make_role(connection, role)
            await make_database(connection, database, owner=owner.name, serving=serving.name)
            note = await furnish(administrator.of(database), owner=owner.name, serving=serving.name) or note
    finally:
        await connection.close()
    return note


def _role(file: Path) -> Role:
    parts = urlsplit(file.read_text("utf-8").strip())
    return Role(unquote(parts.username or ""), unquote(parts.password or ""))


def manifests(folder: Path) -> str:
    """A Secret per folder, named ``tributary-<folder>``, as one JSON list."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"tributary-{place.name}", "labels": {"app.kubernetes.io/part-of": "tributary"}},
            "data": {file.name: base64.b64encode(file.read_bytes()).decode() for file in sorted(place.iterdir())},
        }
        for place in sorted(folder.iterdir())
        if place.is_dir()
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("secrets", "databases", "manifests"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--postgres", default="postgres:5432", help="host:port of the databases in the URLs")
    parser.add_argument("--nats", default="nats:4222", help="host:port of the broker in the URLs")
    parser.add_argument("--owner", type=int, help="user id that shall own the files of the processes")
    chosen = parser.parse_args(arguments)
    if chosen.what == "secrets":
        make_secrets(chosen.folder, postgres=chosen.postgres, nats=chosen.nats, owner=chosen.owner)
    elif chosen.what == "manifests":
        sys.stdout.write(manifests(chosen.folder))
    else:
        try:
            administrator = read(AdministratorSettings)
        except SettingsError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        note = asyncio.run(make_databases(chosen.folder, administrator))
        sys.stdout.write(f"{len(SERVICES)} databases are there. {note}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
