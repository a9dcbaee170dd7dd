"""Registering a shop, and what its seller changes of it."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from accounts.tests.factories import UserFactory
from marketplace.common.images import clean_image
from marketplace.common.media import StorageUnavailable
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import image_upload, run_in_parallel
from shops.constants import ShopImage, ShopStatus
from shops.errors import ShopExists, ShopNotActive, TooManyLocations
from shops.models import Shop, ShopStatusChange, StoreLocation
from shops.services.locations import add_location
from shops.services.profiles import register_shop, set_shop_image, update_shop
from shops.tests.factories import ShopFactory


def topics():
    return list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True))


@pytest.mark.django_db
def test_registered_shop_waits_for_staff():
    owner = UserFactory()

    shop = register_shop(owner.pk, name="Tiệm Bánh Đào Nương", description="Bánh")

    assert (shop.status, shop.slug) == (ShopStatus.PENDING, "tiem-banh-dao-nuong")
    change = ShopStatusChange.objects.get(shop=shop)
    assert (change.from_status, change.to_status, change.actor) == ("", "pending", owner)
    assert topics() == ["shops.registered"]


@pytest.mark.django_db
def test_second_shop_of_a_user_is_refused():
    shop = ShopFactory()

    with pytest.raises(ShopExists):
        register_shop(shop.owner_id, name="Another")

    assert Shop.objects.count() == 1
    assert topics() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Điện Máy 24/7", "dien-may-24-7"),
        ("東京", "shop"),
        ("0123456789abcdef0123456789abcdef", "shop-0123456789abcdef0123456789abcdef"),
        ("x" * 150, "x" * 150),
    ],
)
def test_slug_is_readable_and_never_reads_as_an_id(name, slug):
    assert register_shop(UserFactory().pk, name=name).slug == slug


@pytest.mark.django_db
def test_same_names_get_slugs_of_their_own():
    shops = [register_shop(UserFactory().pk, name="x" * 150) for _ in range(3)]

    assert len({shop.slug for shop in shops}) == 3
    assert shops[0].slug == "x" * 150


@pytest.mark.django_db(transaction=True)
def test_double_registration_makes_one_shop():
    owner = UserFactory()

    outcomes = run_in_parallel(lambda: register_shop(owner.pk, name="Tiệm"), times=8)

    assert sum(isinstance(outcome, ShopExists) for outcome in outcomes) == 7
    assert Shop.objects.count() == 1
    assert topics() == ["shops.registered"]


@pytest.mark.django_db(transaction=True)
def test_same_names_at_the_same_moment_all_get_a_slug():
    owners = [UserFactory().pk for _ in range(8)]

    outcomes = run_in_parallel(lambda owner: register_shop(owner, name="Tiệm"), arguments=owners)

    assert [outcome for outcome in outcomes if not isinstance(outcome, Shop)] == []
    assert len({shop.slug for shop in outcomes}) == 8


@pytest.mark.django_db
def test_update_keeps_the_slug_and_what_is_not_named():
    shop = ShopFactory(name="Cũ", slug="cu", description="Giữ")

    update_shop(shop.pk, actor=shop.owner, name="Mới")

    shop.refresh_from_db()
    assert (shop.name, shop.slug, shop.description) == ("Mới", "cu", "Giữ")
    assert shop.status == ShopStatus.APPROVED
    assert topics() == ["shops.updated"]


@pytest.mark.django_db
def test_update_of_a_rejected_shop_applies_again():
    shop = ShopFactory(status=ShopStatus.REJECTED, status_reason="Thiếu địa chỉ")

    updated = update_shop(shop.pk, actor=shop.owner, name="Mới")

    shop.refresh_from_db()
    assert (updated.name, updated.status) == ("Mới", ShopStatus.PENDING)
    assert (shop.name, shop.status, shop.status_reason) == ("Mới", ShopStatus.PENDING, "")
    assert topics() == ["shops.updated", "shops.reapplied"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [ShopStatus.SUSPENDED, ShopStatus.CLOSED])
def test_update_of_a_suspended_or_closed_shop_is_refused(status):
    shop = ShopFactory(status=status, name="Cũ")

    with pytest.raises(ShopNotActive):
        update_shop(shop.pk, actor=shop.owner, name="Mới")

    shop.refresh_from_db()
    assert shop.name == "Cũ"
    assert topics() == []


@pytest.mark.django_db
def test_new_image_replaces_the_old_file(django_capture_on_commit_callbacks):
    shop = ShopFactory()
    with django_capture_on_commit_callbacks(execute=True):
        first = set_shop_image(
            shop.pk, kind=ShopImage.LOGO, image=clean_image(image_upload("PNG"))
        ).logo.name
    with django_capture_on_commit_callbacks(execute=True):
        second = set_shop_image(
            shop.pk, kind=ShopImage.LOGO, image=clean_image(image_upload("WEBP"))
        ).logo.name

    shop.refresh_from_db()
    assert shop.logo.name == second
    assert second.startswith("shops/logos/")
    assert second.endswith(".webp")
    assert default_storage.exists(second)
    assert not default_storage.exists(first)


@pytest.mark.django_db
def test_refused_image_leaves_no_file_behind(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    shop = ShopFactory(status=ShopStatus.SUSPENDED)

    with pytest.raises(ShopNotActive):
        set_shop_image(shop.pk, kind=ShopImage.BANNER, image=clean_image(image_upload()))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.django_db
def test_storage_that_takes_nothing_is_unavailable_and_changes_nothing(settings, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder should be")
    settings.MEDIA_ROOT = Path(blocked)
    shop = ShopFactory()

    with pytest.raises(StorageUnavailable):
        set_shop_image(shop.pk, kind=ShopImage.LOGO, image=clean_image(image_upload()))

    shop.refresh_from_db()
    assert shop.logo.name == ""
    assert topics() == []


@pytest.mark.django_db(transaction=True)
def test_limit_of_locations_holds_at_the_same_moment():
    shop = ShopFactory()
    data = {"name": "Kho", "address": "1", "latitude": 21, "longitude": 105}
    StoreLocation.objects.bulk_create(StoreLocation(shop=shop, **data) for _ in range(98))

    outcomes = run_in_parallel(lambda: add_location(shop.pk, **data), times=6)

    assert sum(isinstance(outcome, TooManyLocations) for outcome in outcomes) == 4
    assert shop.locations.count() == 100
