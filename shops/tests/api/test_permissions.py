"""What the state of a shop lets its seller do."""

import pytest
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from accounts.tests.factories import UserFactory
from shops.api.permissions import HasEditableShop, HasOpenShop, HasShop, SellerViewMixin
from shops.constants import ShopStatus
from shops.tests.factories import ShopFactory

pytestmark = pytest.mark.django_db
EVERY = set(ShopStatus)
EDITABLE = {ShopStatus.PENDING, ShopStatus.REJECTED, ShopStatus.APPROVED}


class SellerView(SellerViewMixin):
    def get(self, request):
        return Response({"shop": str(self.shop.pk)})

    post = get


def call(method, user, permission):
    request = getattr(APIRequestFactory(), method)("/")
    force_authenticate(request, user)
    view = SellerView.as_view(permission_classes=(IsAuthenticated, permission))
    return view(request)


@pytest.mark.parametrize(
    ("permission", "method", "allowed"),
    [
        (HasShop, "get", EVERY),
        (HasShop, "post", EVERY),
        (HasEditableShop, "get", EVERY),
        (HasEditableShop, "post", EDITABLE),
        (HasOpenShop, "get", {ShopStatus.APPROVED}),
        (HasOpenShop, "post", {ShopStatus.APPROVED}),
    ],
)
@pytest.mark.parametrize("status", ShopStatus)
def test_state_decides(permission, method, allowed, status, django_assert_num_queries):
    shop = ShopFactory(status=status)

    with django_assert_num_queries(1):
        response = call(method, shop.owner, permission)

    if status in allowed:
        assert (response.status_code, response.data) == (200, {"shop": str(shop.pk)})
    else:
        assert response.status_code == 403
        assert response.data["error"]["code"] == "shop_not_active"


@pytest.mark.parametrize("permission", [HasShop, HasEditableShop, HasOpenShop])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_sells_without_a_shop(permission, method):
    ShopFactory()

    response = call(method, UserFactory(), permission)

    assert (response.status_code, response.data["error"]["code"]) == (403, "no_shop")
