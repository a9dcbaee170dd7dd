"""Accounts for tests."""

import factory
from django.utils import timezone

from accounts.models import Address, User
from marketplace.common.audit.context import Origin

PASSWORD = "correct-horse-battery"
ORIGIN = Origin(via="a test", ip_address="203.0.113.7")


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A verified buyer with the password `PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    phone_number = factory.Sequence(lambda n: f"+849{n:08d}")
    email = factory.Sequence(lambda n: f"user{n}@example.test")
    full_name = factory.Sequence(lambda n: f"Nguyễn Văn {n}")
    password = factory.django.Password(PASSWORD)
    phone_verified_at = factory.LazyFunction(timezone.now)


class StaffFactory(UserFactory):
    """Staff who may do everything."""

    is_staff = True
    is_superuser = True


class AddressFactory(factory.django.DjangoModelFactory[Address]):
    class Meta:
        model = Address

    user = factory.SubFactory(UserFactory)
    recipient_name = "Trần Thị Bích"
    phone_number = "+84912345678"
    line1 = "12 Nguyễn Huệ"
    ward = "Bến Nghé"
    district = "Quận 1"
    province = "Hồ Chí Minh"
