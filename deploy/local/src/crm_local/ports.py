"""Whether the ports we need are free, and who has them if not."""

import socket
from collections.abc import Mapping
from contextlib import suppress

import psutil  # type: ignore[import-untyped]

from crm_local.settings import DEFAULT_BASE, HIGHEST_BASE


class PortTakenError(Exception):
    """Something else listens where we must; the message names port, process and the variable to change."""


def check_ports(wanted: Mapping[str, tuple[str, int]], base: int) -> None:
    """Refuse to start when any of ``name → (host, port)`` is taken."""
    taken = [(name, port) for name, (host, port) in wanted.items() if not _free(host, port)]
    if not taken:
        return
    lines = [f"port {port}, needed for {name}, is taken{_by_whom(port)}" for name, port in taken]
    hint = f"stop that process, or move all ports of Tributary: CRM_PORT_BASE={_other(base)} make run"
    raise PortTakenError("\n".join([*lines, hint, f"(now {base}: the gateway listens on base + 80)"]))


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections linger may be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _by_whom(port: int) -> str:
    """`` by python (process 123)`` when this account may know it."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""


def _other(base: int) -> int:
    return base + 1000 if base + 1000 <= HIGHEST_BASE else DEFAULT_BASE
