"""Phone numbers: whatever people type in, E.164 inside."""

import re

import phonenumbers
from django.conf import settings

# No letters (vanity numbers), no extensions, no full-width digits.
_TYPED = re.compile(r"[+0-9 ().-]{5,32}", re.ASCII)


def normalise_phone(text: str) -> str:
    """Return a number as E.164; national ones belong to PHONE_DEFAULT_REGION.

    Only the length is checked for its country: numbering plans change faster than any table of
    them, and whether a number is in use shows when something is sent to it. Premium-rate numbers
    are refused, as making us send to them is a fraud of its own.
    Raises: ValueError for anything that cannot be a phone number.
    """
    typed = text.strip()
    if not _TYPED.fullmatch(typed):
        raise ValueError("Not a phone number.")
    try:
        number = phonenumbers.parse(typed, settings.PHONE_DEFAULT_REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError("Not a phone number.") from error
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError("Too few or too many digits.")
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        raise ValueError("Premium-rate numbers are not accepted.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
