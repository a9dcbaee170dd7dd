"""Keys for third parties, and the two classes that seller views use for them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.urls import include, path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import HasScope
from accounts.constants import MAX_API_KEYS, ApiScope
from accounts.models import ApiKey, User
from accounts.services import create_api_key, revoke_api_key, suspend_user
from accounts.tests.factories import UserFactory

KEYS = "/api/v1/seller/api-keys"


class ProductsView(APIView):
    permission_classes = (IsAuthenticated, HasScope)
    read_scope, write_scope = ApiScope.READ_PRODUCTS, ApiScope.WRITE_PRODUCTS

    def get(self, request):
        return Response({"caller": str(request.user.pk)})

    post = get


class UnscopedView(ProductsView):
    read_scope = write_scope = None


urlpatterns = [
    path("", include("marketplace.urls")),
    path("api/v1/test/products", ProductsView.as_view()),
    path("api/v1/test/unscoped", UnscopedView.as_view()),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def make_seller() -> User:
    """Shops are a higher app's: the model is looked up, not imported."""
    owner = UserFactory()
    apps.get_model("shops", "Shop").objects.create(owner=owner, name="Shop", slug=str(owner.pk))
    return owner


@pytest.fixture
def seller():
    return make_seller()


@pytest.fixture
def key(seller):
    return create_api_key(seller.pk, shop_id=seller.shop.pk, name="ERP", scopes=["read:products"])


def test_create_shows_the_key_once_and_stores_a_hash(api_as, seller):
    client = api_as(seller)

    response = client.post(KEYS, {"name": "ERP", "scopes": ["read:products", "read:orders"]})

    body = response.json()
    stored = ApiKey.objects.get()
    assert response.status_code == 201
    assert set(body) == {
        "id",
        "shop_id",
        "name",
        "prefix",
        "scopes",
        "expires_at",
        "last_used_at",
        "created_at",
        "key",
    }
    assert body["shop_id"] == str(seller.shop.pk)
    assert body["key"].startswith(f"mk_{stored.prefix}_")
    assert body["key"] not in {str(value) for value in vars(stored).values()}
    listed = client.get(KEYS).json()["results"]
    assert [row["id"] for row in listed] == [body["id"]]
    assert "key" not in listed[0]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["write:everything"]}, "scopes.0"),
        ({"scopes": "read:orders"}, "scopes"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
    ],
)
def test_create_with_wrong_input_is_refused(api_as, seller, changes, field):
    body = {"name": "ERP", "scopes": ["read:products"], **changes}

    response = api_as(seller).post(KEYS, body)

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == field
    assert not ApiKey.objects.exists()


def test_there_is_an_end_to_how_many(api_as, seller):
    for _ in range(MAX_API_KEYS):
        create_api_key(seller.pk, shop_id=seller.shop.pk, name="ERP", scopes=["read:products"])

    response = api_as(seller).post(KEYS, {"name": "ERP", "scopes": ["read:products"]})

    assert response.status_code == 409


def test_keys_need_a_shop(api_as):
    client = api_as(UserFactory())

    for response in (
        client.get(KEYS),
        client.post(KEYS, {}),
        client.delete(f"{KEYS}/{UserFactory().pk}"),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (403, "no_shop")


def test_keys_of_others_are_not_found(api_as, key):
    other = make_seller()

    response = api_as(other).delete(f"{KEYS}/{key[0].pk}")

    assert response.status_code == 404
    assert api_as(other).get(KEYS).json()["results"] == []
    assert ApiKey.objects.live().filter(pk=key[0].pk).exists()


def test_a_deleted_key_opens_nothing(api, api_as, seller, key):
    response = api_as(seller).delete(f"{KEYS}/{key[0].pk}")

    assert response.status_code == 204
    assert api_as(seller).delete(f"{KEYS}/{key[0].pk}").status_code == 404
    called = api.get("/api/v1/test/products", headers={"X-API-Key": key[1]})
    assert called.status_code == 401


def test_list_takes_a_constant_number_of_queries(api_as, seller, django_assert_num_queries):
    client = api_as(seller)
    client.get(KEYS)
    for _ in range(5):
        create_api_key(seller.pk, shop_id=seller.shop.pk, name="ERP", scopes=["read:products"])

    with django_assert_num_queries(1):
        client.get(KEYS)


def test_a_key_opens_what_its_scope_names(api, seller, key):
    headers = {"X-API-Key": key[1]}

    read = api.get("/api/v1/test/products", headers=headers)
    write = api.post("/api/v1/test/products", headers=headers)

    assert (read.status_code, read.json()) == (200, {"caller": str(seller.pk)})
    assert (write.status_code, write.json()["error"]["code"]) == (403, "permission_denied")
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize("path", ["/api/v1/profile", "/api/v1/profile/export", KEYS])
def test_a_key_is_nothing_where_no_scope_is_named(api, key, path):
    assert api.get(path, headers={"X-API-Key": key[1]}).status_code == 401


def test_a_view_that_forgets_its_scopes_lets_no_key_in(api, key):
    response = api.get("/api/v1/test/unscoped", headers={"X-API-Key": key[1]})

    assert response.status_code == 403


def test_a_token_passes_where_a_scope_is_named(bearer, seller):
    assert bearer(seller).post("/api/v1/test/products").status_code == 200


@pytest.mark.parametrize("spoil", ["changed", "short", "empty prefix", "unicode", "long"])
def test_what_is_no_key_is_refused(api, key, spoil):
    text = {
        "changed": key[1][:-1] + ("a" if key[1][-1] != "a" else "b"),
        "short": key[1][:20],
        "empty prefix": "mk__x",
        "unicode": "mk_é",
        "long": "m" * 9000,
    }[spoil]

    response = api.get("/api/v1/test/products", headers={"X-API-Key": text})

    assert (response.status_code, response.json()["error"]["code"]) == (401, "token_not_valid")


def test_expired_revoked_and_suspended_owners_keys_are_refused(api, seller, key):
    headers = {"X-API-Key": key[1]}
    ApiKey.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    expired = api.get("/api/v1/test/products", headers=headers)
    ApiKey.objects.update(expires_at=None)
    suspend_user(seller.pk, actor=None, reason="Fraud")
    suspended = api.get("/api/v1/test/products", headers=headers)
    User.objects.update(suspended_at=None)
    revoke_api_key(key[0].pk, owner=None)
    revoked = api.get("/api/v1/test/products", headers=headers)

    assert [r.status_code for r in (expired, suspended, revoked)] == [401, 403, 401]
    assert suspended.json()["error"]["code"] == "account_suspended"
    assert ApiKey.objects.get().last_used_at is None


def test_last_use_is_written_once_a_minute(api, key, django_assert_num_queries):
    def use():
        assert api.get("/api/v1/test/products", headers={"X-API-Key": key[1]}).status_code == 200
        return ApiKey.objects.get().last_used_at

    first = use()
    assert use() == first
    ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
    assert use() > first
