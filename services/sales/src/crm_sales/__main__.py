"""`crm-sales serve | migrate | check`."""

import sys

from crm_kit.cli import main as run
from crm_sales.service import service


def main() -> int:
    """Run one command of the sales service."""
    return run(service)


if __name__ == "__main__":
    sys.exit(main())
