"""The way out for e-mail and SMS. Call it after the commit, never inside a transaction."""

import json
import logging
import re
import smtplib
from typing import Any, Final

import requests
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from marketplace.common.errors import TooManyAttempts
from marketplace.common.events import SmsCapExhausted
from marketplace.common.limits.services import check_limit
from marketplace.common.outbox.services import publish

logger = logging.getLogger(__name__)

SMS_TIMEOUT_SECONDS = (3, 10)
DAY_SECONDS: Final = 86_400
# What a later try may well get past; any other 4xx is an answer for good. A refused key is among
# them: it is the operator's to mend, and no reason to lose what waits.
_PASSING_STATUSES: Final = frozenset({401, 403, 408, 425, 429})
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

# What the memory backend of the tests was asked to send.
sent_sms: list[dict[str, str]] = []


class RefusedForGood(Exception):
    """The other side will not take this message, however often it is offered."""


class ProviderDown(Exception):
    """Nothing at all can be sent this way at present."""


class SmsCapReached(TooManyAttempts):
    """As many SMS went out in 24 hours as the operator is ready to pay for."""

    message = "The daily cap of SMS is reached."


class Mailer:
    """Sends mails over one connection, which it opens when the first one goes out.

    Use it as a context manager. Raises: RefusedForGood, ProviderDown, or what the backend raises
    for a mail that may be tried again.
    """

    def __init__(self) -> None:
        self._connection: BaseEmailBackend = get_connection()

    def __enter__(self) -> "Mailer":
        return self

    def __exit__(self, *args: object) -> None:
        self._close()

    def send(
        self,
        *,
        to: str,
        subject: str,
        body: str,
        html: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send one mail; controls in the subject become blanks, in an address they are refused."""
        message = EmailMultiAlternatives(
            _CONTROLS.sub(" ", subject).strip(),
            body,
            settings.DEFAULT_FROM_EMAIL,
            [to],
            headers=headers,
            connection=self._connection,
        )
        if html is not None:
            message.attach_alternative(html, "text/html")
        try:
            self._connection.open()
            message.send()
        except ValueError as error:  # an address with a line break, or none that can be encoded
            raise RefusedForGood(str(error)) from error
        except smtplib.SMTPRecipientsRefused as error:
            self._close()
            codes = [code for code, _text in error.recipients.values()]
            if all(code >= 500 for code in codes):
                raise RefusedForGood(str(error)) from error
            raise
        except smtplib.SMTPDataError as error:
            self._close()
            if error.smtp_code >= 500:
                raise RefusedForGood(str(error)) from error
            raise
        except OSError as error:  # SMTPException is one: no connection, no sign-in, a broken talk
            self._close()
            raise ProviderDown(str(error)) from error

    def _close(self) -> None:
        try:
            self._connection.close()
        except OSError:
            logger.info("The mail server had gone before the connection was closed")


def send_email(*, to: str, subject: str, body: str, html: str | None = None) -> None:
    """Send one mail through Django's mail backend. Raises: what `Mailer.send` raises."""
    with Mailer() as mailer:
        mailer.send(to=to, subject=subject, body=body, html=html)


def send_sms(*, to: str, body: str, key: str = "", is_essential: bool = True) -> None:
    """Send one SMS; a provider that knows the `key` already need not send it again.

    What is not essential leaves a fifth of the day's cap to codes and security messages.
    Raises: SmsCapReached, RefusedForGood, ProviderDown, or requests.RequestException for what may
    be tried again.
    """
    if settings.SMS_DAILY_CAP:
        _count_sms(is_essential=is_essential)
    _BACKENDS[settings.SMS_BACKEND](to, body, key)


def _count_sms(*, is_essential: bool) -> None:
    cap = settings.SMS_DAILY_CAP
    limit = cap if is_essential else cap * 4 // 5
    try:
        check_limit("sms", "all", limit=limit, window_seconds=DAY_SECONDS)
    except TooManyAttempts as error:
        _raise_alarm()
        raise SmsCapReached(retry_after=error.retry_after) from error


def _raise_alarm() -> None:
    """Tell staff, once a day."""
    try:
        check_limit("sms", "alarm", limit=1, window_seconds=DAY_SECONDS)
    except TooManyAttempts:
        return
    logger.error("The SMS of 24 hours have reached the cap of %s", settings.SMS_DAILY_CAP)
    with transaction.atomic():
        publish(SmsCapExhausted(limit=settings.SMS_DAILY_CAP))


def _to_file(to: str, body: str, key: str) -> None:
    settings.SMS_FILE_PATH.parent.mkdir(parents=True, exist_ok=True)
    with settings.SMS_FILE_PATH.open("a", encoding="utf-8") as file:
        file.write(json.dumps(_line(to, body), ensure_ascii=False) + "\n")


def _to_memory(to: str, body: str, key: str) -> None:
    sent_sms.append(_line(to, body))


def _line(to: str, body: str) -> dict[str, str]:
    return {"to": to, "body": body, "sent_at": timezone.now().isoformat()}


def _to_http(to: str, body: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {settings.SMS_API_KEY}"}
    if key:
        headers["Idempotency-Key"] = key
    _post(settings.SMS_API_URL, json={"to": to, "body": body}, headers=headers)


def _to_twilio(to: str, body: str, key: str) -> None:
    """Source: Twilio's Programmable Messaging API, "Create a Message"."""
    account = settings.TWILIO_ACCOUNT_SID
    sender = settings.TWILIO_FROM
    # A messaging service has an id where a number or a brand name would stand.
    field = "MessagingServiceSid" if sender.startswith("MG") else "From"
    _post(
        f"{settings.TWILIO_API_BASE}/2010-04-01/Accounts/{account}/Messages.json",
        data={"To": to, "Body": body, field: sender},
        auth=(account, settings.TWILIO_AUTH_TOKEN),
    )


def _post(url: str, **request: Any) -> None:
    try:
        response = requests.post(url, timeout=SMS_TIMEOUT_SECONDS, allow_redirects=False, **request)
    except (requests.ConnectionError, requests.Timeout) as error:
        raise ProviderDown(str(error)) from error
    if response.is_redirect:
        raise requests.TooManyRedirects("The SMS provider answers with a redirect.")
    status = response.status_code
    if 400 <= status < 500 and status not in _PASSING_STATUSES:
        raise RefusedForGood(f"{status}: {response.text[:500]}")
    response.raise_for_status()


_BACKENDS: dict[str, Any] = {
    "file": _to_file,
    "http": _to_http,
    "twilio": _to_twilio,
    "memory": _to_memory,
}
