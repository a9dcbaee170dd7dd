from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import setup_groups


class Command(BaseCommand):
    help = "Make the groups of staff and give each exactly its permissions. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in setup_groups().items():
            self.stdout.write(f"{name}: {count} permissions")
