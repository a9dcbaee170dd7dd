from typing import Any

from django.core.management.base import BaseCommand

from orders.standing.jobs import rollup_standing


class Command(BaseCommand):
    help = "Count how shops kept their word in the last 30 days, for the console's list."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(rollup_standing()))
