"""Which passwords are accepted."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.constants import MAX_PASSWORD_LENGTH
from accounts.models import User
from marketplace.common.errors import InvalidInput


def check_new_password(field: str, password: str, user: User | None) -> None:
    """Refuse a password that is short, common, all digits, or like the user's own data.

    Raises: InvalidInput that names `field` and says what would be right.
    """
    if len(password) > MAX_PASSWORD_LENGTH:
        raise InvalidInput(field, f"At most {MAX_PASSWORD_LENGTH} characters.", code="max_length")
    try:
        validate_password(password, user)
    except ValidationError as error:
        code = error.error_list[0].code or "invalid"
        raise InvalidInput(field, " ".join(error.messages), code=code) from error
