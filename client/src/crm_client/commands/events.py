"""``crm events``: what services told each other."""

import base64
import json
import time
from typing import Final

import click
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from crm_client.client import PAGE_LIMIT, Record
from crm_client.render import local_time
from crm_client.terminal import Terminal, with_terminal

_POLL_SECONDS: Final = 1.0


@click.group(help="Events a service announced.")
def events() -> None:
    pass


@events.command(help="Prints events as a service announces them, until Ctrl-C.")
@click.argument("service")
@click.option("--type", "event_type", default="", help="Only this type, for example crm.leads.v1.LeadClaimed.")
@click.option("--aggregate", default="", help="Only events of this record.")
@click.option("--from-start", is_flag=True, help="Print the history first.")
@click.option("--once", is_flag=True, help="Print the history and stop.")
@click.option("--payload", is_flag=True, help="Print what each event says.")
@with_terminal
def tail(
    terminal: Terminal,
    service: str,
    *,
    event_type: str,
    aggregate: str,
    from_start: bool,
    once: bool,
    payload: bool,
) -> None:
    asked = {"service": service, "event_type": event_type, "aggregate_id": aggregate, "page_size": PAGE_LIMIT}
    token, seen = "", set[str]()
    if not (from_start or once):
        token = str(terminal.client.call("ListEvents", {**asked, "from_end": True})["next_page_token"])
    while True:
        page = terminal.client.call("ListEvents", {**asked, "page_token": token})
        announced: list[Record] = page.get("events", [])
        for event in announced:
            if event["event_id"] not in seen:
                _print_event(terminal, event, payload=payload)
        if page.get("next_page_token"):
            token, seen = page["next_page_token"], set()
            continue
        if once:
            return
        # The last page is asked for again until it is full: whatever is new on it was just announced.
        seen = {event["event_id"] for event in announced}
        time.sleep(_POLL_SECONDS)


def _print_event(terminal: Terminal, event: Record, *, payload: bool) -> None:
    name = str(event["event_type"]).rpartition(".")[2]
    line = (
        f"{local_time(event['occur_time'])}  {name:<28} {event['aggregate_id']} #{event['event_seq']}  {event['actor']}"
    )
    terminal.out.print(line, markup=False)
    if payload:
        terminal.out.print_json(json.dumps(_said(terminal, event), ensure_ascii=False))


def _said(terminal: Terminal, event: Record) -> Record:
    """The event's own message; its bytes as they are when this client's contract is too old to know it."""
    try:
        message = GetMessageClass(terminal.catalog.pool.FindMessageTypeByName(event["event_type"]))()
        message.ParseFromString(base64.b64decode(event.get("payload", "")))
    except (KeyError, DecodeError):
        return {"payload": event.get("payload", "")}
    said: Record = MessageToDict(message, preserving_proto_field_name=True)
    return said
