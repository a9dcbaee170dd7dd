"""The console's part of accounts, over HTTP."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from accounts.constants import CodePurpose
from accounts.models import ApiKey, OneTimeCode, Session, User
from accounts.services import create_api_key, log_in, setup_groups
from accounts.services.one_time_codes import issue_code
from accounts.tests.factories import ORIGIN, PASSWORD, AddressFactory, StaffFactory, UserFactory
from accounts.tests.test_second_factor import refusal, refusals
from marketplace.common.ids import uuid7
from marketplace.common.limits.models import LimitCounter
from marketplace.common.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"


@pytest.fixture
def root(client) -> Client:
    client.force_login(StaffFactory(email="root@example.test", phone_number=None))
    return client


def staff_of(group: str) -> User:
    setup_groups()
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def act(client: Client, action: str, *rows, url: str = USERS, **data):
    return client.post(url, {"action": action, "_selected_action": [r.pk for r in rows], **data})


@pytest.mark.parametrize("identifier", ["lan@example.test", "LAN@example.test ", "0912345678"])
def test_login_takes_phone_or_email(client, identifier):
    StaffFactory(email="lan@example.test", phone_number="+84912345678")

    response = client.post("/admin/login/", {"username": identifier, "password": PASSWORD})

    assert response.status_code == 302
    assert client.get("/admin/").status_code == 200


def test_login_refuses_buyers_and_wrong_passwords(client, user):
    StaffFactory(email="root@example.test")

    for username, password in [(user.email, PASSWORD), ("root@example.test", "no"), ("x", "y")]:
        response = client.post("/admin/login/", {"username": username, "password": password})
        assert response.status_code == 200
        assert "Please enter the correct" in response.content.decode()


def test_login_is_limited_and_a_right_password_from_elsewhere_works(client):
    user = StaffFactory(email="root@example.test")
    wrong = {"username": "root@example.test", "password": "not-the-one"}

    for _ in range(10):
        client.post("/admin/login/", wrong)
    counted = sum(LimitCounter.objects.values_list("count", flat=True))
    right = {"username": "root@example.test", "password": PASSWORD}
    refused = client.post("/admin/login/", right)
    elsewhere = client.post("/admin/login/", right, REMOTE_ADDR="203.0.113.9")

    assert refused.status_code == 200
    assert "Too many attempts" in refused.content.decode()
    assert sum(LimitCounter.objects.values_list("count", flat=True)) == counted
    assert refusals() == [refusal(user, "password", via="POST /admin/login/")] * 10
    assert elsewhere.status_code == 302


def test_suspended_staff_lose_the_console_at_once(client):
    user = StaffFactory()
    client.force_login(user)
    assert client.get("/admin/").status_code == 200

    User.objects.filter(pk=user.pk).update(suspended_at=datetime.now(UTC))

    assert client.get("/admin/").status_code == 302
    form = {"username": user.email, "password": PASSWORD}
    assert client.post("/admin/login/", form).status_code == 200
    assert refusals() == [refusal(user, "suspended", via="POST /admin/login/")]


def test_suspend_needs_a_reason_and_ends_the_tokens(root, user, bearer):
    caller = bearer(user)

    asked = act(root, "suspend", user)
    assert asked.status_code == 200
    assert caller.get("/api/v1/profile").status_code == 200
    act(root, "suspend", user, reason="Fraud")

    user.refresh_from_db()
    assert user.suspension_reason == "Fraud"
    assert caller.get("/api/v1/profile").status_code == 401
    history = root.get(f"{USERS}{user.pk}/history/").content.decode()
    assert "Fraud" in history


def test_unsuspend_and_log_out_everywhere(root, user, bearer):
    caller = bearer(user)
    act(root, "log_out_everywhere", user)
    assert caller.get("/api/v1/profile").status_code == 401
    act(root, "suspend", user, reason="Fraud")

    act(root, "unsuspend", user)

    user.refresh_from_db()
    assert user.is_active
    bearer(user)


@pytest.mark.parametrize("term", ["+84912345678", "0912345678", "lan@example.test", "id"])
def test_search_is_exact(root, user, term):
    UserFactory(email="lan@example.test.other", phone_number="+84912345679")

    page = root.get(USERS, {"q": str(user.pk) if term == "id" else term}).content.decode()

    assert user.full_name in page
    assert "1 user" in page
    assert "0 users" in root.get(USERS, {"q": "lan"}).content.decode()


@pytest.mark.parametrize("state", ["open", "suspended", "closed"])
def test_state_filter(root, state):
    UserFactory(suspended_at=datetime.now(UTC), full_name="Sus Pended")

    page = root.get(USERS, {"state": state}).content.decode()

    assert ("Sus Pended" in page) == (state == "suspended")


def test_change_form_writes_only_what_was_changed(root, user):
    url = f"{USERS}{user.pk}/change/"
    initial = root.get(url).context["adminform"].form.initial
    data = {name: initial[name] for name in ("full_name", "phone_number", "email", "language")}
    data["password"] = "forged"
    # A suspension between the form's rendering and its submission.
    User.objects.filter(pk=user.pk).update(suspended_at=datetime.now(UTC))

    response = root.post(url, {**data, "full_name": "New Name", "phone_number": "0987654321"})

    assert response.status_code == 302, response.context["adminform"].form.errors
    user.refresh_from_db()
    assert user.full_name == "New Name"
    assert user.phone_number == "+84987654321"
    assert user.phone_verified_at is None
    assert user.suspended_at is not None
    assert user.check_password(PASSWORD)


def test_replaced_contacts_are_told_and_new_ones_get_a_code(
    root, user, django_capture_on_commit_callbacks
):
    old_email, old_phone = user.email, user.phone_number
    code = issue_code(user, CodePurpose.RESET_PASSWORD, old_email)
    url = f"{USERS}{user.pk}/change/"
    initial = root.get(url).context["adminform"].form.initial
    data = {name: initial[name] for name in ("full_name", "phone_number", "email", "language")}

    with django_capture_on_commit_callbacks(execute=True):
        root.post(url, {**data, "email": "new@example.test", "phone_number": ""})

    user.refresh_from_db()
    assert (user.email, user.email_verified_at) == ("new@example.test", None)
    assert (user.phone_number, user.phone_verified_at) == (None, None)
    changed = OutboxEvent.objects.filter(topic="accounts.identifier_changed")
    told = sorted((e.payload["channel"], e.payload["old_destination"]) for e in changed)
    assert told == [("email", old_email), ("sms", old_phone)]
    code.refresh_from_db()
    assert code.used_at is not None
    sent = OneTimeCode.objects.live().get()
    assert (sent.purpose, sent.destination) == (CodePurpose.VERIFY, "new@example.test")


def test_only_contact_is_replaced_by_one_of_the_other_kind(root):
    user = UserFactory(phone_number=None, email_verified_at=timezone.now())
    data = {"full_name": user.full_name, "language": user.language, "email": ""}

    answer = root.post(f"{USERS}{user.pk}/change/", {**data, "phone_number": "+84912345678"})

    assert answer.status_code == 302
    told = OutboxEvent.objects.get(topic="accounts.identifier_changed").payload["old_destination"]
    assert told == user.email
    user.refresh_from_db()
    assert (user.email, user.phone_number) == (None, "+84912345678")


def test_other_changes_of_staff_tell_nobody_of_a_new_contact(
    root, user, django_capture_on_commit_callbacks
):
    url = f"{USERS}{user.pk}/change/"
    initial = root.get(url).context["adminform"].form.initial
    data = {name: initial[name] for name in ("full_name", "phone_number", "email", "language")}

    with django_capture_on_commit_callbacks(execute=True):
        root.post(url, {**data, "full_name": "New Name"})

    user.refresh_from_db()
    assert (user.full_name, user.phone_verified_at is not None) == ("New Name", True)
    assert not OutboxEvent.objects.exists()
    assert not OneTimeCode.objects.exists()


def test_add_form_makes_an_account_by_phone_alone(root):
    data = {
        "full_name": "Hoa",
        "phone_number": "0987654321",
        "email": "",
        "language": "vi",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    none = root.post(f"{USERS}add/", {**data, "phone_number": ""})
    made = root.post(f"{USERS}add/", data)
    taken = root.post(f"{USERS}add/", data)

    assert none.status_code == 200
    assert made.status_code == 302
    assert "Another account has it." in taken.content.decode()
    user = User.objects.get(phone_number="+84987654321")
    assert user.email is None
    assert user.check_password(PASSWORD)


def test_setting_a_password_ends_every_sign_in(root, user, bearer):
    caller = bearer(user)

    response = root.post(
        f"{USERS}{user.pk}/password/",
        {
            "password1": "a-new-secret-9",
            "password2": "a-new-secret-9",
            "usable_password": "true",
            "set-password": "1",
        },
    )

    assert response.status_code == 302
    assert caller.get("/api/v1/profile").status_code == 401
    user.refresh_from_db()
    assert user.check_password("a-new-secret-9")


def test_changing_ones_own_password_keeps_the_console_and_ends_api_sign_ins(client, bearer):
    user = StaffFactory(email="root@example.test")
    caller = bearer(user)
    client.force_login(user)

    response = client.post(
        "/admin/password_change/",
        {
            "old_password": PASSWORD,
            "new_password1": "a-new-secret-9",
            "new_password2": "a-new-secret-9",
        },
    )

    assert response.status_code == 302
    assert client.get("/admin/").status_code == 200
    assert caller.get("/api/v1/profile").status_code == 401


def test_support_cannot_touch_staff_rights_or_passwords(client, user):
    client.force_login(staff_of("Support"))

    assert client.get(USERS).status_code == 200
    assert client.post(f"{USERS}{user.pk}/password/", {}).status_code == 403
    client.post(f"{USERS}{user.pk}/change/", {"full_name": "x", "is_superuser": "on"})
    user.refresh_from_db()
    assert not user.is_superuser
    assert client.get("/admin/auth/group/add/").status_code == 403


def test_administrators_cannot_make_superusers_or_change_staff(client, user):
    client.force_login(staff_of("Administrator"))
    root = StaffFactory()

    page = client.get(f"{USERS}{user.pk}/change/").content.decode()
    response = client.post(f"{USERS}{root.pk}/change/", {"full_name": "x"})
    act(client, "suspend", root, reason="coup")

    assert 'name="is_superuser"' not in page
    assert response.status_code == 403
    root.refresh_from_db()
    assert root.is_active


def test_finance_cannot_suspend(client, user):
    client.force_login(staff_of("Finance"))

    act(client, "suspend", user, reason="because")

    user.refresh_from_db()
    assert user.is_active


def test_no_account_is_ever_deleted(root, user):
    assert root.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code == 403
    act(root, "delete_selected", user, post="yes")
    assert User.objects.filter(pk=user.pk).exists()


def test_the_other_pages_open_and_show_no_secret(root, user, django_assert_max_num_queries):
    session = log_in(user.email, PASSWORD, user_agent="Firefox", origin=ORIGIN)
    code = issue_code(user, "verify", user.phone_number)
    key, text = create_api_key(user.pk, shop_id=uuid7(), name="ERP", scopes=["read:orders"])
    address = AddressFactory(user=user)

    for model, row in [
        ("session", session),
        ("onetimecode", code),
        ("apikey", key),
        ("address", address),
        ("user", user),
    ]:
        with django_assert_max_num_queries(8):
            listing = root.get(f"/admin/accounts/{model}/")
        detail = root.get(f"/admin/accounts/{model}/{row.pk}/change/")
        search = root.get(f"/admin/accounts/{model}/", {"q": str(user.pk)})
        assert [listing.status_code, detail.status_code, search.status_code] == [200] * 3
        page = listing.content.decode() + detail.content.decode()
        assert key.key_hash not in page
        assert text not in page
        assert str(session.token_id) not in page


def test_sign_ins_and_keys_can_be_ended(root, user):
    session = log_in(user.email, PASSWORD, user_agent="", origin=ORIGIN)
    key, _ = create_api_key(user.pk, shop_id=uuid7(), name="ERP", scopes=["read:orders"])

    act(root, "revoke", session, url="/admin/accounts/session/")
    act(root, "revoke", key, url="/admin/accounts/apikey/")

    assert not Session.objects.live().exists()
    assert not ApiKey.objects.live().exists()


def test_lists_take_a_constant_number_of_queries(root, django_assert_num_queries):
    def queries(model: str) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as captured:
            root.get(f"/admin/accounts/{model}/")
        return len(captured)

    for n in range(2):
        AddressFactory(user=UserFactory(email=f"a{n}@example.test"))
    before = [queries(model) for model in ("user", "address")]
    for n in range(30):
        AddressFactory(user=UserFactory(email=f"b{n}@example.test"))

    assert [queries(model) for model in ("user", "address")] == before
    assert OneTimeCode.objects.count() == 0


def test_groups_are_least_privilege_and_repeatable():
    first = setup_groups()
    second = setup_groups()

    assert first == second
    assert set(first) == {
        "Moderator",
        "Support",
        "Finance",
        "Catalogue manager",
        "Administrator",
    }
    assert all(first.values())
    granted = Permission.objects.filter(group__name__in=first)
    assert not granted.filter(
        content_type__app_label="auth", codename__startswith="change"
    ).exists()
    assert not granted.filter(codename="delete_user").exists()
    finance = Permission.objects.filter(group__name="Finance")
    assert not finance.filter(codename__in=["suspend_user", "change_product"]).exists()
