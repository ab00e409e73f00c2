"""The demo enterprise: made by its own people through the public API, with something to say in every report."""

from collections.abc import Callable
from typing import Any

import pytest

from crm_client import Client
from crm_local import demo

from .journey import eventually

PERIODLESS = ("lead_funnel_snapshot", "pipeline_by_stage", "receivables", "campaign_roi")
OVER_TIME = ("lead_funnel_cohort", "lead_sources", "first_response", "pipeline_waterfall", "win_rate", "revenue")
SERVICE = ("sla", "csat", "tickets_by_kind")


@pytest.mark.parametrize("report", [*PERIODLESS, *OVER_TIME, *SERVICE])
def test_every_report_says_something(demo_lines: list[str], administrator: Client, report: str) -> None:
    def rows() -> list[Any]:
        return list(administrator.call("RunReport", {"name": report})["rows"])

    assert any(
        str(value) not in {"", "0", "0.0", "0.00"} for row in eventually(rows, bool) for value in row["values"][1:]
    )


def test_everybody_named_can_sign_in(demo_lines: list[str], sign_in: Callable[[str, str], Client]) -> None:
    for login, password, _ in demo.LOGINS:
        assert sign_in(login, password).call("GetCurrentUser", {})["user"]["login"] == login


def test_a_dealer_sees_only_the_dealers_own_leads(demo_lines: list[str], sign_in: Callable[[str, str], Client]) -> None:
    leads = list(sign_in("liu.yang", demo.LOGINS[0][1]).list("leads"))
    assert leads
    assert {lead["unit_path"] for lead in leads} == {"/hq/east/hangzhou/"}


def test_loading_again_changes_nothing(demo_lines: list[str], administrator: Client, platform: Any) -> None:
    before = sum(1 for _ in administrator.list("opportunities"))
    said: list[str] = []
    demo.load(platform.url, administrator_password=platform.passwords["administrator"], report=said.append)
    assert said == ["the demo data is already there"]
    assert sum(1 for _ in administrator.list("opportunities")) == before
