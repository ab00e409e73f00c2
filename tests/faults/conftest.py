"""Scenarios of faults on the whole platform: what they share, and the seed every failure can be repeated from."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm_local.settings import SERVICES

from .audit import Auditor
from .journey import journey
from .killing import Killer
from .ledger import Ledger
from .lossy_proxy import LossyProxy
from .lost_answers import Repeater
from .rest import Api, sign_in
from .scale import Scale, scale, seed

SEED = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SEED] = seed()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    if report.failed and SEED in item.config.stash and item.path.parent == Path(__file__).parent:
        again = f"CRM_FAULT_SEED={item.config.stash[SEED]} pytest {item.nodeid}"
        report.sections.append(("the same faults again", again))
    return report


@pytest.fixture(scope="session")
def fault_seed(request: pytest.FixtureRequest) -> int:
    return request.config.stash.get(SEED, None) or seed()


@pytest.fixture
def rng(request: pytest.FixtureRequest, fault_seed: int) -> random.Random:
    """Chance of one scenario, the same for the same seed."""
    return random.Random(f"{fault_seed} {request.node.name}")


@pytest.fixture(scope="session")
def counts() -> Scale:
    return scale()


@pytest.fixture(scope="session")
def api(platform: Any) -> Iterator[Api]:
    """The administrator, by REST."""
    made = Api(platform.url, sign_in(platform.url, platform.passwords["administrator"]))
    yield made
    made.close()


@pytest.fixture(scope="session")
def story(platform: Any, api: Api, auditor: Auditor, fault_seed: int) -> Repeater:
    """The main job told once, every answer lost on its way and asked for again."""
    user = api("GetCurrentUser")["user"]
    with LossyProxy(platform.ports.gateway) as proxy:
        repeater = Repeater(api, proxy, auditor, f"lost-{fault_seed}", f"user:{user['id']}")
        journey(repeater, f"story-{fault_seed}", user)
    return repeater


@pytest.fixture
def killer(platform: Any, rng: random.Random) -> Killer:
    return Killer(platform, rng)


@pytest.fixture(scope="session")
def auditor(platform: Any) -> Auditor:
    urls = {
        name: platform.database_url(name)
        for name in SERVICES
        if f"database {name.replace('-', '_')}" in platform.passwords
    }
    return Auditor(urls, f"nats://127.0.0.1:{platform.ports.nats}")


@pytest.fixture
def run(request: pytest.FixtureRequest, fault_seed: int) -> str:
    """Prefix of everything a scenario creates, so that several share a platform."""
    return f"{request.node.name[5:25]}-{fault_seed}"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.jsonl")
    yield made
    made.close()
