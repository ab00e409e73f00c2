"""What an image may contain and how it runs, read from the Dockerfile; no engine is needed."""

import re
import tomllib

import pytest

from crm_local.settings import SERVICES

from .house import DOCKER, PROCESSES, ROOT

LINES = [
    re.sub(r"\\\n\s*", " ", line).strip()
    for line in re.split(r"(?<!\\)\n", (DOCKER / "Dockerfile").read_text("utf-8"))
    if line.strip() and not line.startswith("#")
]
STAGES = {line.split()[3]: at for at, line in enumerate(LINES) if line.startswith("FROM ")}


def stage(name: str) -> list[str]:
    """The instructions of one stage."""
    start = STAGES[name]
    later = [at for at in STAGES.values() if at > start]
    return LINES[start : min(later, default=len(LINES))]


def test_the_base_image_is_an_argument_with_a_pinned_default() -> None:
    assert re.fullmatch(r"ARG BASE=[\w./-]+:[\w.-]+", LINES[0])
    assert not LINES[0].endswith(":latest")
    assert [LINES[at].split()[1] for at in STAGES.values()] == ["${BASE}", "${BASE}", "service"]


def test_it_runs_as_a_numbered_user_who_is_not_root() -> None:
    user = [line.split()[1] for line in stage("service") if line.startswith("USER ")]
    assert user == ["65532:65532"]
    assert not any(line.startswith("USER ") for line in stage("provision"))


def test_nothing_is_built_or_fetched_in_what_remains() -> None:
    for name in ("service", "provision"):
        assert not [line for line in stage(name) if line.startswith(("RUN ", "ADD "))]
    assert [line for line in stage("service") if line.startswith("COPY ")] == [
        "COPY --from=build /opt/tributary /opt/tributary"
    ]


def test_the_process_gets_signals_itself() -> None:
    for name in ("service", "provision"):
        entry = [line for line in stage(name) if line.startswith(("ENTRYPOINT", "CMD"))]
        assert len(entry) == 2
        assert all(line.split(maxsplit=1)[1].startswith("[") for line in entry), "a shell would take SIGTERM for itself"


def test_no_secret_is_an_argument() -> None:
    named = [line.split()[1] for line in LINES if line.startswith(("ARG ", "ENV "))]
    assert not [name for name in named if re.search("PASSWORD|SECRET|TOKEN|KEY", name)]


def test_an_image_says_what_it_is_and_where_its_bill_of_materials_is() -> None:
    label = next(line for line in stage("service") if line.startswith("LABEL "))
    for part in ("title", "version", "revision", "io.tributary.sbom"):
        assert part in label


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_is_a_project_whose_script_the_image_can_start(process: str) -> None:
    folder = ROOT / ("gateway" if process == "gateway" else f"services/{process}")
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"crm-{process}" in project["scripts"]


def test_no_service_is_forgotten() -> None:
    assert {path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").exists()} == set(SERVICES)


def test_only_what_is_named_goes_into_a_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    assert "*" in ignored
    assert not [line for line in ignored if line.startswith("!") and ("run" in line or "git" in line)]
