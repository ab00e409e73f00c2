"""``make check``: every rule of the house that a machine can judge, two at a time, each saying what it is for.

``check.py NAME …`` runs some of them.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SOURCES = [
    "kit/src",
    *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("services/*/src")),
    "gateway/src",
    "client/src",
    "deploy/local/src",
    "deploy/docker/provision.py",
    "deploy/docker/sbom.py",
]
IMAGE = "protos/gen/crm/descriptors.binpb"


@dataclass(frozen=True)
class Check:
    name: str
    purpose: str
    remedy: str
    commands: tuple[tuple[str, ...], ...]


CHECKS = (
    Check("types", "mypy --strict", "", (("mypy", *SOURCES),)),
    Check(
        "migrations",
        "every schema is what its classes say",
        "crm-<service> migrate --draft '…'",
        (("python", "tools/schemas.py"),),
    ),
    Check(
        "releases",
        "the release before can use every schema",
        "docs/releases.md says how something is taken away",
        (("python", "tools/releases.py", "check"),),
    ),
    Check(
        "imports", "layers and independence", "docs/architecture.md has the layers", (("lint-imports", "--no-logo"),)
    ),
    Check(
        "lint",
        "ruff's rules",
        "make format fixes some",
        (("ruff", "check", "--quiet", "--output-format", "concise", "."),),
    ),
    Check(
        "format",
        "ruff's formatting",
        "make format",
        (("ruff", "format", "--check", "--quiet", "--output-format", "concise", "."),),
    ),
    Check(
        "protos",
        "buf's rules and formatting",
        "make format",
        (
            ("buf", "lint", IMAGE, "--config", "protos/buf.yaml"),
            ("buf", "format", "protos", "--path", "protos/crm", "--exit-code", "--diff"),
        ),
    ),
    Check(
        "contract",
        "nothing that others rely on breaks",
        "see CONTRIBUTING.md, The contract",
        (("python", "tools/contract.py", "check"),),
    ),
    Check(
        "console",
        "types, lint and unit tests of the web console",
        "gateway/console/README.md says how to run each",
        (("python", "gateway/console_build.py", "check"),),
    ),
    Check(
        "rules",
        "house rules and their tests",
        "each finding says why",
        (
            ("ast-grep", "test", "--skip-snapshot-tests"),
            ("ast-grep", "scan"),
        ),
    ),
    Check(
        "alone",
        "each package declares what it imports",
        "add it to the package's own pyproject.toml, then make lock",
        (("python", "tools/dependencies.py"),),
    ),
    Check("texts", "no machine's path or host in tracked files", "", (("python", "tools/texts.py"),)),
)


def run(check: Check) -> tuple[Check, bool, float, str]:
    started, said = time.monotonic(), ""
    for program, *arguments in check.commands:
        done = subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        said += done.stdout + done.stderr
        if done.returncode:
            return check, False, time.monotonic() - started, said
    return check, True, time.monotonic() - started, said


def main(names: list[str]) -> int:
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        print(f"no such check: {', '.join(sorted(unknown))}; there are: {', '.join(check.name for check in CHECKS)}")
        return 2
    chosen = [check for check in CHECKS if not names or check.name in names]
    started, failed = time.monotonic(), 0
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 2)) as pool:
        for check, passed, seconds, said in pool.map(run, chosen):
            print(f"{'✓' if passed else '✗'} {check.name:<11} {check.purpose:<46} {seconds:5.1f} s", flush=True)
            if not passed:
                failed += 1
                print("".join(f"    {line}\n" for line in said.strip().splitlines()), end="")
                if check.remedy:
                    print(f"    → {check.remedy}")
    print(f"{len(chosen) - failed} of {len(chosen)} checks passed in {time.monotonic() - started:.0f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
