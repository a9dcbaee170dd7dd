#!/usr/bin/env python
"""Django's command line, on the embedded servers unless the environment names others."""

import sys

from django.core.management import execute_from_command_line

from marketplace.embedded import EmbeddedServerError
from marketplace.environment import prepare


def main() -> None:
    try:
        prepare()
    except EmbeddedServerError as error:
        sys.exit(f"manage.py: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
