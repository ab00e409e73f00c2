"""``crm-marketing serve | migrate | check``."""

import sys

from crm_kit import cli
from crm_marketing.service import service


def main() -> None:
    sys.exit(cli.main(service))


if __name__ == "__main__":
    main()
