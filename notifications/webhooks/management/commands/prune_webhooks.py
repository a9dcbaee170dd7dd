from typing import Any

from django.core.management.base import BaseCommand

from notifications.webhooks.services.pruning import prune_log


class Command(BaseCommand):
    help = "Delete what was sent to webhooks long ago. Safe late, twice and beside itself."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"pruned={prune_log()}")
