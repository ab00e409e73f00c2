"""``crm doctor``: is everything there, and what to do when it is not."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import click
import httpx

from crm_client.catalog import Operation
from crm_client.errors import ClientError, Refused, Unreachable
from crm_client.terminal import Terminal, with_terminal

_SKEW_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Finding:
    """What one check found: its sentence, whether it is well, and what to do if not."""

    text: str
    facts: dict[str, Any]
    well: bool = True
    advice: str = ""
    exit_code: int = 1


@click.command(help="Checks address, server, clock, sign-in and every service, and says what to do.")
@with_terminal
def doctor(terminal: Terminal) -> None:
    worst = 0
    for finding in _examine(terminal):
        mark, style = ("✓", "green") if finding.well else ("✗", "red")
        terminal.out.print(f"{mark} {terminal.text(finding.text, **finding.facts)}", style=style, markup=False)
        if finding.advice:
            terminal.out.print(f"  → {terminal.text(finding.advice, **finding.facts)}", markup=False)
        worst = worst if finding.well else max(worst, finding.exit_code)
    raise click.exceptions.Exit(worst)


def _examine(terminal: Terminal) -> Iterator[Finding]:
    client = terminal.client
    facts = {"url": client.url}
    try:
        alive = client.send("GET", "/health/live")
    except ClientError:
        yield Finding(
            "{url} does not answer.",
            facts,
            well=False,
            advice="Start the platform, or name its address with --url or CRM_URL.",
            exit_code=3,
        )
        return
    yield Finding("{url} answers.", facts)
    yield from _clock(alive)
    try:
        client.send("GET", "/health/ready")
        yield Finding("The gateway is ready.", {})
    except ClientError:
        yield Finding(
            "The gateway is not ready.",
            {},
            well=False,
            advice="It is starting, stopping or cannot reach identity; look at its log.",
            exit_code=3,
        )
    signed_in = False
    for finding in _sign_in(terminal):
        signed_in = finding.well
        yield finding
    if signed_in:
        yield from _services(terminal)


def _clock(answer: httpx.Response) -> Iterator[Finding]:
    try:
        skew = parsedate_to_datetime(answer.headers.get("date", "")).timestamp() - time.time()
    except ValueError:
        return
    facts = {"seconds": round(abs(skew))}
    if abs(skew) > _SKEW_SECONDS:
        yield Finding(
            "The clocks differ by {seconds} s.",
            facts,
            well=False,
            advice="Synchronise this machine or the server with a time server; tokens last only for a while.",
        )
    else:
        yield Finding("The clocks agree.", facts)


def _sign_in(terminal: Terminal) -> Iterator[Finding]:
    try:
        user = terminal.client.call("GetCurrentUser", {}).get("user", {})
        yield Finding("Signed in as {login}.", {"login": user.get("login", "")})
    except Refused as refused:
        advice = "Sign in with: crm login" if refused.status == httpx.codes.UNAUTHORIZED else "{detail}"
        yield Finding(
            "Not signed in.", {"detail": refused.detail}, well=False, advice=advice, exit_code=refused.exit_code
        )
    except Unreachable as fault:
        yield Finding("Not signed in.", {"detail": str(fault)}, well=False, advice="{detail}", exit_code=3)


def _services(terminal: Terminal) -> Iterator[Finding]:
    for service, operation in sorted(_one_list_each(terminal).items()):
        facts = {"service": service, "detail": ""}
        started = time.monotonic()
        try:
            sized = "page_size" in operation.method.input_type.fields_by_name
            terminal.client.call(operation, {"page_size": 1} if sized else {})
        except Refused as refused:
            facts["detail"] = refused.detail
            if refused.status == httpx.codes.NOT_FOUND:
                yield Finding(
                    "The gateway does not know {service}.",
                    facts,
                    well=False,
                    advice="This client and the gateway are of different versions; bring them together.",
                )
            # Any other refusal comes from the service itself: it is there.
            elif refused.exit_code == 1 and refused.status != httpx.codes.INTERNAL_SERVER_ERROR:
                yield Finding("{service} answers, but refuses the list: {detail}", facts)
            else:
                yield Finding(
                    "{service} does not answer: {detail}",
                    facts,
                    well=False,
                    advice="See whether the process runs and its log says why; other services work on.",
                    exit_code=3,
                )
        except Unreachable as fault:
            yield Finding(
                "{service} does not answer: {detail}", {**facts, "detail": str(fault)}, well=False, exit_code=3
            )
        else:
            milliseconds = round((time.monotonic() - started) * 1000)
            yield Finding("{service} answers in {milliseconds} ms.", {**facts, "milliseconds": milliseconds})


def _one_list_each(terminal: Terminal) -> dict[str, Operation]:
    """For each service, a list that needs nothing in its path."""
    found: dict[str, Operation] = {}
    for operation in terminal.catalog.operations.values():
        if operation.records is not None and not operation.variables:
            found.setdefault(operation.service, operation)
    return found
