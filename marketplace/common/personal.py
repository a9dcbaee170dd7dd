"""How to reach people, as staff see it: masked, unless they may see it and open the row's own page.

Lists and queues are masked for everybody. A row's page shows it to whoever has the permission, and
the audit log says who looked. The whole phone number or e-mail address still finds its row.
"""

import json
from functools import cache
from typing import Any, Final

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

PERMISSION: Final = "accounts.view_personal_data"
MASK: Final = "…"
# Columns of any model, by name.
NAMES: Final = frozenset(
    {
        "phone_number",
        "email",
        "destination",
        "line1",
        "line2",
        "ward",
        "postal_code",
        "latitude",
        "longitude",
        "contact_phone",
        "contact_email",
        "pickup_address",
        "shipping_address",
        "billing_address",
    }
)
# Columns of JSON, or of text that may be, of which some parts say it: what a document shows, what a
# provider reported.
NESTED: Final = frozenset({"facts", "payload"})
_PARTS: Final = NAMES | {"phone", "address", "billing_details", "customer_details", "receipt_email"}
# What of an address is nobody's door.
_OPEN_PARTS: Final = frozenset({"district", "province", "country"})


def may_see(user: Any) -> bool:
    return bool(user.has_perm(PERMISSION))


def masked(value: Any) -> Any:
    """Return enough to tell two from each other, and not to reach anybody."""
    if isinstance(value, dict):
        return {
            name: part if not part or name in _OPEN_PARTS else masked(part)
            for name, part in value.items()
        }
    text = str(value or "")
    name, at, domain = text.partition("@")
    if at:
        return f"{name[:1]}{MASK}@{domain}"
    digits = text.removeprefix("+")
    return f"{MASK}{text[-3:]}" if digits.isdigit() and len(digits) > 6 else text and MASK


def masked_parts(value: Any) -> Any:
    """Return JSON whose parts that say how to reach somebody are masked, at any depth."""
    if isinstance(value, dict):
        return {
            name: masked(part) if name in _PARTS else masked_parts(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [masked_parts(part) for part in value]
    return value


def shown(request: HttpRequest, value: Any) -> Any:
    """Return a value for a row's own page."""
    return value if may_see(request.user) else masked(value)


def columns_of(model: type[Model]) -> list[str]:
    """Return the columns of a model that say how to reach somebody."""
    return [field.name for field in model._meta.fields if field.name in NAMES | NESTED]


def mask_display(model: type[Model], entry: Any) -> Any:
    """Return what shows a field masked in the console; the entry itself if it needs no mask."""
    name = entry if isinstance(entry, str) else getattr(entry, "__name__", "")
    return _display(model, name) if name in columns_of(model) else entry


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


@cache
def _display(model: type[Model], name: str) -> Any:
    """Kept, because Django compares the fields that it was told at several moments."""
    label = str(getattr(model._meta.get_field(name), "verbose_name", name))

    @admin.display(description=label)
    def display(row: Any) -> str:
        if name in NESTED:
            parts = masked_parts(_parsed(getattr(row, name)))
            text = (
                parts if isinstance(parts, str) else json.dumps(parts, indent=2, ensure_ascii=False)
            )
            return format_html("<pre>{}</pre>", text)
        value = masked(getattr(row, name))
        if isinstance(value, dict):
            parts = ((capfirst(key.replace("_", " ")), part) for key, part in value.items() if part)
            return format_html_join("", "{}: {}<br>", parts) or "-"
        return value or "-"

    display.__name__ = name
    return display
