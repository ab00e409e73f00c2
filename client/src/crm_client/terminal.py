"""One run of ``crm``: who is asked, in which language, and where the words go."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
from rich.console import Console

from crm_client.catalog import Catalog
from crm_client.client import Client
from crm_client.errors import ClientError, Refused
from crm_client.language import translate
from crm_client.sign_in import SignIns

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Terminal:
    """What every command gets."""

    language: str
    url: str = ""
    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))
    _clients: list[Client] = field(default_factory=list)

    @cached_property
    def sign_ins(self) -> SignIns:
        return SignIns.load()

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog.load()

    @cached_property
    def client(self) -> Client:
        """The server of this run, with the caller's token."""
        url, token = self.sign_ins.resolve(self.url, os.environ)
        return self.client_for(url, token)

    def client_for(self, url: str, token: str) -> Client:
        client = Client(url, token, language=self.language, catalog=self.catalog)
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def text(self, text: str, **facts: Any) -> str:
        return translate(self.language, text, facts)

    def say(self, text: str, **facts: Any) -> None:
        """News about what was done; results of commands go to ``out`` alone, so that pipes stay clean."""
        self.err.print(self.text(text, **facts), markup=False)

    def fail(self, error: ClientError) -> None:
        """Says what went wrong and what to do about it."""
        if isinstance(error, Refused):
            self._refusal(error)
        else:
            self.err.print(translate(self.language, error.text, error.facts), style="red", markup=False)

    def _refusal(self, error: Refused) -> None:
        if error.errors:
            self.err.print(self.text("Some fields need attention:"), style="red")
            for each in error.errors:
                self.err.print(f"  {each.field}: {each.message}", markup=False)
        else:
            self.err.print(error.detail, style="red", markup=False)
        if error.reason == "UNAUTHENTICATED":
            self.say("Sign in with: crm login")
        if error.request_id:
            self.err.print(self.text("Request {id}", id=error.request_id), style="dim", markup=False)


def with_terminal(command: Callable[Concatenate[Terminal, P], R]) -> Callable[P, R]:
    """The command's first argument is the terminal of this run."""
    return click.make_pass_decorator(Terminal)(command)
