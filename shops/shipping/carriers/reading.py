"""Reading what carriers send: nothing is believed that does not have its documented form."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

VIETNAM: Final = timezone(timedelta(hours=7))
MAX_AMOUNT: Final = 1_000_000_000
MAX_TEXT: Final = 500
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,12}(\.0+)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
# A `+` that a form decoder took for a space.
_LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
_FORMATS = ("%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S")


class Unreadable(Exception):
    """A field is missing or not of its documented form; the message names it."""


def part(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object inside an object."""
    value = fields.get(name)
    if not isinstance(value, dict):
        raise Unreadable(name)
    return value


def number(fields: Mapping[str, Any], name: str) -> str:
    """Return a parcel's number: it stands in addresses and on labels."""
    value = str(fields.get(name) or "")
    if not _NUMBER.fullmatch(value):
        raise Unreadable(name)
    return value


def integer(fields: Mapping[str, Any], name: str) -> int:
    """Return a whole number, whether it came as one, as text, or with `.0`."""
    value = fields.get(name)
    if isinstance(value, bool) or not _WHOLE.fullmatch(str(value).strip()):
        raise Unreadable(name)
    return int(float(str(value).strip()))


def amount(fields: Mapping[str, Any], name: str) -> int:
    """Return an amount in đồng: whole, not negative, not beyond any parcel."""
    value = integer(fields, name)
    if not 0 <= value <= MAX_AMOUNT:
        raise Unreadable(name)
    return value


def amount_or_none(fields: Mapping[str, Any], name: str) -> int | None:
    """Return an amount that need not be there."""
    return amount(fields, name) if fields.get(name) not in (None, "") else None


def text(fields: Mapping[str, Any], *names: str) -> str:
    """Return the first text that is there, in one line and cut to what is stored; or nothing."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            printable = value.encode("utf-8", "replace").decode()
            return _CONTROL.sub(" ", printable).strip()[:MAX_TEXT]
    return ""


def instant(fields: Mapping[str, Any], *names: str) -> datetime:
    """Return the first time that is there; one without a zone is Vietnam's."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return _instant(value.strip(), name)
    raise Unreadable(names[0])


def _instant(value: str, name: str) -> datetime:
    found = None
    try:
        found = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", value))
    except ValueError:
        for form in _FORMATS:
            try:
                found = datetime.strptime(value, form).replace(tzinfo=VIETNAM)
                break
            except ValueError:
                continue
    if found is None:
        raise Unreadable(name)
    found = found if found.tzinfo else found.replace(tzinfo=VIETNAM)
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise Unreadable(name) from error
