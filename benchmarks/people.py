"""Shoppers: accounts with an address and a sign-in each, as many as a scenario needs."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Address, Session, User
from accounts.tokens import token_pair
from benchmarks.data import ADDRESS
from marketplace.common.ids import uuid7

PASSWORD = "Mua-sam-that-vui-2026"
DOMAIN = "shopper.test"


@dataclass(frozen=True)
class Shopper:
    """One account, as its client knows it."""

    user_id: str
    email: str
    token: str
    address_id: str

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


def shoppers(count: int) -> list[Shopper]:
    """Return so many shoppers, each signed in; those that are missing are made."""
    names = [f"shopper{number}@{DOMAIN}" for number in range(count)]
    known = set(User.objects.filter(email__in=names).values_list("email", flat=True))
    now = timezone.now()
    password = make_password(PASSWORD)  # one for all: bcrypt takes a quarter of a second
    made = User.objects.bulk_create(
        User(email=name, full_name="Người mua", password=password, email_verified_at=now)
        for name in names
        if name not in known
    )
    Address.objects.bulk_create(Address(user=user, is_default=True, **ADDRESS) for user in made)
    users = {user.email: user for user in User.objects.filter(email__in=names)}
    sessions = [
        Session(
            user=users[name],
            token_id=uuid7(),
            last_used_at=now,
            expires_at=now + timedelta(days=1),
        )
        for name in names
    ]
    Session.objects.bulk_create(sessions)
    addresses = dict(
        Address.objects.filter(user__in=users.values(), is_default=True).values_list(
            "user_id", "pk"
        )
    )
    return [
        Shopper(
            str(session.user_id),
            name,
            token_pair(session)["access"],
            str(addresses[session.user_id]),
        )
        for name, session in zip(names, sessions, strict=True)
    ]
