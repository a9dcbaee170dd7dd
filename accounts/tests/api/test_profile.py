"""The caller's own account."""

import io
import json

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts import hooks
from accounts.errors import TokenNotValid
from accounts.events import IdentifierChanged, IdentifierTaken
from accounts.models import Address, ApiKey, OneTimeCode, Session, User
from accounts.services import create_address, create_api_key, set_avatar, update_profile
from accounts.tests.factories import PASSWORD, AddressFactory, UserFactory
from marketplace.common import messaging
from marketplace.common.errors import InvalidTransition
from marketplace.common.ids import uuid7
from marketplace.common.images import clean_image
from marketplace.common.outbox.models import OutboxEvent
from marketplace.common.testing import drain_outbox

pytestmark = pytest.mark.django_db
PROFILE = "/api/v1/profile"


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 400)) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return SimpleUploadedFile("../../evil.php", buffer.getvalue(), "image/png")


def test_profile_is_the_callers_own(api_as, user, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):  # roles, as shops and teams give them, too
        response = api_as(user).get(PROFILE)

    body = response.json()
    assert response.status_code == 200
    assert body["id"] == str(user.pk)
    assert body["roles"] == ["buyer"]
    assert body["created_at"].endswith("Z")
    assert "password" not in body


def test_profile_gives_only_the_fields_asked_for(api_as, user):
    response = api_as(user).get(PROFILE, {"fields": "id,full_name"})

    assert response.json() == {"id": str(user.pk), "full_name": user.full_name}


def test_staff_and_sellers_are_told_so(api_as):
    staff = UserFactory(is_staff=True)

    assert api_as(staff).get(PROFILE).json()["roles"] == ["buyer", "staff"]


@pytest.mark.parametrize("method", ["put", "patch"])
def test_update_changes_name_and_language_only(api_as, user, method):
    response = getattr(api_as(user), method)(
        PROFILE,
        {
            "full_name": "Hoa",
            "language": "en",
            "is_staff": True,
            "roles": ["staff"],
            "id": "x",
            "email_verified_at": "2026-01-01T00:00:00Z",
        },
    )

    assert response.status_code == 200
    user.refresh_from_db()
    assert (user.full_name, user.language) == ("Hoa", "en")
    assert not user.is_staff
    assert user.email_verified_at is None


def test_what_was_read_can_be_put_back(api_as, user):
    client = api_as(user)

    response = client.put(PROFILE, client.get(PROFILE).json())

    assert response.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"full_name": ""},
        {"full_name": None},
        {"full_name": "x" * 151},
        {"full_name": 5},
        {"language": "de"},
        {"phone_number": "abc"},
        {"email": "abc"},
    ],
)
def test_wrong_input_changes_nothing(api_as, user, body):
    response = api_as(user).patch(PROFILE, body)

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == next(iter(body))
    name = user.full_name
    user.refresh_from_db()
    assert user.full_name == name


def test_put_needs_the_name(api_as, user):
    assert api_as(user).put(PROFILE, {"language": "en"}).status_code == 400


def test_a_new_address_needs_the_password_and_then_its_code(bearer, user, last_code):
    client = bearer(user)

    refused = client.patch(PROFILE, {"email": "new@example.test"})
    wrong = client.patch(PROFILE, {"email": "new@example.test", "current_password": "not-it-7"})
    asked = client.patch(PROFILE, {"email": "New@example.test", "current_password": PASSWORD})

    assert [r.status_code for r in (refused, wrong, asked)] == [400, 400, 200]
    assert refused.json()["error"]["details"][0]["field"] == "current_password"
    assert asked.json()["email"] == "lan@example.test"
    assert asked.json()["pending_email"] == "new@example.test"

    code = last_code("new@example.test")
    done = client.post("/api/v1/auth/verify-otp", {"email": "new@example.test", "code": code})

    assert done.status_code == 200
    assert done.json()["user"]["email"] == "new@example.test"
    assert done.json()["user"]["is_email_verified"] is True
    changed = OutboxEvent.objects.get(topic=IdentifierChanged.topic)
    assert changed.payload["old_destination"] == "lan@example.test"


def test_the_code_for_a_new_address_works_only_for_its_own_account(api, bearer, user, last_code):
    bearer(user).patch(PROFILE, {"email": "new@example.test", "current_password": PASSWORD})
    body = {"email": "new@example.test", "code": last_code("new@example.test")}

    guest = api.post("/api/v1/auth/verify-otp", body)
    other = bearer(UserFactory()).post("/api/v1/auth/verify-otp", body)

    assert (guest.status_code, other.status_code) == (400, 400)


def test_a_taken_address_answers_the_same_and_gets_no_code(bearer, user):
    UserFactory(email="taken@example.test", email_verified_at=timezone.now())
    client = bearer(user)

    response = client.patch(PROFILE, {"email": "taken@example.test", "current_password": PASSWORD})

    assert response.status_code == 200
    assert response.json()["email"] == "lan@example.test"
    taken = OutboxEvent.objects.get(topic=IdentifierTaken.topic)
    assert taken.payload["channel"] == "email"
    drain_outbox()
    assert mail.outbox == []


def test_an_identifier_can_go_while_the_other_is_confirmed(bearer, user):
    client = bearer(user)

    last = client.patch(PROFILE, {"phone_number": None, "current_password": PASSWORD})
    spare = client.patch(PROFILE, {"email": None, "current_password": PASSWORD})

    assert (last.status_code, spare.status_code) == (400, 200)
    user.refresh_from_db()
    assert (user.phone_number, user.email) == ("+84912345678", None)


def test_avatar_is_encoded_anew_under_a_name_of_our_own(
    bearer, user, django_capture_on_commit_callbacks
):
    client = bearer(user)

    first = client.put(f"{PROFILE}/avatar", {"avatar": picture()}, format="multipart")
    user.refresh_from_db()
    old = user.avatar.name
    with django_capture_on_commit_callbacks(execute=True):
        second = client.put(f"{PROFILE}/avatar", {"avatar": picture("JPEG")}, format="multipart")

    assert (first.status_code, second.status_code) == (200, 200)
    assert "/media/avatars/" in second.json()["avatar_url"]
    assert "evil" not in second.json()["avatar_url"]
    user.refresh_from_db()
    with default_storage.open(user.avatar.name) as file, Image.open(file) as stored:
        assert max(stored.size) == 512
    assert not default_storage.exists(old)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(f"{PROFILE}/avatar").status_code == 204
    assert client.get(PROFILE).json()["avatar_url"] is None
    assert not default_storage.exists(user.avatar.name)


@pytest.mark.parametrize(
    "file",
    [SimpleUploadedFile("a.png", b"<svg onload=alert(1)>"), SimpleUploadedFile("a.png", b""), "x"],
    ids=["svg", "empty", "text"],
)
def test_avatar_refuses_what_is_no_image(bearer, user, file):
    response = bearer(user).put(f"{PROFILE}/avatar", {"avatar": file}, format="multipart")

    assert response.status_code == 400
    assert response.json()["error"]["details"][0]["field"] == "avatar"
    user.refresh_from_db()
    assert not user.avatar


def test_avatar_takes_only_multipart(bearer, user):
    assert bearer(user).put(f"{PROFILE}/avatar", {"avatar": "x"}).status_code == 415
    assert bearer(user).put(f"{PROFILE}/avatar", {}, format="multipart").status_code == 400


def test_export_holds_everything_and_no_secret(bearer, user, monkeypatch):
    client = bearer(user)
    AddressFactory(user=user, line1="12 Nguyễn Huệ")
    key, text = create_api_key(user.pk, shop_id=uuid7(), name="ERP", scopes=["read:orders"])
    monkeypatch.setitem(hooks.export_sections, "orders", lambda user: [{"number": "A1"}])

    response = client.get(f"{PROFILE}/export")

    body = response.json()
    assert response.status_code == 200
    assert body["profile"]["phone_number"] == user.phone_number
    assert body["addresses"][0]["line1"] == "12 Nguyễn Huệ"
    assert len(body["sign_ins"]) == 1
    assert body["orders"] == [{"number": "A1"}]
    everything = json.dumps(body)
    session = Session.objects.get()
    for secret in (user.password, key.key_hash, text, str(session.token_id)):
        assert secret not in everything


def test_export_is_only_about_the_caller(bearer, user):
    AddressFactory(line1="somebody else's")

    assert "somebody" not in bearer(user).get(f"{PROFILE}/export").content.decode()


def test_close_needs_the_password(bearer, user):
    client = bearer(user)

    none = client.delete(PROFILE)
    wrong = client.delete(PROFILE, {"password": "not-it-7"})

    assert (none.status_code, wrong.status_code) == (400, 400)
    user.refresh_from_db()
    assert user.closed_at is None


def test_close_anonymises_and_ends_everything(api, bearer, user):
    client = bearer(user)
    AddressFactory(user=user)
    create_api_key(user.pk, shop_id=uuid7(), name="ERP", scopes=["read:orders"])

    response = client.delete(PROFILE, {"password": PASSWORD})

    assert response.status_code == 204
    user.refresh_from_db()
    assert user.closed_at is not None
    assert (user.phone_number, user.email, user.full_name) == (None, None, "Closed account")
    assert not Address.objects.filter(user=user).exists()
    assert not ApiKey.objects.live().exists()
    assert not OneTimeCode.objects.exists()
    assert set(Session.objects.values_list("ip_address", "user_agent")) == {("", "")}
    assert client.get(PROFILE).status_code == 401
    login = api.post("/api/v1/auth/login", {"phone_number": "+84912345678", "password": PASSWORD})
    assert login.status_code == 401
    assert OutboxEvent.objects.filter(topic="accounts.closed").count() == 1


def test_what_waited_while_the_account_was_closed_brings_nothing_back(bearer, user):
    shop_id, image = uuid7(), clean_image(picture())
    bearer(user).delete(PROFILE, {"password": PASSWORD})
    address = {"recipient_name": "Lan", "phone_number": "+84912345678", "line1": "1 Hàng Bài"}

    for work in (
        lambda: update_profile(user.pk, full_name="Lan"),
        lambda: set_avatar(user.pk, image),
        lambda: create_address(user.pk, province="Hà Nội", **address),
        lambda: create_api_key(user.pk, shop_id=shop_id, name="Lan", scopes=["read:orders"]),
    ):
        with pytest.raises(TokenNotValid):
            work()

    user.refresh_from_db()
    assert (user.full_name, user.avatar.name) == ("Closed account", "")
    assert not Address.objects.filter(user=user).exists()
    assert not ApiKey.objects.filter(owner=user).exists()


def test_the_identifiers_of_a_closed_account_are_free_again(api, bearer, user):
    bearer(user).delete(PROFILE, {"password": PASSWORD})

    response = api.post(
        "/api/v1/auth/register",
        {"phone_number": "+84912345678", "password": PASSWORD, "full_name": "Lan"},
    )

    assert response.status_code == 201
    assert User.objects.filter(phone_number="+84912345678").count() == 1
    drain_outbox()
    assert [sms["to"] for sms in messaging.sent_sms] == ["+84912345678"]


def test_close_can_be_refused_by_a_higher_app(bearer, user, monkeypatch):
    def open_orders(user):
        raise InvalidTransition("Orders are open.")

    monkeypatch.setattr(hooks, "closing_checks", [open_orders])

    response = bearer(user).delete(PROFILE, {"password": PASSWORD})

    assert response.status_code == 409
    user.refresh_from_db()
    assert user.closed_at is None
    assert not OutboxEvent.objects.filter(topic="accounts.closed").exists()
