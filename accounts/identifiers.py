"""Phone numbers and e-mail addresses: one spelling each, and a masked one to show."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.constants import Channel
from marketplace.common.phones import normalise_phone
from marketplace.common.texts import normalise

MAX_EMAIL_LENGTH = 254


def normal_email(text: str) -> str:
    """Return an e-mail address in NFKC and lower case. Raises: ValueError."""
    email = normalise(text, "NFKC").strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise ValueError("Enter an e-mail address, such as name@example.com.") from error
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
