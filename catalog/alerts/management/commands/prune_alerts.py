from typing import Any

from django.core.management.base import BaseCommand

from catalog.alerts.services import prune_told


class Command(BaseCommand):
    help = "Delete alerts that were told months ago. Safe late, twice and beside itself."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"pruned={prune_told()}")
