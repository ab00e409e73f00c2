"""Who listens to what, taken from the services themselves."""

import importlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crm_kit.consumer import Consumer, Mode
from crm_kit.database import Database
from crm_kit.keys import Keys
from crm_kit.rpc.channels import Channels
from crm_kit.saga import Sagas
from crm_kit.service import Parts, Runtime, Service
from crm_kit.settings import ProcessSettings

from .events import Event


@dataclass(frozen=True)
class Listener:
    """One consumer of one service."""

    service: str
    consumer: Consumer

    @property
    def name(self) -> str:
        return self.consumer.name

    @property
    def ledger(self) -> bool:
        return self.consumer.mode is Mode.LEDGER

    def wants(self, event: Event) -> bool:
        """Whether the broker hands it this event."""
        if self.ledger:
            return event.type.split(".")[1] in self.consumer.domains
        return event.type in self.consumer.handlers


def listeners(urls: Mapping[str, str]) -> list[Listener]:
    """The consumers of the services named by the keys of ``urls``."""
    return [Listener(name, consumer) for name in urls for consumer in consumers_of(service_named(name))]


def service_named(name: str) -> Service:
    """The composition root of ``service-desk`` and its like."""
    found: Service = importlib.import_module(f"crm_{name.replace('-', '_')}.service").service
    return found


def consumers_of(service: Service) -> list[Consumer]:
    """What it hears with."""
    return list(parts_of(service).consumers)


def parts_of(service: Service, db: Database | None = None, channels: Channels | None = None) -> Parts:
    """Composed without a network, unless ``channels`` are given: nothing is connected before it is used."""
    db = db or Database("postgresql://127.0.0.1:1/none")
    channels = channels or Channels({}, Keys(service.name, None, {}))
    # Identity makes its key file where it is composed.
    with tempfile.TemporaryDirectory() as keys_dir:
        settings = ProcessSettings(database_url="", nats_url="", listen="", keys_dir=Path(keys_dir))
        return service.compose(Runtime(settings, db, channels, Sagas(db)))
