"""``crm audit``: what happened, and the proof that nobody changed what is said about it."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import click

from crm_client.audit_chain import Chain, Fault, Keys
from crm_client.client import Client, Record
from crm_client.commands.records import output_option
from crm_client.errors import Refused, Usage
from crm_client.render import Format, columns_of, print_records
from crm_client.terminal import Terminal, with_terminal

_COLUMNS: Final = "time,action,record_type,record_id,actor,on_behalf_of,address,details"
_PAGE: Final = 1_000
_KEEPER: Final = "identity"
_NOT_INSTALLED: Final = 503

service_option = click.option("--service", default="all", help="Service to ask, for example leads; all when absent.")


@click.group(help="Who did what, and the proof of it.")
def audit() -> None:
    pass


@audit.command("list", help="Lists what happened in a service, newest first.")
@click.argument("service")
@click.option("--filter", "filter_", default="", help='Condition, for example: action = "denied".')
@click.option("--limit", default=50, help="Most entries to show.")
@output_option
@with_terminal
def list_(terminal: Terminal, service: str, filter_: str, limit: int, output: str) -> None:
    operation = terminal.catalog.operation("ListAuditEntries")
    assert operation.records is not None
    message = operation.records.message_type
    assert message is not None
    found = terminal.client.pages(operation, limit=limit, service=service, filter=filter_)
    print_records(terminal, list(found), message, columns_of(message, _COLUMNS), Format(output))


@audit.command(help="Prints the signed heads of the chains, one a line, to be kept where nobody can change them.")
@service_option
@with_terminal
def heads(terminal: Terminal, service: str) -> None:
    for name in _services(terminal, service):
        for head in _heads(terminal.client, name, ""):
            terminal.out.print(json.dumps(head), markup=False)


@audit.command(help="Recomputes the chain of hashes and compares it with every signed head; 1 when it is broken.")
@service_option
@click.option("--keys", type=click.Path(path_type=Path), envvar="CRM_KEYS_DIR", help="Folder with the public keys.")
@click.option("--heads", "kept", type=click.Path(path_type=Path), help="Heads kept elsewhere, by crm audit heads.")
@with_terminal
def verify(terminal: Terminal, service: str, keys: Path | None, kept: Path | None) -> int:
    elsewhere = _read(kept)
    known = Keys(keys) if keys is not None else None
    if known is None:
        terminal.say("Signatures are not checked: name the folder of the public keys with --keys.")
    broken = 0
    for name in _services(terminal, service):
        try:
            entries, fault = _verified(terminal, name, known, [head for head in elsewhere if head["service"] == name])
        except Refused as refused:
            if service == "all" and refused.status == _NOT_INSTALLED:
                terminal.say("{service} is not installed.", service=name)
                continue
            raise
        if fault is None:
            terminal.say("{service}: {entries} entries verified.", service=name, entries=f"{entries:,}")
        else:
            why = terminal.text(fault.text, **fault.facts)
            terminal.say("{service}: BROKEN at position {seq}. {why}", service=name, seq=fault.seq, why=why)
            broken = 1
    return broken


def _verified(
    terminal: Terminal, service: str, keys: Keys | None, elsewhere: Sequence[Record]
) -> tuple[int, Fault | None]:
    client = terminal.client
    kept = {
        service: _heads(client, service, ""),
        _KEEPER: _heads(client, service, _KEEPER) if service != _KEEPER else [],
        "--heads": list(elsewhere),
    }
    if keys is not None:
        for keeper, some in kept.items():
            for head in some:
                if not keys.signed(head):
                    text = "The head kept by {keeper} is not signed by a key of {service}."
                    return 0, Fault(int(head["chain_seq"]), text, {"keeper": keeper, "service": service})
    chain = Chain(service, kept)
    for page in _pages(client, service):
        if not all(chain.add(entry) for entry in page):
            break
    return chain.seq, chain.end()


def _pages(client: Client, service: str) -> Iterator[list[Record]]:
    """Pages of the chain in its order; the next is fetched while one is looked at."""
    asked: Record = {"service": service, "canonical": True, "order_by": "chain_seq", "page_size": _PAGE}
    with ThreadPoolExecutor(1) as fetching:
        coming = fetching.submit(client.call, "ListAuditEntries", asked)
        while True:
            page = coming.result()
            token = page.get("next_page_token")
            if token:
                coming = fetching.submit(client.call, "ListAuditEntries", {**asked, "page_token": token})
            yield page.get("audit_entries", [])
            if not token:
                return


def _heads(client: Client, service: str, kept_by: str) -> list[Record]:
    operation = client.catalog.operation("ListAuditHeads")
    return list(client.pages(operation, service=service, kept_by=kept_by))


def _services(terminal: Terminal, service: str) -> list[str]:
    if service != "all":
        return [service]
    lists = [each for each in terminal.catalog.operations.values() if each.records is not None and not each.variables]
    return sorted({each.service for each in lists})


def _read(path: Path | None) -> list[Any]:
    if path is None:
        return []
    try:
        return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    except (OSError, ValueError) as fault:
        raise Usage("{file} cannot be read: {fault}.", file=path, fault=fault) from fault
