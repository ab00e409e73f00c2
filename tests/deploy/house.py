"""What the code says about its processes, for comparing with what the deployments say about them."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from crm_gateway.settings import GatewaySettings
from crm_kit.database import Database
from crm_kit.envelope import domain_of
from crm_kit.keys import Keys
from crm_kit.rpc.channels import Channels
from crm_kit.saga import Sagas
from crm_kit.service import Parts, Runtime, Service
from crm_kit.settings import MigrationSettings, ProcessSettings
from crm_local.settings import SERVICES

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deploy" / "docker"
PROCESSES = (*SERVICES, "gateway")
IDENTITY = "identity"


def load(name: str) -> ModuleType:
    """A program beside the Dockerfile; it is no package, because it lives in images only."""
    spec = util.spec_from_file_location(f"deploy_docker_{name}", DOCKER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


provision = load("provision")


def variables(*settings: type) -> set[str]:
    """What settings classes read, and the ``_FILE`` of each."""
    names = {item.metadata["variable"] for each in settings for item in fields(each)}
    return names | {f"{name}_FILE" for name in names}


def serving(process: str) -> set[str]:
    """Every variable that ``serve`` of a process reads."""
    if process == "gateway":
        return variables(GatewaySettings) | {"CRM_CONSOLE"}
    module = f"crm_{process.replace('-', '_')}.settings"
    if util.find_spec(module) is None:
        return variables(ProcessSettings)
    found = vars(import_module(module)).values()
    own = [each for each in found if isinstance(each, type) and each.__module__ == module and is_dataclass(each)]
    return variables(ProcessSettings, *own)


MIGRATING = variables(MigrationSettings)
ADMINISTERING = variables(provision.AdministratorSettings)


def composed(keys: Path) -> dict[str, Parts]:
    """The parts of every service; nothing is connected to."""
    Keys.generate(keys, list(SERVICES))
    peers = dict.fromkeys(SERVICES, "nowhere:1")
    found = {}
    for name in SERVICES:
        service: Service = import_module(f"crm_{name.replace('-', '_')}.service").service
        db = Database("postgresql://nobody@127.0.0.1:1/none")
        settings = ProcessSettings(database_url=str(db.url), nats_url="", listen="", keys_dir=keys, peers=peers)
        found[name] = service.compose(Runtime(settings, db, Channels({}, Keys.load(keys, name)), Sagas(db)))
    return found


def callees(parts: Mapping[str, Parts]) -> dict[str, set[str]]:
    """Whom each process calls: the edge everybody; services identity (who has access, the audit's heads), the producers
    of the events they consume (for what they missed), and whose internal RPCs name them as callers.
    """
    calls = {name: {IDENTITY} for name in SERVICES}
    for name, part in parts.items():
        calls[name] |= {domain_of(event).replace("_", "-") for each in part.consumers for event in each.handlers}
        for allowed in part.callers.values():
            for caller in set(allowed) & set(SERVICES):
                calls[caller].add(name)
    return {**calls, "gateway": set(SERVICES)}


def locked(package: str) -> str:
    """The version of a package in the lock."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return next(line.split()[0].partition("==")[2] for line in lines if line.startswith(f"{package}=="))


def read(path: Path) -> list[Any]:
    """The documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def program(name: str) -> str:
    """A program of this environment, or of the machine; skips when there is none."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip(f"NOT CHECKED: there is no {name}; the development dependencies bring it")
    return found
