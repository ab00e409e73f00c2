"""What a person may set about the local platform, and every port it uses."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SERVICES = ("identity", "leads", "customers", "sales", "service-desk", "marketing", "reporting")
GATEWAY = "gateway"
DEFAULT_BASE, LOWEST_BASE, HIGHEST_BASE = 8000, 1024, 65_400


class SettingError(Exception):
    """A variable holds something that cannot work; the message names it and says what would."""


@dataclass(frozen=True)
class Ports:
    """One block of a hundred ports from ``base``; only the gateway's is meant for people."""

    base: int

    @property
    def gateway(self) -> int:
        return self.base + 80

    @property
    def gateway_metrics(self) -> int:
        return self.base + 50

    @property
    def postgres(self) -> int:
        return self.base + 32

    @property
    def nats(self) -> int:
        return self.base + 22

    @property
    def nats_monitor(self) -> int:
        return self.base + 23

    def service(self, name: str) -> int:
        return self.base + 1 + SERVICES.index(name)

    def service_metrics(self, name: str) -> int:
        return self.base + 51 + SERVICES.index(name)


@dataclass(frozen=True)
class Settings:
    """``CRM_RUN_DIR``, ``CRM_PORT_BASE``, ``CRM_HOST`` (of the gateway), ``CRM_PG_URL`` and ``CRM_NATS_URL``.

    ``CRM_PG_URL`` is a superuser's (or CREATEDB and CREATEROLE) URL; with it or ``CRM_NATS_URL`` set, that server is
    used and none is started here.

    ``CRM_BACKUP_DIR`` and ``CRM_BACKUP_IDENTITY`` lie beside the data folder unless set, so that neither goes with it;
    ``CRM_BACKUP_RECIPIENTS`` are age public keys whose identity is kept elsewhere. ``CRM_BACKUP_HOURS`` and
    ``CRM_BACKUP_LOG_SECONDS`` (how often the log since the newest is kept, too): 0 for none.
    """

    run_dir: Path
    ports: Ports
    host: str = "127.0.0.1"
    pg_url: str = ""
    nats_url: str = ""
    drain_seconds: str = "0"
    demo: bool = True
    backup_dir: Path = Path()
    backup_identity: Path = Path()
    backup_recipients: Sequence[str] = ()
    backup_hours: int = 24
    backup_keep: int = 7
    backup_log_seconds: int = 60
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.ports.gateway}"  # noqa: S104


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    base = environment.get("CRM_PORT_BASE", str(DEFAULT_BASE))
    if not base.isdecimal() or not LOWEST_BASE <= int(base) <= HIGHEST_BASE:
        raise SettingError(f"CRM_PORT_BASE is {base!r}; it must be a number from {LOWEST_BASE} to {HIGHEST_BASE}")
    run_dir = Path(environment.get("CRM_RUN_DIR", ".run")).expanduser().resolve()
    beside = {
        "CRM_BACKUP_DIR": f"{run_dir.name}-backups",
        "CRM_BACKUP_IDENTITY": f"{run_dir.name}-backup-identity.txt",
    }
    backup_dir, identity = (
        Path(environment.get(name, run_dir.with_name(usual))).expanduser().resolve() for name, usual in beside.items()
    )
    return Settings(
        run_dir=run_dir,
        ports=Ports(int(base)),
        host=environment.get("CRM_HOST", "127.0.0.1"),
        pg_url=environment.get("CRM_PG_URL", ""),
        nats_url=environment.get("CRM_NATS_URL", ""),
        drain_seconds=environment.get("CRM_DRAIN_SECONDS", "0"),
        demo=environment.get("CRM_DEMO", "yes").lower() not in {"no", "0", "false"},
        backup_dir=backup_dir,
        backup_identity=identity,
        backup_recipients=environment.get("CRM_BACKUP_RECIPIENTS", "").replace(",", " ").split(),
        backup_hours=_count(environment, "CRM_BACKUP_HOURS", 24),
        backup_keep=_count(environment, "CRM_BACKUP_KEEP", 7),
        backup_log_seconds=_count(environment, "CRM_BACKUP_LOG_SECONDS", 60),
        environment=dict(environment),
    )


def _count(environment: Mapping[str, str], name: str, usual: int) -> int:
    said = environment.get(name, str(usual))
    if not said.isdecimal():
        raise SettingError(f"{name} is {said!r}; it must be a whole number, 0 or more")
    return int(said)
