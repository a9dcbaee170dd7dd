from typing import Any

from django.core.management.base import BaseCommand

from catalog.search.tiers import refresh_tiers


class Command(BaseCommand):
    help = "Keep the documents of what sells most where common words are looked for first."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(refresh_tiers()))
