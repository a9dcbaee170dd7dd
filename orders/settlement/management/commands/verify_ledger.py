from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.settlement.checks import CHECKS
from orders.settlement.services.verify import differences


class Command(BaseCommand):
    help = "Compute the books once more; exits 1 and names the rows that differ."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(differences())
        for difference in found:
            self.stderr.write(self.style.ERROR(str(difference)))
        if found:
            raise CommandError(f"{len(found)} of {len(CHECKS)} checks of the ledger fail")
        self.stdout.write(f"The ledger is right: {len(CHECKS)} checks hold")
