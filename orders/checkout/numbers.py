"""Order numbers for people: the date and six characters that cannot be guessed from another."""

import secrets
from datetime import datetime
from typing import Final

from orders.constants import NUMBER_PREFIX

# Crockford's base 32: no I, L, O or U, so that a number survives being read aloud.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_order_number(now: datetime) -> str:
    """Return `ORD-YYYYMMDD-XXXXXX`; it may be taken: the constraint tells."""
    suffix = "".join(secrets.choice(_ALPHABET) for _ in range(6))
    return f"{NUMBER_PREFIX}{now:%Y%m%d}-{suffix}"
