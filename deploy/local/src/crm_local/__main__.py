"""``crm-local up | status | reset | demo``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from crm_kit.testing.processes import ServerStartError
from crm_local.demo_run import load_demo
from crm_local.lock import AlreadyRunningError
from crm_local.ports import PortTakenError
from crm_local.settings import SettingError, read_settings
from crm_local.status import reset, status

USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="crm-local", description="The whole platform on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start everything; Ctrl-C stops it, the data stays")
    commands.add_parser("status", help="what runs, where, and whether it is ready")
    commands.add_parser("demo", help="load the demo data into the running platform")
    delete = commands.add_parser("reset", help="delete the data folder")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    chosen = parser.parse_args(arguments)
    try:
        return _run(chosen)
    except (SettingError, PortTakenError, AlreadyRunningError, ServerStartError) as refusal:
        print(refusal, file=sys.stderr)
        return USAGE_ERROR


def _run(chosen: argparse.Namespace) -> int:
    settings = read_settings()
    if chosen.command == "up":
        from crm_local.up import up  # noqa: PLC0415 — heavy, and `status` should answer at once

        return asyncio.run(up(settings))
    if chosen.command == "status":
        return asyncio.run(status(settings))
    if chosen.command == "reset":
        return reset(settings, sure=chosen.yes)
    return load_demo(settings)


if __name__ == "__main__":
    sys.exit(main())
