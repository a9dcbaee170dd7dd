from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orders.settlement.constants import DIFFERENCES
from orders.settlement.errors import UnusableFile
from orders.settlement.services.remittances import import_remittance
from shops.shipping.constants import Carrier


class Command(BaseCommand):
    help = "Take in a carrier's file (CSV or XLSX) of the cash it hands over; safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="columns: reference, amount, fee")
        parser.add_argument("--carrier", required=True, choices=Carrier.values)

    def handle(self, *args: Any, file: Path, carrier: str, **options: Any) -> None:
        try:
            with file.open("rb") as content:
                counts = import_remittance(content, name=file.name, carrier=carrier)
        except OSError as error:
            raise CommandError(str(error)) from error
        except UnusableFile as error:
            raise CommandError(str(error)) from error
        self.stdout.write(" ".join(f"{status}={count}" for status, count in sorted(counts.items())))
        if any(counts[status] for status in DIFFERENCES):
            self.stderr.write(self.style.WARNING("Differences wait for staff in the console."))
