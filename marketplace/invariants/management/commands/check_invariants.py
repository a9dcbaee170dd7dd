from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.invariants.checks import CHECKS, find_violations


class Command(BaseCommand):
    help = "Check that stock, orders and money add up; exits 1 and names the rows when not."

    def handle(self, *args: Any, **options: Any) -> None:
        violations = find_violations()
        for violation in violations:
            self.stderr.write(self.style.ERROR(str(violation)))
        if violations:
            raise CommandError(f"{len(violations)} of {len(CHECKS)} invariants are broken")
        self.stdout.write(f"{len(CHECKS)} invariants hold")
