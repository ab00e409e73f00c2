"""``crm leads``: what leads have beyond the six verbs: importing a file, and a list ready to read."""

import time
from pathlib import Path
from typing import Any, Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from crm_client.catalog import is_output_only
from crm_client.client import Record
from crm_client.commands.records import list_
from crm_client.errors import Usage, unknown
from crm_client.terminal import Terminal, with_terminal

_FINISHED: Final = ("DONE", "DRY_RUN_DONE", "CANCELLED", "FAILED")
_SHOWN_ERRORS: Final = 10
_FIRST_LOOK: Final = 0.2
_SLOWEST_LOOK: Final = 2.0


@click.group(help="Leads: imports and lists.")
def leads() -> None:
    pass


@leads.command("list", help="Lists leads; options as in crm list.", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def list_leads(context: click.Context, arguments: tuple[str, ...]) -> None:
    with list_.make_context("list", ["leads", *arguments], parent=context) as inner:
        list_.invoke(inner)


@leads.command("import", help="Imports leads from a CSV file and shows what became of every row.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mappings", multiple=True, metavar="HEADING=FIELD", help="Where a column goes; empty to skip it."
)
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--source", default="", help="Source of rows without one of their own.")
@click.option("--campaign", default="", help="Campaign id of rows without one of their own.")
@click.option("--country", default="", help="Country of phones without a country code; CN when absent.")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="File for the refused rows.")
@click.option("--watch/--no-watch", default=True, help="Wait for the end and show the result.")
@with_terminal
def import_(
    terminal: Terminal,
    file: Path,
    mappings: tuple[str, ...],
    *,
    dry_run: bool,
    source: str,
    campaign: str,
    country: str,
    errors: Path | None,
    watch: bool,
) -> None:
    client = terminal.client
    uploaded = client.upload("UploadLeadFile", file.read_bytes(), filename=file.name)
    terminal.say(
        "{name}: {rows} rows, {encoding}.", name=file.name, rows=uploaded["row_count"], encoding=uploaded["encoding"]
    )
    columns = _mapped(terminal, uploaded["columns"], mappings)
    _show_columns(terminal, columns)
    wanted: Record = {
        "file_id": uploaded["id"],
        "mappings": [{"heading": each["heading"], "field": each["field"]} for each in columns] if mappings else [],
        "dry_run": dry_run,
        "source": source,
        "campaign_id": campaign,
        "country_code": country,
    }
    started = client.create("lead-imports", {name: value for name, value in wanted.items() if value})
    terminal.say("Import {id} started.", id=started["id"])
    if not watch:
        terminal.out.print(started["id"], markup=False)
        return
    finished = _wait(terminal, started)
    _show_result(terminal, finished)
    _show_errors(terminal, finished, errors)
    if finished["state"] in ("FAILED", "CANCELLED") or finished.get("error_count"):
        raise click.exceptions.Exit(1)


def _mapped(terminal: Terminal, columns: list[Record], mappings: tuple[str, ...]) -> list[Record]:
    """The proposals of the server with the person's decisions over them; Usage for an unknown heading or field."""
    lead = terminal.catalog.resource("leads").record
    assert lead is not None
    fields = {each.name for each in lead.fields if not is_output_only(each)}
    by_heading = {str(each["heading"]): dict(each) for each in columns}
    for mapping in mappings:
        heading, equals, field = mapping.rpartition("=")
        if not equals:
            raise Usage("{word} is not HEADING=FIELD.", word=mapping)
        if heading not in by_heading:
            raise unknown("column", heading, by_heading)
        if field and field not in fields and not field.startswith("custom_fields."):
            raise unknown("field", field, fields, within=lead.name)
        by_heading[heading]["field"] = field
    return list(by_heading.values())


def _show_columns(terminal: Terminal, columns: list[Record]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Column", "Field", "Samples"):
        table.add_column(terminal.text(heading), overflow="fold")
    for each in columns:
        table.add_row(each["heading"], each.get("field") or "–", ", ".join(each.get("samples", [])))
    terminal.err.print(table, markup=False)


def _wait(terminal: Terminal, job: Record) -> Record:
    """The import once every row has its verdict; leaving with Ctrl-C does not stop it."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn(), console=terminal.err
    )
    pause = _FIRST_LOOK
    try:
        with bar:
            task = bar.add_task(terminal.text("Rows"), total=job.get("row_count") or None)
            while job["state"] not in _FINISHED:
                time.sleep(pause)
                pause = min(pause * 1.5, _SLOWEST_LOOK)
                job = terminal.client.get("lead-imports", job["id"])
                bar.update(task, completed=job.get("processed_count", 0), total=job.get("row_count") or None)
    except KeyboardInterrupt:
        terminal.say("The import goes on. See it with: crm get lead-imports {id}", id=job["id"])
        terminal.say("Stop it with: crm do lead-imports {id} cancel", id=job["id"])
        raise
    return job


def _show_result(terminal: Terminal, job: Record) -> None:
    counts = {
        "New leads": "created_count",
        "Merged into an older lead": "merged_count",
        "Took over from a stale lead": "overwritten_count",
        "Reopened or held": "reopened_count",
        "Attached to a customer": "attached_count",
        "Repeats that said nothing new": "ignored_count",
        "Refused": "error_count",
    }
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for label, field in counts.items():
        table.add_row(terminal.text(label), str(job.get(field, 0)))
    terminal.out.print(table)
    if job["state"] == "DRY_RUN_DONE":
        terminal.say("Nothing was written: this was a dry run.")
    if job["state"] == "FAILED":
        terminal.say("The import failed: {error}", error=job.get("error", ""))
    if job["state"] == "CANCELLED":
        terminal.say("The import was cancelled; rows already written stay.")


def _show_errors(terminal: Terminal, job: Record, file: Path | None) -> None:
    if not job.get("error_count"):
        return
    request: dict[str, Any] = {"import_id": job["id"], "verdict": "error"}
    for row in terminal.client.list("rows", limit=_SHOWN_ERRORS, **request):
        text = "Line {line}: {field}: {message}" if row.get("field") else "Line {line}: {message}"
        terminal.say(text, line=row["line"], field=row.get("field"), message=row["message"])
    if file is None:
        terminal.say("Get all refused rows as a file with --errors FILE, mend it and import it again.")
        return
    file.write_bytes(terminal.client.download("DownloadLeadImportErrors", id=job["id"]))
    terminal.say("The refused rows are in {file}; mend it and import it again.", file=file)
