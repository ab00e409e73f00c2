"""What a person reads when everything runs: where it is, who may log in, what to try."""

import json
import os
import shutil
import sys
from pathlib import Path

from crm_local.console import BOLD, DIM, GREEN, Console
from crm_local.settings import Settings
from crm_local.storage import Storage

ADMINISTRATOR = "admin"


def welcome(console: Console, settings: Settings, storage: Storage, password: str, seconds: float) -> None:
    """Print the address, the logins (the administrator's and those of the demo data) and three next steps."""
    url, line = settings.url, console.line
    line()
    line(f"{console.paint('Tributary runs', GREEN)} (started in {seconds:.0f} s; Ctrl-C stops it, the data stays)")
    line()
    with_console = settings.environment.get("CRM_CONSOLE", "off") != "off"
    if with_console:
        line(f"  web console   {console.paint(url, BOLD)}")
    line(f"  API           {console.paint(f'{url}/v1', BOLD)}")
    line(f"  API reference {console.paint(f'{url}/docs', BOLD)}")
    line(f"  logs          {storage.logs}")
    line()
    logins = [(ADMINISTRATOR, password, "may do everything"), *_demo_logins(storage)]
    widths = [max(len(row[column]) for row in logins) for column in (0, 1)]
    line("  Log in as")
    for name, secret, role in logins:
        line(f"    {name:<{widths[0]}}  {secret:<{widths[1]}}  {console.paint(role, DIM)}")
    line()
    crm = _shortest(Path(sys.executable).with_name("crm"))
    line("  Try next")
    line(f"    {crm} login --url {url} --login {logins[-1][0]}")
    line(f"    {crm} leads import examples/leads-messy.csv")
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    line(f"    {opener} {url if with_console else f'{url}/docs'}")
    line()


def _demo_logins(storage: Storage) -> list[tuple[str, str, str]]:
    if not storage.demo_logins.exists():
        return []
    return [(name, password, role) for name, password, role in json.loads(storage.demo_logins.read_text())]


def _shortest(program: Path) -> str:
    """How to call a program from here."""
    return (
        program.name
        if shutil.which(program.name) == str(program)
        else min(os.path.relpath(program), str(program), key=len)
    )
