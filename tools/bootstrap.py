"""Makes ``.venv`` hold exactly requirements.lock plus our own packages; needs nothing but Python and its pip.

``bootstrap.py sync`` installs, ``bootstrap.py lock`` resolves requirements.lock anew from every pyproject.toml.
uv does the work because it is ten times faster; it is told what pip's own configuration says about indexes,
certificates and proxies, so that a machine where pip works needs no further setting.
"""

import ast
import os
import subprocess
import sys
import time
import tomllib
from importlib import util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LOCK = ROOT / "requirements.lock"
UV_LOCK = ROOT / "tools" / "uv.lock.txt"
OLDEST = (3, 11)
# pip's option → the variable uv reads, and what separates several values there.
PIP_TO_UV = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "no-index": ("UV_NO_INDEX", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "proxy": ("ALL_PROXY", " "),
    "cert": ("SSL_CERT_FILE", " "),
}


def members() -> list[Path]:
    """The folders of our own packages, the contract first because the others are built against it."""
    folders = [ROOT / name for name in ("protos", "kit", "gateway", "client", "deploy/local")]
    return [*folders, *sorted(path.parent for path in (ROOT / "services").glob("*/pyproject.toml"))]


def run(*command: str | Path, env: dict[str, str] | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False)
    if done.returncode:
        raise SystemExit(f"\nfailed: {' '.join(str(part) for part in command[:4])} … (status {done.returncode})")


def output(program: Path, *arguments: str) -> str:
    """What a command prints; nothing when it is missing or fails."""
    if not program.exists():
        return ""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout.strip()


def make_venv() -> None:
    """Create ``.venv``, or make it anew when its Python is gone or too old."""
    if output(BIN / "python", "-c", f"import pip, sys; print(sys.version_info >= {OLDEST})") == "True":
        return
    if util.find_spec("ensurepip") is None or util.find_spec("venv") is None:
        raise SystemExit(
            f"{sys.executable} cannot make virtual environments: its venv module is missing.\n"
            "On Debian and Ubuntu: apt-get install python3-venv. Or name another Python: make PYTHON=python3.12"
        )
    run(sys.executable, "-m", "venv", "--clear", VENV)


def uv_environment() -> dict[str, str]:
    """Our environment plus what pip's configuration says; variables of uv itself that are set already win."""
    listed = output(BIN / "python", "-m", "pip", "config", "list")
    options: dict[str, list[str]] = {}
    rank = {"global": 0, "install": 1, ":env:": 2}
    for line in sorted(listed.splitlines(), key=lambda line: rank.get(line.partition(".")[0], 0)):
        name, _, value = line.partition("=")
        options[name.partition(".")[2].replace("_", "-")] = str(ast.literal_eval(value)).split()
    env = dict(os.environ)
    for option, (variable, separator) in PIP_TO_UV.items():
        if options.get(option):
            env.setdefault(variable, separator.join(options[option]))
    # As pip does: the best version of all indexes. Safe, because every file is checked against its hash.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    env["VIRTUAL_ENV"] = str(VENV)
    return env


def install_uv() -> None:
    wanted = UV_LOCK.read_text().split()[0].partition("==")[2]
    if wanted not in output(BIN / "uv", "--version").split():
        run(BIN / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", UV_LOCK)


def sync() -> None:
    started = time.monotonic()
    print("installing what Tributary needs into .venv (once, and again when a dependency changes) …", flush=True)
    make_venv()
    install_uv()
    env = uv_environment()
    run(BIN / "uv", "pip", "sync", "--quiet", "--require-hashes", LOCK, env=env)
    editables = [part for folder in members() for part in ("-e", folder)]
    run(BIN / "uv", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", *editables, env=env)
    print(f"✓ environment ready in {time.monotonic() - started:.0f} s", flush=True)


def lock() -> None:
    """Resolve for every platform and Python ≥ 3.11, hashes in, names of index hosts out."""
    env = uv_environment()
    common = (
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-header",
        "--no-emit-index-url",
        "--no-annotate",
        "--quiet",
    )
    projects = [folder / "pyproject.toml" for folder in members()]
    own = [part for path in projects for part in ("--no-emit-package", _name(path))]
    groups = ("--all-extras", "--group", "dev", "--group", "build")
    run(
        BIN / "uv",
        "pip",
        "compile",
        *common,
        *groups,
        *sys.argv[2:],
        "pyproject.toml",
        *projects,
        *own,
        "-o",
        LOCK,
        env=env,
    )
    print(f"✓ {LOCK.name} resolved; `make install` brings .venv up to it")


def _name(project: Path) -> str:
    return str(tomllib.loads(project.read_text())["project"]["name"])


if __name__ == "__main__":
    {"sync": sync, "lock": lock}[sys.argv[1]]()
