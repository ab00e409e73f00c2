"""``crm get | list | create | update | delete | do``: the same six verbs for every resource."""

import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
from google.protobuf.descriptor import Descriptor

from crm_client.catalog import Operation
from crm_client.client import Record
from crm_client.errors import Usage
from crm_client.render import Format, columns_of, print_record, print_records
from crm_client.terminal import Terminal, with_terminal
from crm_client.values import check_fields, read_assignments

DEFAULT_LIMIT: Final = 50
_FORMATS: Final = [form.value for form in Format]

output_option = click.option(
    "-o", "--output", type=click.Choice(_FORMATS), default=Format.TABLE.value, help="Form of the answer."
)
etag_option = click.option("--etag", default="", help="Version the change is meant for; the present one when absent.")


@click.command(
    help="Shows one record, or a part of it: crm get campaigns ID results. FIELD=VALUE names what it lies in."
)
@click.argument("resource")
@click.argument("id")
@click.argument("part", default="")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@output_option
@with_terminal
def get(terminal: Terminal, resource: str, id: str, part: str, values: tuple[str, ...], output: str) -> None:
    found = terminal.catalog.resource(resource)
    if not part or "=" in part:
        operation = found.operation("get")
        path = read_assignments(operation.request, (*filter(None, (part,)), *values))
        print_record(terminal, terminal.client.get(resource, id, **path), operation.response, Format(output))
        return
    operation = found.part(part)
    if operation.is_file:
        sys.stdout.buffer.write(terminal.client.download(operation.name, **{operation.variables[-1]: id}))
        return
    print_record(terminal, terminal.client.part(resource, id, part), operation.response, Format(output))


@click.command("list", help="Lists records; FIELD=VALUE gives what a nested list needs, for example lead_id=….")
@click.argument("resource")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--filter", "condition", default="", help='For example: state = POOLED AND score >= 60 AND tags:"vip".')
@click.option("--order-by", default="", help="For example: score desc, create_time.")
@click.option("--search", default="", help="Text to find; two characters or more.")
@click.option("--fields", default="", help="Fields to show, separated by commas.")
@click.option("--all", "everything", is_flag=True, help="All records instead of the first ones.")
@click.option("--limit", type=click.IntRange(min=1), default=DEFAULT_LIMIT, show_default=True, help="Most records.")
@output_option
@with_terminal
def list_(
    terminal: Terminal,
    resource: str,
    values: tuple[str, ...],
    *,
    condition: str,
    order_by: str,
    search: str,
    fields: str,
    everything: bool,
    limit: int,
    output: str,
) -> None:
    operation = terminal.catalog.resource(resource).operation("list")
    assert operation.records is not None
    message = operation.records.message_type
    assert message is not None
    columns = columns_of(message, fields)
    request = read_assignments(operation.request, values)
    given = {"filter": condition, "order_by": order_by, "search": search, "fields": ",".join(columns) if fields else ""}
    request |= _supported(operation, resource, given)
    # One more than asked tells whether there are more.
    found = terminal.client.pages(operation, limit=None if everything else limit + 1, **request)
    records = found if everything else list(islice(found, limit))
    print_records(terminal, records, message, columns, Format(output))
    if not everything and next(found, None) is not None:
        terminal.say("There are more than {limit}; use --limit or --all.", limit=limit)


@click.command(help="Makes a record from FIELD=VALUE pairs or JSON.")
@click.argument("resource")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--json", "json_from", default="", metavar="FILE", help="A JSON object; - for standard input.")
@output_option
@with_terminal
def create(terminal: Terminal, resource: str, values: tuple[str, ...], json_from: str, output: str) -> None:
    operation = terminal.catalog.resource(resource).operation("create")
    message = operation.body_message
    assert message is not None
    record = _record(message, values, json_from)
    print_record(terminal, terminal.client.create(resource, record), operation.response, Format(output))


@click.command(help="Changes the given fields of a record.")
@click.argument("resource")
@click.argument("id")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--json", "json_from", default="", metavar="FILE", help="A JSON object; - for standard input.")
@etag_option
@output_option
@with_terminal
def update(
    terminal: Terminal,
    resource: str,
    id: str,
    values: tuple[str, ...],
    json_from: str,
    etag: str,
    output: str,
) -> None:
    operation = terminal.catalog.resource(resource).operation("update")
    message = operation.body_message
    assert message is not None
    changes = _record(message, values, json_from)
    if not changes:
        raise Usage("Nothing to change: give FIELD=VALUE pairs or --json.")
    print_record(terminal, terminal.client.update(resource, id, changes, etag=etag), message, Format(output))


@click.command(help="Removes a record; it can be restored within the retention period.")
@click.argument("resource")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@etag_option
@with_terminal
def delete(terminal: Terminal, resource: str, id: str, *, yes: bool, etag: str) -> None:
    terminal.catalog.resource(resource).operation("delete")
    if not yes and sys.stdin.isatty():
        click.confirm(terminal.text("Remove {id} from {resource}?", id=id, resource=resource), abort=True, err=True)
    terminal.client.delete(resource, id, etag=etag)
    terminal.say("Removed {id}.", id=id)


@click.command(help="Does what a record can do: crm do leads ID claim. ID - stands for several, given as a field.")
@click.argument("resource")
@click.argument("id")
@click.argument("verb")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@etag_option
@output_option
@with_terminal
def do(
    terminal: Terminal,
    resource: str,
    id: str,
    verb: str,
    values: tuple[str, ...],
    etag: str,
    output: str,
) -> None:
    bulk = id == "-"
    operation = terminal.catalog.resource(resource).action(verb, bulk=bulk)
    request = read_assignments(operation.request, values)
    if not bulk:
        request[operation.variables[-1]] = id
    print_record(terminal, terminal.client.call(operation, request, etag=etag), operation.response, Format(output))


def _supported(operation: Operation, resource: str, given: dict[str, str]) -> dict[str, str]:
    """The options that were given; Usage for one the list does not have. Fields may always be chosen for display."""
    known = operation.request.fields_by_name
    asked = {name: value for name, value in given.items() if value}
    for name in asked:
        if name not in known and name != "fields":
            raise Usage(
                "The list of {resource} has no {option}.", resource=resource, option="--" + name.replace("_", "-")
            )
    return {name: value for name, value in asked.items() if name in known}


def _record(message: Descriptor, values: tuple[str, ...], json_from: str) -> Record:
    """JSON first, then the pairs over it."""
    record: Record = {}
    if json_from:
        record = _json_object(json_from)
        check_fields(message, record)
    return record | read_assignments(message, values)


def _json_object(source: str) -> Record:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
        value: Any = json.loads(text)
    except OSError as fault:
        raise Usage("{file} cannot be read: {fault}.", file=source, fault=fault.strerror) from None
    except ValueError as fault:
        raise Usage("{file} is not JSON: {fault}.", file=source, fault=fault) from None
    if not isinstance(value, dict):
        raise Usage("{file} must hold one JSON object.", file=source)
    return value
