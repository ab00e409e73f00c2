"""What a process is told by its environment: read once, all faults reported together."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

S = TypeVar("S")

NUMBERS = re.compile(r"\d{1,3}(\.\d{1,3}){3}:\d+")


class SettingsError(SystemExit):
    """The environment is wrong; lists every fault and ends the process with code 2."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(2)

    def __str__(self) -> str:
        return "Settings:\n" + "\n".join(f"  - {fault}" for fault in self.faults)


def variable(name: str, help: str, *, default: Any = ..., parse: Callable[[str], Any] = str) -> Any:
    """A dataclass field read from an environment variable. ``parse`` raises ValueError with what is expected."""
    metadata = {"variable": name, "help": help, "parse": parse, "default": default}
    if default is ...:
        return field(metadata=metadata)
    return field(metadata=metadata, default_factory=lambda: default)


def read(settings: type[S], environment: Mapping[str, str] | None = None) -> S:
    """The settings dataclass filled from the environment; raises SettingsError naming every missing or wrong variable.

    ``NAME_FILE`` names a file that holds the value of ``NAME``, so that a password need not stand in an environment.
    """
    source = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    faults: list[str] = []
    for item in fields(settings):  # type: ignore[arg-type]
        about = item.metadata
        try:
            text = _text(source, about["variable"])
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{about['variable']}_FILE names no file that can be read: {error}; {about['help']}")
            continue
        if not text:
            if about["default"] is ...:
                faults.append(f"{about['variable']} is missing: {about['help']}")
            values[item.name] = about["default"]
            continue
        try:
            values[item.name] = about["parse"](text)
        except ValueError as error:
            # An address may hold a password, and this text ends in a log.
            shown = "" if "://" in text or "PASSWORD" in about["variable"] else f"={text!r}"
            faults.append(f"{about['variable']}{shown}: {error}; {about['help']}")
    if faults:
        raise SettingsError(faults)
    return settings(**values)


def _text(source: Mapping[str, str], name: str) -> str:
    """What a variable or the file of its ``_FILE`` says; empty when neither is set."""
    file = source.get(f"{name}_FILE", "").strip()
    return source.get(name, "").strip() or (Path(file).read_text("utf-8").strip() if file else "")


def host_port(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("expected host:port")
    return text


def pairs(text: str) -> dict[str, str]:
    """``leads=127.0.0.1:7101,customers=…``; several processes of one service as ``leads=10.0.0.1:7101+10.0.0.2:7101``."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = dict(part.split("=", 1) for part in parts if "=" in part)
    if not found or len(found) < len(parts):
        raise ValueError("expected name=host:port, separated by commas")
    return {name.strip(): target(address.strip()) for name, address in found.items()}


def target(address: str) -> str:
    """Where gRPC finds a service: one ``host:port``, or several with IPv4 addresses, joined by ``+``."""
    several = [host_port(one) for one in address.split("+")]
    if len(several) == 1:
        return address
    if not all(NUMBERS.fullmatch(one) for one in several):
        raise ValueError("expected IPv4 addresses where several are joined by +")
    return "ipv4:" + ",".join(several)


def one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}")
        return text

    return parse


def postgres_url(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
        raise ValueError("expected postgresql://user:password@host:port/database")
    return text.replace("postgres://", "postgresql://", 1)


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """What every service process reads."""

    database_url: str = variable("CRM_DATABASE_URL", "the service's own database", parse=postgres_url)
    nats_url: str = variable("CRM_NATS_URL", "nats://host:port of the broker")
    listen: str = variable("CRM_LISTEN", "host:port the RPCs are served on", parse=host_port)
    keys_dir: Path = variable("CRM_KEYS_DIR", "directory with the key pairs of the processes", parse=Path)
    peers: dict[str, str] = variable("CRM_PEERS", "name=host:port of each service", default={}, parse=pairs)
    metrics_listen: str = variable(
        "CRM_METRICS_LISTEN", "host:port of /metrics", default="127.0.0.1:0", parse=host_port
    )
    nats_monitor_url: str = variable(
        "CRM_NATS_MONITOR_URL", "monitoring address of the broker; when set, it must sync every write", default=""
    )
    stream_replicas: int = variable(
        "CRM_STREAM_REPLICAS", "how many brokers keep a copy of this service's events", default=1, parse=int
    )
    role: str = variable("CRM_ROLE", "all, api or worker", default="all", parse=one_of("all", "api", "worker"))
    drain_seconds: float = variable(
        "CRM_DRAIN_SECONDS", "seconds between not-ready and stopping", default=5.0, parse=float
    )
    pool_size: int = variable(
        "CRM_POOL_SIZE", "database connections of this process that write; as many more read", default=10, parse=int
    )
    row_security: str = variable(
        "CRM_ROW_SECURITY",
        "on; off serves although one role may do everything",
        default="on",
        parse=one_of("on", "off"),
    )
    quarantine: str = variable(
        "CRM_QUARANTINE", "on after a restore: people read, nothing changes", default="off", parse=one_of("on", "off")
    )
    ledger_dir: str = variable("CRM_LEDGER_DIR", "folder beside the backups that notes what ended for good", default="")
    log_format: str = variable("CRM_LOG_FORMAT", "json or console", default="json", parse=one_of("json", "console"))
    otlp_endpoint: str = variable("OTEL_EXPORTER_OTLP_ENDPOINT", "collector to send traces to", default="")
    trace_sample: float = variable("CRM_TRACE_SAMPLE", "share of traces recorded, 0 to 1", default=1.0, parse=float)
    trace_file: str = variable("CRM_TRACE_FILE", "file that receives spans as JSON lines", default="")


@dataclass(frozen=True, slots=True)
class MigrationSettings:
    """What ``migrate`` and ``check`` read: the first uses the owner's URL, the second also asks about the serving role."""

    database_url: str = variable("CRM_DATABASE_URL", "the service's own database", parse=postgres_url)
    owner_url: str = variable(
        "CRM_MIGRATION_DATABASE_URL",
        "the same as its owner; CRM_DATABASE_URL unless set",
        default="",
        parse=postgres_url,
    )
    row_security: str = variable(
        "CRM_ROW_SECURITY", "on; off accepts one role that may do everything", default="on", parse=one_of("on", "off")
    )

    @property
    def migration_url(self) -> str:
        """Who may change the schema."""
        return self.owner_url or self.database_url
