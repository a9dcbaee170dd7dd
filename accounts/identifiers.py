"""Phone numbers and e-mail addresses: one spelling each, and a masked one to show."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.constants import Channel
from marketplace.common.phones import normalise_phone
from marketplace.common.texts import normalise

MAX_EMAIL_LENGTH = 254
_NO_ADDRESS = "Enter an e-mail address, such as name@example.com."


def normal_email(text: str) -> str:
    """Return an e-mail address in NFKC and lower case, its domain in one spelling.

    Whatever reaches the same mailbox must be the same text: limits are per address. So there are
    no quotes before the `@`, within which anything can be escaped, and the domain is what a mail
    server is asked for, without the invisible characters that are left out on the way there.
    Raises: ValueError.
    """
    email = normalise(text, "NFKC").strip().lower()
    local, _, domain = email.rpartition("@")
    if '"' in local or not local.isascii():
        raise ValueError(_NO_ADDRESS)
    if not domain.isascii() or "xn--" in domain:
        try:
            email = f"{local}@{domain.encode('idna').decode('idna')}"
        except UnicodeError as error:
            raise ValueError(_NO_ADDRESS) from error
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValueError(_NO_ADDRESS) from error
    if len(email) > MAX_EMAIL_LENGTH:
        raise ValueError("This e-mail address is too long.")
    return email


def normal_identifier(text: str) -> str:
    """Return a phone number or e-mail address, whichever it is, in its one spelling.

    Raises: ValueError.
    """
    return normal_email(text) if "@" in text else normalise_phone(text)


def channel_of(identifier: str) -> Channel:
    """Return how a normalised identifier is reached."""
    return Channel.EMAIL if "@" in identifier else Channel.SMS


def mask(identifier: str) -> str:
    """Return enough of an identifier for its owner to recognise, and no more."""
    if "@" not in identifier:
        return f"{identifier[:3]}{'*' * max(3, len(identifier) - 6)}{identifier[-3:]}"
    local, _, domain = identifier.rpartition("@")
    return f"{local[0]}***@{domain}"
