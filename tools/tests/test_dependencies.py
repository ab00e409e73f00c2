"""The check of declared dependencies tells what a package would lack when it is installed alone."""

import importlib.util
import sys
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("dependencies", Path(__file__).parents[1] / "dependencies.py")
dependencies = importlib.util.module_from_spec(SPEC)
sys.modules["dependencies"] = dependencies
SPEC.loader.exec_module(dependencies)

KNOWN = {
    "httpx": "httpx",
    "anyio": "anyio",
    "google.api.http_pb2": "googleapis-common-protos",
    "google.protobuf": "protobuf",
}


def project(folder, name, requires, source, extras=None):
    package = name.replace("-", "_")
    (folder / package).mkdir()
    (folder / package / "main.py").write_text(source, "utf-8")
    return dependencies.Project(name, package, folder / package, frozenset(requires), extras or {})


def lacks(folder, source, requires=("httpx",), others=()):
    made = project(folder, "crm-leads", requires, source)
    return [said.split()[4].rstrip(",") for said in dependencies.findings(made, [made, *others], KNOWN)]


@pytest.mark.parametrize(
    "source", ["import httpx", "import json, os.path", "from crm_leads.domain import lead", "from . import x"]
)
def test_what_is_declared_built_in_or_its_own_is_no_finding(tmp_path, source):
    assert lacks(tmp_path, source) == []


def test_a_dependency_of_a_dependency_is_declared_by_nobody(tmp_path):
    assert lacks(tmp_path, "import anyio\nimport anyio.abc") == ["anyio"]


def test_an_import_inside_a_function_counts(tmp_path):
    assert lacks(tmp_path, "def f():\n    from anyio import run\n") == ["anyio"]


def test_the_parts_of_a_shared_namespace_are_told_apart(tmp_path):
    assert lacks(tmp_path, "from google.protobuf import any_pb2", ["protobuf"]) == []
    other = tmp_path / "other"
    other.mkdir()
    assert lacks(other, "from google.api import http_pb2", ["protobuf"]) == ["googleapis-common-protos"]


def test_our_own_package_brings_what_it_declares_and_is_declared_itself(tmp_path):
    kit = project(tmp_path, "crm-kit", ["anyio"], "")
    assert lacks(tmp_path, "import anyio\nimport crm_kit", ["crm-kit"], [kit]) == []
    other = tmp_path / "other"
    other.mkdir()
    assert lacks(other, "import crm_kit", [], [kit]) == ["crm-kit"]


def test_what_is_not_installed_at_all_is_found(tmp_path):
    assert lacks(tmp_path, "import nowhere.to.be.found") == ["nowhere"]
