"""``crm-gateway serve | check``."""

import argparse
import sys

from crm_gateway import contract
from crm_gateway.routes import Router
from crm_gateway.server import serve
from crm_gateway.settings import GatewaySettings
from crm_kit.settings import SettingsError, read


def main(arguments: list[str] | None = None) -> None:
    """Exits with 2 when the settings or the contract are wrong, after naming every fault."""
    parser = argparse.ArgumentParser(prog="crm-gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve the REST API until SIGTERM")
    commands.add_parser("check", help="check the settings and the routes, then exit")
    command = parser.parse_args(arguments).command
    faults = []
    try:
        settings = read(GatewaySettings)
        if not (settings.keys_dir / "gateway.private.pem").is_file():
            faults.append("CRM_KEYS_DIR holds no gateway.private.pem; make the keys first")
    except SettingsError as error:
        faults += error.faults
    try:
        routes = Router(contract.load().bindings).routes
    except ValueError as error:
        faults.append(str(error))
    if faults:
        sys.exit("\n".join(["crm-gateway:", *(f"  - {fault}" for fault in faults)]))
    if command == "check":
        sys.stdout.write(f"crm-gateway: settings and {len(routes)} routes are in order\n")
        return
    serve(settings)


if __name__ == "__main__":
    main()
