"""Alerts and dashboards ask for metrics that exist, by labels they have, and every alert says what to do."""

import json
import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from crm_kit.telemetry import metrics
from crm_local.settings import SERVICES

from .house import ROOT, program, read

HERE = ROOT / "deploy" / "k8s" / "components" / "monitoring"
[RULE] = read(HERE / "rules.yaml")
GROUPS = RULE["spec"]["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
BOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((HERE / "dashboards").glob("*.json"))}
ASKED = [rule["expr"] for rule in RULES] + [
    target["expr"] for board in BOARDS.values() for panel in board["panels"] for target in panel["targets"]
]
TARGET_LABELS = {"service", "pod", "le"}
METRIC = re.compile(r"(?<![\w:$])((?:crm|http|rpc|db|messaging)_[a-z_]+?)(?=\{|\[|\)| offset)(?:\{([^}]*)\})?")


def exposed() -> dict[str, set[str]]:
    """Names in Prometheus of all instruments of the house, each with its labels."""
    for service in SERVICES:
        import_module(f"crm_{service.replace('-', '_')}.service")
    found = {}
    for instrument in metrics.INSTRUMENTS:
        name = re.sub(r"[^a-zA-Z0-9_]", "_", instrument.name)
        if instrument.unit == "s":
            name += "_seconds"
        labels = {re.sub(r"[^a-zA-Z0-9_]", "_", label) for label in instrument.attributes}
        if isinstance(instrument, metrics.Histogram):
            found |= {f"{name}_{part}": labels for part in ("bucket", "count", "sum")}
        else:
            found[f"{name}_total" if isinstance(instrument, metrics.Counter) else name] = labels
    return found


def asked(expression: str) -> list[tuple[str, set[str]]]:
    """The metrics of an expression, each with the labels it is filtered by."""
    without = re.sub(r"\b(?:by|on) \([^)]*\)", "", expression)
    return [(name, set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", filtered))) for name, filtered in METRIC.findall(without)]


@pytest.mark.parametrize("expression", ASKED)
def test_what_is_asked_for_is_measured(expression: str) -> None:
    known = exposed()
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    found = asked(expression)
    assert found or set(re.findall(r"tributary:\w+:\w+", expression)) <= recorded
    assert found or "tributary:" in expression
    for name, labels in found:
        assert name in known, name
        assert labels <= known[name] | TARGET_LABELS, name
    grouped = {label.strip() for part in re.findall(r"by \(([^)]*)\)", expression) for label in part.split(",")}
    for name, _ in found:
        assert grouped <= known[name] | TARGET_LABELS, name


def test_a_bound_that_is_asked_for_is_a_bound_of_the_histograms() -> None:
    bounds = {bound for expression in ASKED for bound in re.findall(r'le="([^"]+)"', expression)}
    assert bounds
    assert bounds <= {str(bound) for bound in metrics.BUCKETS}


def test_an_objective_burns_by_the_usual_windows() -> None:
    for name, budget in (("GatewayErrors", 0.0005), ("GatewaySlow", 0.01), ("EventsLate", 0.001)):
        page, ticket = (next(rule for rule in ALERTS if rule["alert"] == each) for each in (name, f"{name}Slowly"))
        for factor, windows in ((14.4, ("1h", "5m")), (6, ("6h", "30m"))):
            for window in windows:
                assert re.search(rf"ratio_{window} > {factor:g} \* {budget:g}\b", page["expr"])
        for window in ("1d", "2h"):
            assert re.search(rf"ratio_{window} > 3 \* {budget:g}\b", ticket["expr"])
        assert (page["labels"]["severity"], ticket["labels"]["severity"]) == ("page", "ticket")


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    assert rule["annotations"]["runbook"] in headings
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_page_of_the_runbook_has_its_alert() -> None:
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    chapter = page.split("\n## Alerts\n", 1)[1].split("\n## ", 1)[0]
    written = {heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.+)$", chapter, re.MULTILINE)}
    assert written == {rule["annotations"]["runbook"] for rule in ALERTS}


def test_a_pool_counts_as_used_up_at_the_size_pods_are_given() -> None:
    told = (ROOT / "deploy/k8s/base/service/settings.env").read_text("utf-8")
    size = re.search(r"CRM_POOL_SIZE=(\d+)", told)
    [rule] = [rule for rule in ALERTS if rule["alert"] == "PoolUsedUp"]
    assert size is not None
    assert f">= {size[1]}" in rule["expr"]


def test_prometheus_itself_finds_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump(RULE["spec"]))
    checked = subprocess.run([program("promtool"), "check", "rules", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_a_burst_of_errors_pages_and_a_quiet_hour_does_not(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(RULE["spec"]))
    total = 'http_server_request_duration_seconds_count{http_response_status_code="200",service="gateway"}'
    failed = 'http_server_request_duration_seconds_count{http_response_status_code="503",service="gateway"}'
    said = {"summary": "Requests fail with errors of ours.", "runbook": "gateway-errors"}
    page = {"exp_labels": {"severity": "page"}, "exp_annotations": said}
    story = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": total, "values": "0+600x180"},
                    {"series": failed, "values": "0x120 0+60x60"},
                ],
                "alert_rule_test": [
                    {"eval_time": "110m", "alertname": "GatewayErrors", "exp_alerts": []},
                    {"eval_time": "140m", "alertname": "GatewayErrors", "exp_alerts": [page]},
                ],
            }
        ],
    }
    file = tmp_path / "story.yml"
    file.write_text(yaml.safe_dump(story))
    checked = subprocess.run([program("promtool"), "test", "rules", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_dashboard_is_found_and_every_panel_says_what_it_shows() -> None:
    [kustomization] = read(HERE / "kustomization.yaml")
    assert kustomization["configMapGenerator"][0]["files"] == sorted(
        (f"dashboards/{name}.json" for name in BOARDS), reverse=True
    )
    for board in BOARDS.values():
        assert all(panel["title"] and panel["targets"] for panel in board["panels"])
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
