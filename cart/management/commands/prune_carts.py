from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cart.services import prune_carts


class Command(BaseCommand):
    help = "Delete guests' carts that have expired. Safe late, twice and beside itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=10_000, help="At most this many carts.")
        parser.add_argument("--dry-run", action="store_true", help="Only count them.")

    def handle(self, *args: Any, limit: int, dry_run: bool, **options: Any) -> None:
        count = prune_carts(limit=limit, dry_run=dry_run)
        self.stdout.write(f"{'expired' if dry_run else 'pruned'}={count}")
