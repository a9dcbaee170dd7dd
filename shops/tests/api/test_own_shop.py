"""The seller's own shop: /seller/shops and /seller/shops/me."""

import pytest

from accounts.tests.factories import UserFactory
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import image_bytes, image_upload
from shops.constants import ShopStatus
from shops.models import Shop
from shops.services.states import approve_shop
from shops.tests.factories import ShopFactory

ME = "/api/v1/seller/shops/me"
ADDRESS = {
    "recipient_name": "Kho",
    "phone_number": "0987 654 321",
    "line1": "1 Tràng Tiền",
    "province": "Hà Nội",
}


def error(response):
    return response.json()["error"]


def fields(response):
    return [row["field"] for row in error(response)["details"]]


@pytest.mark.django_db
def test_registration_answers_with_the_pending_shop(api_as):
    user = UserFactory()

    response = api_as(user).post(
        "/api/v1/seller/shops",
        {
            "name": "  Tiệm Bánh  ",
            "contact_phone": "0912345678",
            "pickup_address": ADDRESS,
            "bank_account_number": "0123 4567 89",
            "status": "approved",
            "commission_rate_bps": 0,
            "slug": "taken-over",
            "owner": str(UserFactory().pk),
        },
    )

    assert response.status_code == 201
    body = response.json()
    shop = Shop.objects.get()
    assert shop.owner == user
    assert shop.bank_account_number == "0123456789"
    assert shop.commission_rate_bps is None
    assert (body["id"], body["name"], body["slug"]) == (str(shop.pk), "Tiệm Bánh", "tiem-banh")
    assert body["status"] == "pending"
    assert body["contact_phone"] == "+84912345678"
    assert body["pickup_address"] == {**ADDRESS, "phone_number": "+84987654321", "country": "VN"}
    assert body["bank_account_number"] == "••••6789"
    assert body["commission_rate_bps"] == 500


@pytest.mark.django_db
def test_second_registration_is_409(api_as):
    shop = ShopFactory()

    response = api_as(shop.owner).post("/api/v1/seller/shops", {"name": "Another"})

    assert (response.status_code, error(response)["code"]) == (409, "shop_exists")
    assert Shop.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x"}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"name": 12345}, "name"),
        ({"name": ["Tiệm"]}, "name"),
        ({"name": None}, "name"),
        ({"name": "Tiệm", "description": "x" * 5_001}, "description"),
        ({"name": "Tiệm", "contact_email": "nobody"}, "contact_email"),
        ({"name": "Tiệm", "contact_phone": "12"}, "contact_phone"),
        ({"name": "Tiệm", "bank_account_number": "12345"}, "bank_account_number"),
        ({"name": "Tiệm", "bank_account_number": "1234567890'--"}, "bank_account_number"),
        ({"name": "Tiệm", "bank_account_number": "••••6789"}, "bank_account_number"),
        ({"name": "Tiệm", "pickup_address": "Hà Nội"}, "pickup_address"),
        ({"name": "Tiệm", "pickup_address": {}}, "pickup_address.recipient_name"),
        (
            {"name": "Tiệm", "pickup_address": {**ADDRESS, "phone_number": "1"}},
            "pickup_address.phone_number",
        ),
        (
            {"name": "Tiệm", "pickup_address": {**ADDRESS, "country": "Vietnam"}},
            "pickup_address.country",
        ),
        (
            {"name": "Tiệm", "pickup_address": {**ADDRESS, "latitude": 91}},
            "pickup_address.latitude",
        ),
    ],
)
def test_bad_registration_names_the_field_and_makes_nothing(api_as, body, field):
    response = api_as(UserFactory()).post("/api/v1/seller/shops", body)

    assert (response.status_code, error(response)["code"]) == (400, "validation_error")
    assert field in fields(response)
    assert not Shop.objects.exists()
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", ["[]", '"text"', "null", "12", '{"name": ', '{"name": "a\\u0000b"}']
)
def test_body_that_is_no_object_is_400(api_as, body):
    client = api_as(UserFactory())

    response = client.post("/api/v1/seller/shops", body, content_type="application/json")

    assert response.status_code == 400
    assert not Shop.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/v1/seller/shops"),
        ("get", ME),
        ("put", ME),
        ("patch", ME),
        ("put", f"{ME}/logo"),
        ("put", f"{ME}/banner"),
        ("get", "/api/v1/seller/stores"),
    ],
)
def test_guests_are_401(api, method, path):
    assert getattr(api, method)(path).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ME),
        ("put", ME),
        ("patch", ME),
        ("put", f"{ME}/logo"),
        ("get", "/api/v1/seller/stores"),
        ("post", "/api/v1/seller/stores"),
    ],
)
def test_buyers_without_a_shop_are_told_so(api_as, method, path):
    response = getattr(api_as(UserFactory()), method)(path)

    assert (response.status_code, error(response)["code"]) == (403, "no_shop")


@pytest.mark.django_db
@pytest.mark.parametrize("status", ShopStatus)
def test_own_shop_can_be_read_in_every_state(api_as, status, django_assert_num_queries):
    shop = ShopFactory(status=status, status_reason="vì sao", bank_account_number="99990123")
    client = api_as(shop.owner)

    with django_assert_num_queries(1):
        response = client.get(ME)

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["status_reason"]) == (status, "vì sao")
    assert "99990123" not in response.content.decode()


@pytest.mark.django_db
def test_patch_changes_only_what_it_names(api_as):
    shop = ShopFactory(name="Cũ", description="Giữ")

    response = api_as(shop.owner).patch(
        ME, {"name": "Mới", "status": "closed", "sold_count": 10**6, "id": "x"}
    )

    assert response.status_code == 200
    shop.refresh_from_db()
    assert (shop.name, shop.description, shop.sold_count) == ("Mới", "Giữ", 0)
    assert shop.status == ShopStatus.APPROVED


@pytest.mark.django_db
def test_put_needs_the_name(api_as):
    shop = ShopFactory(description="Giữ")

    response = api_as(shop.owner).put(ME, {"description": "Mới"})

    assert (response.status_code, fields(response)) == (400, ["name"])
    shop.refresh_from_db()
    assert shop.description == "Giữ"


@pytest.mark.django_db
def test_answer_can_be_put_back_without_losing_the_account_number(api_as):
    shop = ShopFactory(bank_account_number="0123456789")
    client = api_as(shop.owner)

    response = client.put(ME, client.get(ME).json())

    assert response.status_code == 200, response.json()
    shop.refresh_from_db()
    assert shop.bank_account_number == "0123456789"


@pytest.mark.django_db
def test_patch_of_a_rejected_shop_applies_again(api_as):
    shop = ShopFactory(status=ShopStatus.REJECTED, status_reason="Thiếu địa chỉ")

    response = api_as(shop.owner).patch(ME, {"pickup_address": ADDRESS})

    assert (response.json()["status"], response.json()["status_reason"]) == ("pending", "")


@pytest.mark.django_db
@pytest.mark.parametrize("status", [ShopStatus.SUSPENDED, ShopStatus.CLOSED])
@pytest.mark.parametrize("method", ["put", "patch"])
def test_suspended_shop_cannot_be_changed(api_as, method, status):
    shop = ShopFactory(status=status, name="Cũ")

    response = getattr(api_as(shop.owner), method)(ME, {"name": "Mới"})

    assert (response.status_code, error(response)["code"]) == (403, "shop_not_active")
    shop.refresh_from_db()
    assert shop.name == "Cũ"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["logo", "banner"])
def test_image_is_stored_clean_and_its_url_answered(api, api_as, kind, settings):
    shop = ShopFactory(status=ShopStatus.PENDING)
    upload = image_upload("JPEG", content=image_bytes("JPEG", comment=b"<script>") + b"<?php")

    response = api_as(shop.owner).put(f"{ME}/{kind}", {"image": upload}, format="multipart")

    assert response.status_code == 200, response.json()
    url = response.json()[f"{kind}_url"]
    assert url.startswith(f"{settings.SITE_URL}/media/shops/{kind}s/")
    served = api.get(url.removeprefix(settings.SITE_URL))
    content = b"".join(served.streaming_content)
    assert served["Content-Type"] == "image/jpeg"
    assert b"<script>" not in content
    assert b"<?php" not in content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "invalid_image"),
        (b"<html></html>", "invalid_image"),
        (b"", "empty"),
    ],
)
def test_image_that_is_none_is_refused(api_as, content, code):
    shop = ShopFactory()

    response = api_as(shop.owner).put(
        f"{ME}/logo",
        {"image": image_upload(content=content, name="../logo.png")},
        format="multipart",
    )

    assert response.status_code == 400
    assert [(row["field"], row["code"]) for row in error(response)["details"]] == [("image", code)]
    shop.refresh_from_db()
    assert not shop.logo


@pytest.mark.django_db
def test_image_needs_a_file_in_a_multipart_body(api_as):
    client = api_as(ShopFactory().owner)

    assert client.put(f"{ME}/logo", {"image": "text"}, format="multipart").status_code == 400
    assert client.put(f"{ME}/logo", {}, format="multipart").status_code == 400
    assert client.put(f"{ME}/logo", {"image": "x"}, format="json").status_code == 415
    broken = client.put(f"{ME}/logo", b"--x\r\nbroken", content_type="multipart/form-data")
    assert broken.status_code == 400


@pytest.mark.django_db
def test_from_registration_to_the_public_page(api, api_as):
    seller = api_as(UserFactory())
    shop_id = seller.post("/api/v1/seller/shops", {"name": "Tiệm Bánh"}).json()["id"]
    assert api.get("/api/v1/shops/tiem-banh").status_code == 404

    approve_shop(shop_id, actor=None)

    assert api.get("/api/v1/shops/tiem-banh").json()["id"] == shop_id
    assert seller.get(ME).json()["status"] == "approved"
