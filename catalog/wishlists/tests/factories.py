"""Wishlists for tests."""

import factory

from accounts.tests.factories import UserFactory
from catalog.tests.factories import VariantFactory
from catalog.wishlists.models import Wishlist, WishlistItem


class WishlistFactory(factory.django.DjangoModelFactory[Wishlist]):
    """An empty list: its owner's default unless there is one."""

    class Meta:
        model = Wishlist

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence("Quà {}".format)
    is_default = factory.LazyAttribute(
        lambda row: not Wishlist.objects.of(row.user).filter(is_default=True).exists()
    )


class WishFactory(factory.django.DjangoModelFactory[WishlistItem]):
    """A product on a list."""

    class Meta:
        model = WishlistItem
        skip_postgeneration_save = True

    wishlist = factory.SubFactory(WishlistFactory)
    product = factory.LazyFunction(lambda: VariantFactory().product)
    price_amount = 100_000

    @factory.post_generation
    def counted(self, create: bool, extracted: object, **kwargs: object) -> None:
        self.wishlist.item_count += 1
        self.wishlist.save(update_fields=["item_count"])
