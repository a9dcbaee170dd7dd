from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import prune_sign_ins


class Command(BaseCommand):
    help = "Delete sign-ins and one-time codes that ended a month ago. Safe late and twice."

    def handle(self, *args: Any, **options: Any) -> None:
        sessions, codes = prune_sign_ins()
        self.stdout.write(f"sign_ins={sessions} codes={codes}")
