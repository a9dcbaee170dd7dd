"""Phone numbers: whatever people type in, E.164 inside."""

import phonenumbers
from django.conf import settings

MAX_INPUT_LENGTH = 32


def normalise_phone(text: str) -> str:
    """Return a valid number as E.164; national ones belong to PHONE_DEFAULT_REGION.

    Raises: ValueError for anything but a valid phone number.
    """
    if len(text) > MAX_INPUT_LENGTH:
        raise ValueError("Too long for a phone number.")
    try:
        number = phonenumbers.parse(text, settings.PHONE_DEFAULT_REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError("Not a phone number.") from error
    if number.extension or not phonenumbers.is_valid_number(number):
        raise ValueError("Not a valid phone number.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
