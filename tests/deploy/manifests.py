"""The manifests as a cluster gets them: an overlay rendered by kubectl's own Kustomize, which needs no cluster."""

import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from .house import ROOT, program

OVERLAYS = ("dev", "production")
KINDS_WITH_PODS = ("Deployment", "StatefulSet", "Job")


@cache
def rendered(overlay: str) -> tuple[Any, ...]:
    """Every object of an overlay."""
    folder = ROOT / "deploy" / "k8s" / "overlays" / overlay
    done = subprocess.run([program("kubectl"), "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, *kinds: str) -> dict[str, Any]:
    """The objects of some kinds by name."""
    return {each["metadata"]["name"]: each for each in rendered(overlay) if each["kind"] in kinds}


def workloads(overlay: str) -> dict[str, Any]:
    """Everything that has pods, by name; a name occurs once among them."""
    return of_kind(overlay, *KINDS_WITH_PODS)


def pod(workload: Any) -> Any:
    return workload["spec"]["template"]["spec"]


def labels(workload: Any) -> dict[str, str]:
    return dict(workload["spec"]["template"]["metadata"]["labels"])


def process(workload: Any) -> str:
    """Which of our processes it runs; empty for a server of others."""
    image = pod(workload)["containers"][0]["image"].rpartition(":")[0]
    return image.rpartition("/")[2] if "tributary/" in image else ""


def ours(overlay: str) -> dict[str, Any]:
    return {name: each for name, each in workloads(overlay).items() if process(each)}


def environment(overlay: str, workload: Any) -> dict[str, str]:
    """What the first container is told, by its config map and by itself."""
    container = pod(workload)["containers"][0]
    told: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        told |= of_kind(overlay, "ConfigMap")[source["configMapRef"]["name"]]["data"]
    return told | {each["name"]: each.get("value", "") for each in container.get("env", ())}


def secrets(workload: Any) -> set[str]:
    """The names of the secrets mounted."""
    found = set()
    for volume in pod(workload).get("volumes", ()):
        sources = [*volume.get("projected", {}).get("sources", []), volume]
        found |= {
            source["secret"].get("secretName") or source["secret"]["name"] for source in sources if "secret" in source
        }
    return found


def selects(selector: Any, wanted: dict[str, str]) -> bool:
    """Whether a label selector matches labels."""
    exact = selector.get("matchLabels", {})
    listed = selector.get("matchExpressions", [])
    assert all(each["operator"] == "In" for each in listed)
    return exact.items() <= wanted.items() and all(wanted.get(each["key"]) in each["values"] for each in listed)


def policies_on(overlay: str, wanted: dict[str, str]) -> Iterator[Any]:
    """The network policies that speak of pods with these labels."""
    for policy in of_kind(overlay, "NetworkPolicy").values():
        if selects(policy["spec"]["podSelector"], wanted):
            yield policy["spec"]
