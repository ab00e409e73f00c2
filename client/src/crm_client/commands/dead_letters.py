"""``crm dead-letters``: events a service could not apply, and what to do with them."""

import click

from crm_client.client import Record
from crm_client.commands.records import output_option
from crm_client.errors import Usage, unknown
from crm_client.render import Format, columns_of, print_record, print_records
from crm_client.terminal import Terminal, with_terminal

_COLUMNS = "event_id,consumer,event_type,aggregate_id,event_seq,state,attempts,error"


@click.group("dead-letters", help="Events a service could not apply.")
def dead_letters() -> None:
    pass


@dead_letters.command("list", help="Lists dead and parked events of a service, oldest first.")
@click.argument("service")
@output_option
@with_terminal
def list_(terminal: Terminal, service: str, output: str) -> None:
    message = terminal.catalog.operation("RetryDeadLetter").response
    found = list(terminal.client.list("dead-letters", service=service))
    if not found and output == Format.TABLE.value:
        terminal.say("{service} has no dead letters.", service=service)
        return
    print_records(terminal, found, message, columns_of(message, _COLUMNS), Format(output))


@dead_letters.command(help="Applies a dead event again, then those parked behind it.")
@click.argument("service")
@click.argument("event_id")
@click.option("--consumer", default="", help="Consumer that failed; needed when several did.")
@output_option
@with_terminal
def retry(terminal: Terminal, service: str, event_id: str, consumer: str, output: str) -> None:
    operation = terminal.catalog.operation("RetryDeadLetter")
    consumer = consumer or _consumer(terminal, service, event_id)
    answer = terminal.client.call(operation, {"service": service, "event_id": event_id, "consumer": consumer})
    print_record(terminal, answer, operation.response, Format(output))


@dead_letters.command(help="Gives a dead event up for good and applies those parked behind it.")
@click.argument("service")
@click.argument("event_id")
@click.option("--reason", required=True, help="Why it may be lost; kept for audit.")
@click.option("--consumer", default="", help="Consumer that failed; needed when several did.")
@output_option
@with_terminal
def discard(terminal: Terminal, service: str, event_id: str, reason: str, consumer: str, output: str) -> None:
    operation = terminal.catalog.operation("DiscardDeadLetter")
    consumer = consumer or _consumer(terminal, service, event_id)
    request: Record = {"service": service, "event_id": event_id, "consumer": consumer, "reason": reason}
    print_record(terminal, terminal.client.call(operation, request), operation.response, Format(output))


def _consumer(terminal: Terminal, service: str, event_id: str) -> str:
    """The one consumer of the service that holds the event; Usage when none or several do."""
    letters = list(terminal.client.list("dead-letters", service=service))
    holders = sorted({str(each["consumer"]) for each in letters if each["event_id"] == event_id})
    if not holders:
        raise unknown("dead letter", event_id, [str(each["event_id"]) for each in letters], within=service)
    if len(holders) > 1:
        raise Usage(
            "Several consumers hold {id}: {consumers}. Say which with --consumer.",
            id=event_id,
            consumers=", ".join(holders),
        )
    return holders[0]
