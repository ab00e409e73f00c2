"""``crm-customers serve | migrate | check``."""

import sys

from crm_customers.service import service
from crm_kit import cli


def main() -> None:
    sys.exit(cli.main(service))


if __name__ == "__main__":
    main()
