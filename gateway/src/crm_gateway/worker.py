"""Composition root: one worker's parts, put together after its process was forked."""

from importlib.metadata import version
from pathlib import Path

from flask import Flask, Request, Response

from crm_gateway import contract
from crm_gateway.app import create_app
from crm_gateway.authentication import Sessions
from crm_gateway.backends import Backends
from crm_gateway.dispatch import Dispatcher
from crm_gateway.problems import Problem
from crm_gateway.reference import reference_pages
from crm_gateway.routes import Router
from crm_gateway.settings import GatewaySettings
from crm_kit.keys import Keys

NAME = "gateway"


def build(settings: GatewaySettings, draining: Path) -> Flask:
    """The application; it is not ready any more once the file ``draining`` exists."""
    keys = Keys.load(settings.keys_dir, NAME)
    backends = Backends(settings.peers, keys)
    described = contract.load()

    def ready(_: Request) -> Response:
        if draining.exists():
            raise Problem(503, "DRAINING", "This process is stopping.", "进程正在停止。")
        return Response("ready\n", content_type="text/plain")

    return create_app(
        Router(described.bindings),
        Dispatcher(backends, Sessions(backends)),
        {"/health/live": _live, "/health/ready": ready, **reference_pages(described, version("crm-gateway"))},
        draining.exists,
    )


def _live(_: Request) -> Response:
    return Response("live\n", content_type="text/plain")
