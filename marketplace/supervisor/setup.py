"""Bring the database up to date, in one process: Django's own start takes longer."""

import sys

import django
from django.conf import settings
from django.core.management import call_command, get_commands

from marketplace.environment import prepare


def main() -> None:
    prepare()
    django.setup()
    call_command("migrate", interactive=False, verbosity=1 if "--verbose" in sys.argv else 0)
    available = get_commands()
    if "setup_groups" in available:
        call_command("setup_groups")
    if "rebuild_search" in available:
        # Products from before there was search.
        call_command("rebuild_search", "--if-empty")
    if settings.DEMO and "seed_demo" in available:
        call_command("seed_demo")


if __name__ == "__main__":
    main()
