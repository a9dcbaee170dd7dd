import pytest

from accounts.tests.factories import PASSWORD, UserFactory
from cart.models import Cart
from catalog.tests.factories import VariantFactory

pytestmark = pytest.mark.django_db


def test_guest_cart_comes_along_at_sign_in(api):
    user = UserFactory()
    variant = VariantFactory()
    token = api.post("/api/v1/cart", {"variant_id": variant.pk, "quantity": 2}).json()["token"]

    response = api.post(
        "/api/v1/auth/login",
        {"email": user.email, "password": PASSWORD},
        headers={"X-Cart-Token": token},
    )

    assert response.status_code == 200
    cart = Cart.objects.get()
    assert cart.user == user
    assert list(cart.items.values_list("variant_id", "quantity")) == [(variant.pk, 2)]
