from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.common.outbox import services


class Command(BaseCommand):
    help = "Hand waiting events to their handlers. Safe late, twice and beside itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=10_000, help="at most this many events")
        parser.add_argument(
            "--prune", action="store_true", help="also delete events done two weeks ago"
        )

    def handle(self, *args: Any, limit: int, prune: bool, **options: Any) -> None:
        done, failed = services.dispatch(limit=limit)
        pruned = services.prune_done() if prune else 0
        self.stdout.write(f"done={done} failed={failed} pruned={pruned}")
