"""Composition root: one worker's parts, put together after its process was forked."""

from importlib.metadata import version
from pathlib import Path

from flask import Flask, Request, Response

from crm_gateway import contract
from crm_gateway.app import create_app
from crm_gateway.authentication import GATEWAY, Sessions
from crm_gateway.backends import Backends
from crm_gateway.browser_sessions import Site
from crm_gateway.console import console_folder, register
from crm_gateway.dispatch import Dispatcher
from crm_gateway.hearing import hear
from crm_gateway.key_rates import KeyRates
from crm_gateway.live import Live
from crm_gateway.live_ring import Ring
from crm_gateway.problems import Problem
from crm_gateway.public import pages
from crm_gateway.public.surveys import Surveys
from crm_gateway.public.visitor_rates import VisitorRates
from crm_gateway.public.web_forms import WebForms
from crm_gateway.reference import reference_pages
from crm_gateway.routes import Router
from crm_gateway.scim.server import Scim
from crm_gateway.settings import GatewaySettings
from crm_gateway.sign_in import SignIn
from crm_kit.keys import Keys
from crm_kit.principal import Principal

NAME = "gateway"


def build(settings: GatewaySettings, draining: Path) -> Flask:
    """The application; it is not ready any more once the file ``draining`` exists."""
    keys = Keys.load(settings.keys_dir, NAME)
    backends = Backends(settings.peers, keys)
    described = contract.load()
    site = Site(settings.public_url)
    sessions = Sessions(backends, site, settings.trusted_proxies)
    rates, visitors = KeyRates(backends), VisitorRates()
    ring = Ring()
    hear(settings.nats_url, keys, ring, draining.exists)

    def directory(http: Request) -> Principal:
        caller = sessions.asker(http)
        rates.admit(http, caller)
        return caller

    def ready(_: Request) -> Response:
        if draining.exists():
            raise Problem(503, "DRAINING", "This process is stopping.", "进程正在停止。")
        return Response("ready\n", content_type="text/plain")

    app = create_app(
        Router(described.bindings),
        Dispatcher(backends, sessions, rates),
        {
            "/health/live": _alive,
            "/health/ready": ready,
            pages.STYLES_PATH: pages.styles,
            "/v1/live": Live(ring, sessions.asker, settings.live_streams),
            **reference_pages(described, version("crm-gateway")),
        },
        draining.exists,
        (
            SignIn(backends, site, GATEWAY, sessions.whose, sessions.address, sessions.forget_token),
            Scim(backends, directory),
            WebForms(backends, keys, visitors, sessions.asker, sessions.address),
            Surveys(backends, visitors, sessions.address),
        ),
        settings.threads,
    )
    register(app, console_folder(), site)
    return app


def _alive(_: Request) -> Response:
    return Response("live\n", content_type="text/plain")
