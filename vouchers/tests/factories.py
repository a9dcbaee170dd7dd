"""Vouchers for tests."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from marketplace.common.ids import uuid7
from vouchers.constants import VoucherKind
from vouchers.models import Redemption, Voucher


class VoucherFactory(factory.django.DjangoModelFactory[Voucher]):
    """The platform's 10 % off, good from yesterday for a month."""

    class Meta:
        model = Voucher

    code = factory.Sequence(lambda n: f"GIAM{n}")
    name = "Giảm 10%"
    kind = VoucherKind.PERCENTAGE
    value = 1_000
    starts_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class RedemptionFactory(factory.django.DjangoModelFactory[Redemption]):
    class Meta:
        model = Redemption

    voucher = factory.SubFactory(VoucherFactory)
    user = factory.SubFactory(UserFactory)
    checkout_id = factory.LazyFunction(uuid7)
    order_id = factory.LazyFunction(uuid7)
    amount = 10_000
