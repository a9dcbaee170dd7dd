"""What people typed, and numbers and times, as they stand in a document."""

from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.constants import Language
from marketplace.common.money import display_amount

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MINUS = "\N{MINUS SIGN}"
NO_BREAK = "\N{NO-BREAK SPACE}"


def money(amount: int, currency: str) -> str:
    """Write an amount for people, in one piece and with a real minus."""
    return display_amount(amount, currency).replace("-", MINUS).replace(" ", NO_BREAK)


def taken(amount: int, currency: str) -> str:
    """Write what is taken off."""
    return money(-amount, currency)


def day(instant: str | datetime, zone: str, language: str) -> str:
    """Write the day of an instant: `05/11/2026`, `5 Nov 2026`."""
    local = _local(instant, zone)
    if language == Language.ENGLISH:
        return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{local:%d/%m/%Y}"


def month(instant: str | datetime, zone: str, language: str) -> str:
    """Write the month of an instant: `11/2026`, `Nov 2026`."""
    local = _local(instant, zone)
    if language == Language.ENGLISH:
        return f"{_MONTHS[local.month - 1]} {local.year}"
    return f"{local:%m/%Y}"


def _local(instant: str | datetime, zone: str) -> datetime:
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return moment.astimezone(ZoneInfo(zone))
