"""``crm-<service> serve | migrate | check | audit | replay``: the same commands for every service."""

import argparse
import asyncio
import sys

import uvloop

from crm_kit import audit_command, replay_command, row_security
from crm_kit.database import async_url
from crm_kit.revisions import outdated
from crm_kit.row_security import scoped_tables
from crm_kit.service import Service, serve
from crm_kit.settings import MigrationSettings, ProcessSettings, SettingsError, read


def main(service: Service, arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    parser = argparse.ArgumentParser(prog=f"crm-{service.name}", description=f"The {service.name} service.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve RPCs and do the background work until SIGTERM")
    migrate = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrate.add_argument("--draft", metavar="MESSAGE", help="write a revision with what the classes have and it lacks")
    migrate.add_argument("--kit", action="store_true", help="draft for the kit's own tables")
    commands.add_parser("check", help="compare the mapped classes with a migrated database")
    audit_command.add_to(commands)
    replay_command.add_to(commands)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "serve":
            uvloop.run(serve(service, read(ProcessSettings)))
            return 0
        if chosen.command in {"audit", "replay"}:
            auditing = chosen.command == "audit"
            whole, said = (
                audit_command.run(service.name, chosen.heads) if auditing else replay_command.run(service, chosen.file)
            )
            print(said, file=sys.stdout if whole else sys.stderr)
            return 0 if whole else 1
        settings = read(MigrationSettings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    from crm_kit import migrations  # noqa: PLC0415 - to serve, nobody needs Alembic

    if chosen.command == "migrate":
        migrations.upgrade(settings.migration_url, service.package)
        if chosen.draft:
            migrations.draft(settings.migration_url, service.package, chosen.draft, kit=chosen.kit)
        return 0
    return _check(service, settings)


def _check(service: Service, settings: MigrationSettings) -> int:
    from crm_kit import migrations  # noqa: PLC0415

    late = asyncio.run(outdated(settings.database_url, service.package))
    found = [f"missing revision {revision}" for revision in late]
    found += [str(difference) for difference in migrations.differences(settings.migration_url, service.metadata)]
    wall = asyncio.run(row_security.examine(async_url(settings.database_url), scoped_tables(service.metadata)))
    if settings.row_security == "on":
        found += wall.faults
    for line in wall.warnings:
        print(f"warning: {line}", file=sys.stderr)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0
