"""Reports of errors, without who was concerned and what they sent. Imported only with a DSN.

The SDK adds no personal data unless it is told to.
"""

from typing import Any, cast

import sentry_sdk
from django.conf import settings
from sentry_sdk.types import Event, Hint

from marketplace import __version__
from marketplace.common import logs
from marketplace.common.masking import mask_value, secrets_of


def start_sentry() -> None:
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.ENVIRONMENT,
        release=__version__,
        max_request_body_size="never",
        # What functions had in their hands is what nobody else may see.
        include_local_variables=False,
        traces_sample_rate=0.0,
        before_send=scrubbed,
        before_breadcrumb=lambda crumb, hint: mask_value(crumb),
    )


def scrubbed(event: Event, hint: Hint) -> Event:
    """Return the report with the request's id, and without secrets."""
    clean: dict[str, Any] = mask_value(event, secrets_of(logs.request.get()))
    clean.setdefault("tags", {}).update(logs.context())
    return cast("Event", clean)
