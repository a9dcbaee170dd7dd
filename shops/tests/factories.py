"""Shops for tests."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.tests.factories import UserFactory
from shops.constants import ShopStatus, TeamRole
from shops.models import Shop, ShopInvitation, ShopMember, StoreLocation
from shops.shipping.constants import Zone
from shops.shipping.models import ShippingMethod, ShippingRate


class ShopFactory(factory.django.DjangoModelFactory[Shop]):
    """An approved shop in Hà Nội."""

    class Meta:
        model = Shop

    owner = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Cửa hàng {n}")
    slug = factory.Sequence(lambda n: f"cua-hang-{n}")
    status = ShopStatus.APPROVED
    pickup_address = factory.LazyFunction(
        lambda: {
            "recipient_name": "Kho",
            "phone_number": "+84987654321",
            "line1": "1 Tràng Tiền",
            "ward": "Tràng Tiền",
            "district": "Hoàn Kiếm",
            "province": "Hà Nội",
            "country": "VN",
        }
    )


class ShopMemberFactory(factory.django.DjangoModelFactory[ShopMember]):
    """Somebody with one role in a shop's team."""

    class Meta:
        model = ShopMember

    shop = factory.SubFactory(ShopFactory)
    user = factory.SubFactory(UserFactory)
    roles = factory.LazyFunction(lambda: [TeamRole.ORDERS])


class ShopInvitationFactory(factory.django.DjangoModelFactory[ShopInvitation]):
    class Meta:
        model = ShopInvitation

    shop = factory.SubFactory(ShopFactory)
    email = factory.Sequence(lambda n: f"invited{n}@example.test")
    roles = factory.LazyFunction(lambda: [TeamRole.ORDERS])
    invited_by = factory.SelfAttribute("shop.owner")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class StoreLocationFactory(factory.django.DjangoModelFactory[StoreLocation]):
    class Meta:
        model = StoreLocation

    shop = factory.SubFactory(ShopFactory)
    name = "Cửa hàng Tràng Tiền"
    address = "1 Tràng Tiền, Hoàn Kiếm, Hà Nội"
    latitude = "21.024500"
    longitude = "105.855200"


class ShippingMethodFactory(factory.django.DjangoModelFactory[ShippingMethod]):
    """The platform's standard service: 30,000 ₫ up to 1 kg everywhere, 5,000 ₫ per further kilo."""

    class Meta:
        model = ShippingMethod
        skip_postgeneration_save = True
        django_get_or_create = ("shop", "service_code")

    shop = None
    service_code = "standard"
    name = "Giao hàng tiêu chuẩn"

    @factory.post_generation
    def rates(self, create: bool, extracted: object, **kwargs: object) -> None:
        if not create:
            return
        # The migrations make a method of this code with rates of its own.
        self.rates.all().delete()
        for zone in Zone.values:
            ShippingRate.objects.create(
                method=self,
                zone=zone,
                up_to_grams=1000,
                fee_amount=30_000,
                per_extra_kg_amount=5_000,
            )
