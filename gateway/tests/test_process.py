"""The process: its checks, its start and its orderly end."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import httpx
import pytest
from crm.leads.v1 import lead_pb2

from crm_gateway import contract
from crm_gateway.contract import Binding
from crm_gateway.routes import RouteConflict, Router

from .conftest import TOKEN, Running, environment

GET = "crm.leads.v1.LeadService/GetLead"


def check(**variables):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
    return subprocess.run(
        [sys.executable, "-m", "crm_gateway", "check"],
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_names_every_missing_and_wrong_setting(keys_dir, tmp_path):
    faulty = check(CRM_LISTEN="nowhere", CRM_GATEWAY_WORKERS="many", CRM_KEYS_DIR=str(tmp_path))
    assert faulty.returncode != 0
    for name in ("CRM_LISTEN", "CRM_GATEWAY_WORKERS", "CRM_PEERS"):
        assert name in faulty.stderr


def test_check_wants_the_gateways_own_key(tmp_path):
    answer = check(CRM_LISTEN="127.0.0.1:1", CRM_PEERS="leads=127.0.0.1:2", CRM_KEYS_DIR=str(tmp_path))
    assert "gateway.private.pem" in answer.stderr


def test_check_passes_with_the_contract_as_it_is(keys_dir):
    answer = check(CRM_LISTEN="127.0.0.1:1", CRM_PEERS="leads=127.0.0.1:2", CRM_KEYS_DIR=str(keys_dir))
    assert answer.returncode == 0, answer.stderr
    assert "routes are in order" in answer.stdout


def a_binding(**changes: str) -> Binding:
    (binding,) = [each for each in contract.load().bindings if each.method.full_name == GET]
    return replace(binding, **changes)


def test_two_rpcs_on_one_path_are_a_conflict():
    with pytest.raises(RouteConflict, match=r"GET /v1/leads/\{id\}"):
        Router([a_binding(), a_binding()])


@pytest.mark.parametrize("template", ["/v1/leads/{nope}", "/v1/leads/{id=**}", "/v1/leads/{id.x}"])
def test_a_template_that_cannot_be_served_is_refused_at_the_start(template):
    with pytest.raises(ValueError, match=r"LeadService/GetLead"):
        Router([a_binding(template=template)])


def test_a_stopping_gateway_is_not_ready_and_finishes_what_is_at_work(keys_dir, backends, tmp_path):
    leads = backends["leads"]
    leads.clear()

    leads.answers[GET] = _later
    peers = {name: backend.port for name, backend in backends.items()}
    running = Running(environment(keys_dir, peers, CRM_DRAIN_SECONDS="1.5"), tmp_path / "log")
    answers = []

    def ask():
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answers.append(httpx.get(f"{running.url}/v1/leads/1", headers=headers, trust_env=False, timeout=10).status_code)

    at_work = threading.Thread(target=ask)
    at_work.start()
    time.sleep(0.5)
    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert httpx.get(f"{running.url}/health/ready", trust_env=False).status_code == 503
    alive = httpx.get(f"{running.url}/health/live", trust_env=False)
    assert alive.status_code == 200
    assert alive.headers["Connection"] == "close"
    at_work.join()
    assert answers == [200]
    assert running.process.wait(20) == 0
    leads.clear()


async def _later(request):
    await asyncio.sleep(2.5)
    return lead_pb2.Lead(id=request.id)


def test_a_killed_gateway_leaves_no_worker_on_its_port(keys_dir, backends, tmp_path):
    peers = {name: backend.port for name, backend in backends.items()}
    running = Running(environment(keys_dir, peers), tmp_path / "log")
    running.process.kill()
    running.process.wait()
    deadline = time.monotonic() + 10
    while (answering := _answers(running.url)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not answering


def _answers(url):
    try:
        return httpx.get(f"{url}/health/live", trust_env=False, timeout=1).is_success
    except httpx.TransportError:
        return False


def test_several_workers_serve_one_port(keys_dir, backends, tmp_path):
    leads = backends["leads"]
    leads.clear()
    leads.answers[GET] = lambda request: lead_pb2.Lead(id=request.id)
    peers = {name: backend.port for name, backend in backends.items()}
    running = Running(environment(keys_dir, peers, CRM_GATEWAY_WORKERS="2"), tmp_path / "log")
    try:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        codes = {
            httpx.get(f"{running.url}/v1/leads/1", headers=headers, trust_env=False).status_code for _ in range(20)
        }
        assert codes == {200}
    finally:
        assert running.stop() == 0
        leads.clear()
