"""How many requests a worker answers side by side, and what becomes of the rest."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import httpx
import pytest
from crm.leads.v1 import lead_pb2
from gateway_wire import Backend

from crm_gateway.problems import Problem
from crm_gateway.turns import LINE, Turns

from .conftest import TOKEN, Running, environment

GET = "crm.leads.v1.LeadService/GetLead"
AT_ONCE = 2


@pytest.fixture
def narrow(keys_dir: Path, backends: dict[str, Backend], leads: Backend, tmp_path: Path) -> Iterator[Running]:
    """A gateway that answers two requests at once."""
    peers = {name: backend.port for name, backend in backends.items()}
    running = Running(environment(keys_dir, peers, CRM_GATEWAY_THREADS=str(AT_ONCE)), tmp_path / "log")
    yield running
    running.stop()


def test_beyond_its_line_a_worker_refuses_at_once_serves_the_rest_and_stays_alive(
    narrow: Running, leads: Backend
) -> None:
    go = threading.Event()

    async def slow(request: lead_pb2.Lead) -> lead_pb2.Lead:
        while not go.is_set():
            await asyncio.sleep(0.01)
        return lead_pb2.Lead(id=request.id)

    leads.answers[GET] = slow
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept-Language": "zh-CN"}
    most = AT_ONCE * (1 + LINE)
    with httpx.Client(base_url=narrow.url, headers=headers, trust_env=False, timeout=20) as http:
        with ThreadPoolExecutor(most * 4) as crowd:
            asked = [crowd.submit(http.get, "/v1/leads/1") for _ in range(most * 4)]
            refused = next(as_completed(asked, timeout=10)).result()
            assert httpx.get(f"{narrow.url}/health/ready", trust_env=False, timeout=5).status_code == 200
            go.set()
            statuses = [one.result().status_code for one in asked]
        assert set(statuses) == {200, 503}
        assert statuses.count(200) >= AT_ONCE
        assert (refused.json()["reason"], refused.headers["Retry-After"]) == ("OVERLOADED", "1")
        assert "系统当前繁忙" in refused.json()["detail"]
        assert [http.get("/v1/leads/1").status_code for _ in range(10)] == [200] * 10


def test_whoever_is_refused_leaves_the_line_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_gateway.turns.PATIENCE_SECONDS", 0.01)
    turns = Turns(1)
    with turns.taken():
        for _ in range(LINE * 3):
            with pytest.raises(Problem) as refused, turns.taken():
                raise AssertionError("nobody may come to work beside the one at work")
            assert refused.value.status == 503
    assert turns.waiting == 0
    with turns.taken():
        pass
