from typing import Any

from django.core.management.base import BaseCommand

from marketplace.common.idempotency.services import prune_keys
from marketplace.common.limits.services import prune_counters


class Command(BaseCommand):
    help = "Delete expired idempotency keys and the counters of past limit windows."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"keys={prune_keys()} counters={prune_counters()}")
