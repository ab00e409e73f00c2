"""``crm api``: the operations of the contract, to search and to read."""

import click
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from rich.table import Table

from crm_client.catalog import Operation, is_output_only, is_required
from crm_client.errors import Usage
from crm_client.terminal import Terminal, with_terminal

_TYPES = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BOOL: "true/false",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_DOUBLE: "number",
    FieldDescriptor.TYPE_FLOAT: "number",
}


@click.command(help="Lists operations; NAME shows one of them, any other word searches.")
@click.argument("name", default="")
@with_terminal
def api(terminal: Terminal, name: str) -> None:
    operations = terminal.catalog.operations
    if name in operations:
        _show(terminal, operations[name])
        return
    found = [each for each in operations.values() if _mentions(each, name.lower())]
    if not found:
        raise Usage("No operation mentions {word}.", word=name)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Operation", "Route", "What it does"):
        table.add_column(terminal.text(heading), overflow="fold")
    for each in found:
        table.add_row(each.name, f"{each.verb} {each.template}", each.comment.partition(". ")[0])
    terminal.out.print(table, markup=False)


def _mentions(operation: Operation, word: str) -> bool:
    return word in f"{operation.full_name} {operation.template} {operation.comment}".lower()


def _show(terminal: Terminal, operation: Operation) -> None:
    terminal.out.print(f"{operation.verb} {operation.template}", style="bold", markup=False)
    terminal.out.print(operation.comment, markup=False)
    terminal.out.print(
        terminal.text("Permission: {permission}", permission=operation.permission or "–"), style="dim", markup=False
    )
    message = operation.body_message if operation.body not in ("", "*") else operation.request
    for described in (operation.request if message is None else message, operation.response):
        terminal.out.print()
        terminal.out.print(_fields(terminal, described, given=described is not operation.response), markup=False)


def _fields(terminal: Terminal, message: Descriptor, *, given: bool) -> Table:
    """The fields of a message with type and comment; of what is given, only those a caller may set."""
    table = Table(title=message.name, title_justify="left", box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for field in message.fields:
        if given and is_output_only(field):
            continue
        kind = _type(field) + (terminal.text(", required") if given and is_required(field) else "")
        table.add_row(field.name, kind, terminal.catalog.comment(f"{message.full_name}.{field.name}"))
    return table


def _type(field: FieldDescriptor) -> str:
    if field.enum_type is not None:
        kind = field.enum_type.name
    elif field.message_type is not None:
        kind = field.message_type.name
    else:
        kind = _TYPES.get(field.type, "number")
    return f"{kind}…" if field.is_repeated else kind
