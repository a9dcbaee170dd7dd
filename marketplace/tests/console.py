"""The pages of the console, and a row of each to open."""

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

SITE = admin.site


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args)


def rows() -> Iterator[Model]:
    """Return one row of every model of the console that has any."""
    for model in SITE._registry:
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            yield row
