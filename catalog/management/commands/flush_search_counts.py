from typing import Any

from django.core.management.base import BaseCommand

from catalog.search.analytics import flush_counts


class Command(BaseCommand):
    help = "Move what was counted of searches, clicks and views from Redis to the database."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(flush_counts()))
