"""``crm login``, ``crm logout``, ``crm whoami``."""

import ipaddress
import os
import sys
from typing import Final
from urllib.parse import urlsplit

import click

from crm_client.errors import Refused, Usage
from crm_client.render import Format, local_time, print_record
from crm_client.sign_in import SignIn
from crm_client.terminal import Terminal, with_terminal

_FROM_INPUT: Final = "-"


@click.command(help="Signs in and keeps the token for further commands.")
@click.option("--url", "url", default="", metavar="URL", help="Address of the server.")
@click.option("--login", "login_name", default="", help="Name to sign in with; asked for when absent.")
@click.option(
    "--password", default="", help="The password, or - to read it from standard input; asked for when absent."
)
@click.option(
    "--key", default="", help="An API key instead of login and password, or - to read it from standard input."
)
@with_terminal
def login(terminal: Terminal, url: str, login_name: str, password: str, key: str) -> None:
    server, _ = terminal.sign_ins.resolve(url or terminal.url, os.environ)
    if not server.startswith(("http://", "https://")):
        raise Usage("{url} is no address; it begins with https:// or http://.", url=server)
    if _in_clear(server):
        terminal.say("Warning: {url} is not encrypted; others can read your password on the way.", url=server)
    if key:
        _login_with_key(terminal, server, sys.stdin.readline().strip() if key == _FROM_INPUT else key)
        return
    name = login_name or click.prompt(terminal.text("Login"), err=True)
    if password == _FROM_INPUT:
        password = sys.stdin.readline().rstrip("\r\n")
    password = password or click.prompt(terminal.text("Password"), hide_input=True, err=True)
    session = terminal.client_for(server, "").call("CreateSession", {"login": name, "password": password})
    expire_time = str(session.get("expire_time", ""))
    terminal.sign_ins.keep(server, SignIn(str(session["token"]), name, expire_time))
    terminal.say("Signed in to {url} as {login}.", url=server, login=name)
    if expire_time:
        terminal.say("The sign-in lasts until {time}.", time=local_time(expire_time))


def _login_with_key(terminal: Terminal, server: str, key: str) -> None:
    """Kept only when the server knows the key."""
    current = terminal.client_for(server, key).call("GetCurrentUser", {})
    user = current.get("user", {})
    name = str(user.get("login") or user.get("display_name") or "")
    terminal.sign_ins.keep(server, SignIn(key, name, ""))
    terminal.say("Signed in to {url} as {login}.", url=server, login=name)


@click.command(help="Signs out here and on the server.")
@with_terminal
def logout(terminal: Terminal) -> None:
    url = terminal.client.url
    try:
        terminal.client.call("DeleteSession", {"id": "current"})
    except Refused as refused:
        # A token that the server no longer knows is as good as gone.
        if refused.reason != "UNAUTHENTICATED":
            raise
    terminal.sign_ins.forget(url)
    terminal.say("Signed out of {url}.", url=url)


@click.command(help="Shows who you are and what you may do.")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", help="Form of the answer.")
@with_terminal
def whoami(terminal: Terminal, output: str) -> None:
    operation = terminal.catalog.operation("GetCurrentUser")
    current = terminal.client.call(operation, {})
    if output == "json":
        print_record(terminal, current, operation.response, Format.JSON)
        return
    user = operation.response.fields_by_name["user"].message_type
    assert user is not None
    print_record(terminal, current.get("user", {}), user, Format.TABLE)
    for grant in current.get("grants", []):
        terminal.out.print(f"  {grant['permission']}  {grant['scope']}", markup=False)


def _in_clear(url: str) -> bool:
    """Whether a password would travel unencrypted over a network."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "http" and not local
