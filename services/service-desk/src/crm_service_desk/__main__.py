"""``crm-service-desk serve | migrate | check``."""

import sys

from crm_kit import cli
from crm_service_desk.service import service


def main() -> int:
    """The console script."""
    return cli.main(service)


if __name__ == "__main__":
    sys.exit(main())
