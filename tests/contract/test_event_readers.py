"""The comment of an event names exactly the services that listen to it: nobody is surprised by a change of it."""

import re
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest

from crm_kit.database import Database
from crm_kit.keys import Keys
from crm_kit.rpc.channels import Channels
from crm_kit.saga import Sagas
from crm_kit.service import Runtime, Service
from crm_kit.settings import ProcessSettings

from .contract import EVENTS, MESSAGES, Part

SERVICES = ("identity", "leads", "customers", "sales", "service-desk", "marketing", "reporting")
READ_BY = re.compile(r"Read by:\s*([a-z\-, \n]+?)\s*(?:\.|$)", re.MULTILINE)
EDGE = {"gateway"}
"""Reads every event for live updates; it is no service with consumers of its own."""


def named_in(comment: str) -> set[str]:
    found = READ_BY.search(comment)
    return {name.strip() for name in found[1].split(",")} - EDGE - {"nobody yet"} if found else set()


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By service, the events its consumers subscribe to; services that do not start yet are left out, loudly."""
    keys = tmp_path_factory.mktemp("keys")
    Keys.generate(keys, list(SERVICES))
    found: dict[str, set[str]] = {}
    for name in SERVICES:
        try:
            consumers = subscribed(name, keys)
        except Exception as fault:  # noqa: BLE001 - another team's work in progress
            warnings.warn(f"{name} does not start, so its subscriptions are not compared: {fault!r}", stacklevel=1)
        else:
            found[name] = consumers
    assert found, "no service starts"
    return found


def subscribed(name: str, keys: Path) -> set[str]:
    service: Service = import_module(f"crm_{name.replace('-', '_')}.service").service
    # Nothing is connected to: composing only puts the parts together.
    db = Database("postgresql://nobody@127.0.0.1:1/none")
    settings = ProcessSettings(database_url=str(db.url), nats_url="", listen="", keys_dir=keys)
    runtime = Runtime(settings, db, Channels({}, Keys.load(keys, name)), Sagas(db))
    return {event for consumer in service.compose(runtime).consumers for event in consumer.handlers}


@pytest.mark.parametrize("event", EVENTS, ids=str)
def test_an_event_names_its_readers(event: Part) -> None:
    assert READ_BY.search(event.comment), event.comment
    assert named_in(event.comment) <= set(SERVICES)


@pytest.mark.parametrize("event", EVENTS, ids=str)
def test_the_named_readers_are_those_that_subscribe(event: Part, readers: dict[str, set[str]]) -> None:
    named = named_in(event.comment) & readers.keys()
    assert named == {name for name, events in readers.items() if event.name in events}


def test_nobody_subscribes_to_an_event_that_does_not_exist(readers: dict[str, set[str]]) -> None:
    assert {event for events in readers.values() for event in events} <= MESSAGES.keys()


def test_every_service_was_compared(readers: dict[str, set[str]]) -> None:
    missing = [name for name in SERVICES if name not in readers]
    if missing:
        print(f"not compared: {', '.join(missing)}", file=sys.stderr)
        pytest.skip(f"these services do not start yet: {', '.join(missing)}")
