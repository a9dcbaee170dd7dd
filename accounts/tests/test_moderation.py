import pytest

from accounts.errors import NotAllowed
from accounts.models import User
from accounts.services import set_password, suspend_user, unsuspend_user
from accounts.tests.factories import StaffFactory, UserFactory
from marketplace.common.errors import InvalidInput, InvalidTransition, NotFound
from marketplace.common.ids import uuid7
from marketplace.common.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db


def refused(error: type[Exception], call) -> None:
    before = list(User.objects.order_by("pk").values_list("suspended_at", "password"))
    with pytest.raises(error):
        call()
    assert list(User.objects.order_by("pk").values_list("suspended_at", "password")) == before
    assert not OutboxEvent.objects.exists()


def test_suspend_refuses_what_makes_no_sense(user):
    root, support = StaffFactory(), UserFactory(is_staff=True)

    refused(InvalidInput, lambda: suspend_user(user.pk, actor=root, reason="  "))
    refused(NotFound, lambda: suspend_user(uuid7(), actor=root, reason="x"))
    refused(NotAllowed, lambda: suspend_user(root.pk, actor=root, reason="x"))
    refused(NotAllowed, lambda: suspend_user(root.pk, actor=support, reason="x"))
    refused(InvalidTransition, lambda: unsuspend_user(user.pk, actor=root))
    refused(NotAllowed, lambda: unsuspend_user(root.pk, actor=support))


def test_suspend_twice_is_refused_and_keeps_the_first_reason(user):
    suspend_user(user.pk, actor=StaffFactory(), reason="first")

    with pytest.raises(InvalidTransition):
        suspend_user(user.pk, actor=StaffFactory(), reason="second")

    user.refresh_from_db()
    assert user.suspension_reason == "first"


def test_only_a_superuser_sets_the_password_of_staff(user):
    root, support = StaffFactory(), UserFactory(is_staff=True)

    refused(NotAllowed, lambda: set_password(root.pk, "a-new-secret-9", actor=support))
    refused(NotFound, lambda: set_password(uuid7(), "a-new-secret-9", actor=root))
    refused(InvalidInput, lambda: set_password(user.pk, "short", actor=root))
