"""``crm operations``: commands over several services that do not end by themselves, and what to do with them."""

import click

from crm_client.commands.records import output_option
from crm_client.render import Format, columns_of, print_record, print_records
from crm_client.terminal import Terminal, with_terminal

_COLUMNS = "id,kind,business_key,state,step,attempts,cancellable,error"


@click.group(help="Operations over several services that are stuck.")
def operations() -> None:
    pass


@operations.command("list", help="Lists stuck operations of a service, oldest first.")
@click.argument("service")
@click.option("--all", "everything", is_flag=True, help="Also those that are at work or wait.")
@output_option
@with_terminal
def list_(terminal: Terminal, service: str, *, everything: bool, output: str) -> None:
    message = terminal.catalog.operation("RetryOperation").response
    found = list(terminal.client.list("operations", service=service, all=everything or None))
    if not found and output == Format.TABLE.value:
        terminal.say("No operation of {service} is stuck.", service=service)
        return
    print_records(terminal, found, message, columns_of(message, _COLUMNS), Format(output))


@operations.command(help="Lets an operation go on where it stands, after the cause is gone.")
@click.argument("service")
@click.argument("id")
@output_option
@with_terminal
def retry(terminal: Terminal, service: str, id: str, output: str) -> None:
    operation = terminal.catalog.operation("RetryOperation")
    answer = terminal.client.call(operation, {"service": service, "id": id})
    print_record(terminal, answer, operation.response, Format(output))


@operations.command(help="Undoes what an operation has made so far.")
@click.argument("service")
@click.argument("id")
@click.option("--reason", required=True, help="Why; kept for audit.")
@output_option
@with_terminal
def cancel(terminal: Terminal, service: str, id: str, reason: str, output: str) -> None:
    operation = terminal.catalog.operation("CancelOperation")
    answer = terminal.client.call(operation, {"service": service, "id": id, "reason": reason})
    print_record(terminal, answer, operation.response, Format(output))
