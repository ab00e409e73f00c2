"""The check of tracked files finds what is true on one machine only, and nothing else."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("texts", Path(__file__).parents[1] / "texts.py")
texts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(texts)


@pytest.mark.parametrize(
    "line",
    [
        "cd /home/anna/tributary",
        'DATA = "/Users/anna/data"',
        "pip install --index-url http://mirror.example/simple",
        "see https://packages.nexus.example/simple/",
    ],
)
def test_a_line_true_on_one_machine_is_found(line):
    assert list(texts.findings(line))


@pytest.mark.parametrize(
    "line",
    [
        "/usr/bin/env bash",
        "GET /v1/users/{id}",
        "src/home/page.html",
        "https://work.example/home/page",
        "import httpcore",
        "open http://127.0.0.1:8080/docs",
    ],
)
def test_a_line_true_everywhere_is_left_alone(line):
    assert not list(texts.findings(line))
