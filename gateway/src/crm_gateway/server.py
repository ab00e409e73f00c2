"""Serving: granian around the application, until a signal; the drain is announced before anything closes."""

import gc
import os
import signal
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from flask import Flask
from granian.constants import Interfaces
from granian.server import MPServer

from crm_gateway.settings import GatewaySettings
from crm_gateway.turns import LINE
from crm_gateway.worker import NAME, build
from crm_kit import logging, telemetry
from crm_kit.metrics_endpoint import serve_metrics_from_thread, split_listen

_CLOSING_SECONDS = 25
_PARENT_SECONDS = 1.0


def serve(settings: GatewaySettings) -> None:
    """Serves until SIGTERM or SIGINT; then fails readiness, waits ``drain_seconds``, finishes what is at work."""
    with tempfile.TemporaryDirectory(prefix="crm-gateway-") as folder:
        draining = Path(folder) / "draining"
        host, port = split_listen(settings.listen)
        server = MPServer(
            target="crm_gateway",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            # A live stream holds a thread while it is open, a request while it waits for its turn; as many again are
            # there to refuse the rest and to answer probes. Threads are made when needed and go when idle.
            blocking_threads=settings.threads * (LINE + 2) + settings.live_streams,
            workers_kill_timeout=_CLOSING_SECONDS,
            log_enabled=False,
        )
        _announce_before_stopping(server, draining, settings.drain_seconds)
        server.serve(target_loader=partial(_load, settings, draining), wrap_loader=False)


def _announce_before_stopping(server: MPServer, draining: Path, seconds: float) -> None:
    stop = server.signal_handler_interrupt

    def drain(*_: object) -> None:
        if draining.exists():
            return
        draining.touch()
        threading.Timer(seconds, stop).start()

    # granian installs this attribute as the handler of SIGTERM and SIGINT.
    setattr(server, "signal_handler_interrupt", drain)  # noqa: B010


def _load(settings: GatewaySettings, draining: Path, *_: object, **__: object) -> Flask:
    """One worker's application, with its logs, traces and metrics."""
    threading.Thread(target=_die_with, args=(os.getppid(),), name="parent-watch", daemon=True).start()
    logging.setup(f"crm-{NAME}", log_format=settings.log_format)
    recording = telemetry.setup(NAME, settings)
    serve_metrics_from_thread(_metrics_listen(settings), recording.registry, lambda: "draining" * draining.exists())
    app = build(settings, draining)
    # What was made so far lives as long as the process; the collector need not look at it again.
    gc.freeze()
    return app


def _metrics_listen(settings: GatewaySettings) -> str:
    """A single worker has the address to itself; several take free ports, found through the process's own log."""
    host, port = split_listen(settings.metrics_listen)
    return f"{host}:{port if settings.workers == 1 else 0}"


def _die_with(parent: int) -> None:
    """A worker whose server was killed would go on holding the port; it stops itself instead."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
