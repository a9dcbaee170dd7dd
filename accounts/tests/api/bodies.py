"""What is sent to sign up and in, and what comes back."""

from accounts.tests.factories import PASSWORD

AUTH = "/api/v1/auth"
USER_FIELDS = {
    "id",
    "phone_number",
    "email",
    "full_name",
    "avatar_url",
    "is_phone_verified",
    "is_email_verified",
    "roles",
    "created_at",
}


def registration(**changes):
    return {
        "phone_number": "0912345678",
        "password": PASSWORD,
        "full_name": "Trần Thị Lan",
        **changes,
    }


def shape(value):
    """The structure of a body: its keys and types, and no values."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return type(value).__name__
