"""``crm trace``: one request through all services, from the span files of a local run."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.tree import Tree

from crm_client.errors import Usage
from crm_client.terminal import Terminal, with_terminal

Span = dict[str, Any]


@click.command(help="Shows the spans of a trace; its id is in every log line and error.")
@click.argument("trace_id")
@click.option(
    "--file",
    "files",
    multiple=True,
    required=True,
    envvar="CRM_TRACE_FILE",
    type=click.Path(exists=True, path_type=Path),
    help="File of spans as processes write it to CRM_TRACE_FILE, or a directory of such files.",
)
@with_terminal
def trace(terminal: Terminal, trace_id: str, files: tuple[Path, ...]) -> None:
    spans = sorted(_spans(trace_id.lower(), files), key=lambda span: int(span["start_unix_nano"]))
    if not spans:
        raise Usage("No span of trace {id} is in {files}.", id=trace_id, files=", ".join(map(str, files)))
    begin = int(spans[0]["start_unix_nano"])
    tree = Tree(f"{trace_id}  {spans[0]['service']}")
    branches: dict[str, Tree] = {}
    for span in spans:
        # A parent whose own span was not written, such as a caller's, leaves its child at the root.
        branch = branches.get(span["parent_span_id"], tree)
        branches[span["span_id"]] = branch.add(_line(span, begin))
    terminal.out.print(tree, markup=False)


def _spans(trace_id: str, files: Iterable[Path]) -> Iterable[Span]:
    for file in files:
        for source in sorted(file.glob("*.jsonl*")) if file.is_dir() else [file]:
            with source.open("rb") as lines:
                for line in lines:
                    # Cheaper than reading every line of a large file as JSON.
                    if trace_id.encode() in line and (span := json.loads(line))["trace_id"] == trace_id:
                        yield span


def _line(span: Span, begin: int) -> str:
    after = (int(span["start_unix_nano"]) - begin) / 1e6
    error = span["attributes"].get("error.type")
    mark = f"  ✗ {error}" if error else ""
    return f"{span['name']}  {span['duration_ms']:.1f} ms  (+{after:.1f} ms, {span['service']}){mark}"
