"""The way out for e-mail and SMS. Call it after the commit, never inside a transaction."""

import json
import logging
from typing import Any

import requests
from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

logger = logging.getLogger(__name__)

SMS_TIMEOUT_SECONDS = (3, 10)

# What the memory backend of the tests was asked to send.
sent_sms: list[dict[str, str]] = []


def send_email(*, to: str, subject: str, body: str, html: str | None = None) -> None:
    """Send one mail through Django's mail backend. Raises: what the backend raises."""
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [to], html_message=html)


def send_sms(*, to: str, body: str) -> None:
    """Send one SMS. Raises: requests.RequestException when the provider does not take it."""
    message = {"to": to, "body": body, "sent_at": timezone.now().isoformat()}
    _BACKENDS[settings.SMS_BACKEND](message)


def _to_file(message: dict[str, str]) -> None:
    settings.SMS_FILE_PATH.parent.mkdir(parents=True, exist_ok=True)
    with settings.SMS_FILE_PATH.open("a", encoding="utf-8") as file:
        file.write(json.dumps(message, ensure_ascii=False) + "\n")


def _to_http(message: dict[str, str]) -> None:
    response = requests.post(
        settings.SMS_API_URL,
        json={"to": message["to"], "body": message["body"]},
        headers={"Authorization": f"Bearer {settings.SMS_API_KEY}"},
        timeout=SMS_TIMEOUT_SECONDS,
        allow_redirects=False,
    )
    response.raise_for_status()
    if response.is_redirect:
        raise requests.TooManyRedirects("The SMS provider answers with a redirect.")


_BACKENDS: dict[str, Any] = {"file": _to_file, "http": _to_http, "memory": sent_sms.append}
