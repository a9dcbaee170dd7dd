"""What all calls of an account have in common."""

import pytest

from accounts.tests.api.bodies import AUTH

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/auth/logout-all"),
        ("post", "/auth/change-password"),
        ("get", "/profile"),
        ("put", "/profile"),
        ("patch", "/profile"),
        ("delete", "/profile"),
        ("put", "/profile/avatar"),
        ("get", "/profile/export"),
        ("get", "/profile/addresses"),
        ("post", "/profile/addresses"),
        ("get", "/profile/addresses/01890000-0000-7000-8000-000000000000"),
        ("post", "/profile/addresses/01890000-0000-7000-8000-000000000000/default"),
        ("get", "/seller/api-keys"),
        ("post", "/seller/api-keys"),
        ("delete", "/seller/api-keys/01890000-0000-7000-8000-000000000000"),
    ],
)
def test_guests_are_asked_to_sign_in(api, method, path):
    response = getattr(api, method)(f"/api/v1{path}")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "path",
    ["register", "verify-otp", "resend-otp", "login", "refresh", "logout", "forgot-password"],
)
def test_wrong_methods_and_types_are_refused(api, path):
    assert api.get(f"{AUTH}/{path}").status_code == 405
    assert api.post(f"{AUTH}/{path}", "a=b", content_type="text/plain").status_code == 415
    assert api.post(f"{AUTH}/{path}", {}).status_code == 400
