"""Addresses of this site in answers."""

from django.conf import settings


def site_url(path: str) -> str:
    """Return a path of ours as an absolute URL.

    Built from SITE_URL and not from the request, so that a forged Host reaches no answer that a
    cache keeps for everybody.
    """
    return f"{settings.SITE_URL}{path}"
