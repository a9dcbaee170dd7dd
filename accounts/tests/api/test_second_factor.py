"""The second factor of staff at sign-in to the API, and on the staff's calls."""

from datetime import UTC, datetime

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.constants import LOGINS_PER_ACCOUNT_AND_ADDRESS
from accounts.errors import SecondFactorRequired
from accounts.models import SecondFactor, Session
from accounts.services import log_in
from accounts.tests.factories import ORIGIN, PASSWORD, StaffFactory, UserFactory
from accounts.tests.test_second_factor import code_of, enrolled, refusal, refusals

pytestmark = pytest.mark.django_db
LOGIN, REFRESH = "/api/v1/auth/login", "/api/v1/auth/refresh"
STAFF_CALL = "/api/v1/admin/users"
NOW = datetime(2026, 11, 21, 8, 0, 10, tzinfo=UTC)


@pytest.fixture
def required(settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True


def sign_in(user, **fields):
    return APIClient().post(LOGIN, {"email": user.email, "password": PASSWORD, **fields})


def answer(response):
    return response.status_code, response.json().get("error", {}).get("code")


def staff_call(tokens):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    return client.get(STAFF_CALL)


def test_staff_sign_in_with_a_code_that_is_good_once_and_refreshing_keeps_it(required):
    user = StaffFactory()
    with time_machine.travel(NOW, tick=False):
        factor, recovery = enrolled(user)
        code = code_of(factor)

        without = sign_in(user)
        wrong_password = sign_in(user, password="wrong", code=code)
        right = sign_in(user, code=f"{code[:3]} {code[3:]}")
        again = sign_in(user, code=code)
        by_recovery, spent = (sign_in(user, code=recovery[0]) for _ in range(2))

    assert answer(without) == (403, "second_factor_required")
    assert answer(wrong_password) == (401, "invalid_credentials")
    assert right.status_code == by_recovery.status_code == 200
    assert answer(again) == answer(spent) == (400, "wrong_second_factor")
    # Not the missing code: nobody showed a wrong one there.
    via = f"POST {LOGIN}"
    assert refusals() == [refusal(user, "password", via=via), *[refusal(user, via=via)] * 2]
    assert again.json()["error"]["details"][0]["field"] == "code"
    assert Session.objects.filter(second_factor_at__isnull=False).count() == 2
    assert Session.objects.count() == 2
    with time_machine.travel(NOW, tick=False):
        assert staff_call(right.json()).status_code == 200
        refreshed = APIClient().post(REFRESH, {"refresh": right.json()["refresh"]})
        assert staff_call(refreshed.json()).status_code == 200


def test_wrong_codes_are_limited_as_in_the_console_and_the_right_one_is_refused_then(required):
    user = StaffFactory()
    with time_machine.travel(NOW, tick=False):
        factor, _ = enrolled(user)
        code = code_of(factor)
        guess = "000000" if code != "000000" else "111111"

        tries = [answer(sign_in(user, code=guess)) for _ in range(5)]

        assert tries == [(400, "wrong_second_factor")] * 5
        assert answer(sign_in(user, code=code)) == (429, "throttled")
    assert refusals() == [refusal(user, via=f"POST {LOGIN}")] * 6
    assert not Session.objects.exists()


def test_wrong_password_is_written_down_of_staff_alone():
    sign_in(UserFactory(), password="wrong")
    assert refusals() == []

    user = StaffFactory()
    wrong, more = LOGINS_PER_ACCOUNT_AND_ADDRESS, 3
    statuses = [sign_in(user, password="wrong").status_code for _ in range(wrong + more)]
    assert statuses == [401] * wrong + [429] * more
    # What was refused unseen is not, or anybody could fill the log.
    assert refusals() == [refusal(user, "password", via=f"POST {LOGIN}")] * wrong


def test_who_has_none_is_refused_where_it_is_demanded_and_buyers_are_never_asked(settings):
    user, buyer = StaffFactory(), UserFactory()

    free = sign_in(user)
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    refused = sign_in(user, code="123456")

    assert (free.status_code, staff_call(free.json()).status_code) == (200, 403)
    assert answer(refused) == (403, "second_factor_not_enrolled")
    assert sign_in(buyer, code="123456").status_code == 200


def test_who_enrolled_is_asked_where_it_is_not_demanded_too():
    user = StaffFactory()
    before = sign_in(user)
    assert staff_call(before.json()).status_code == 200

    factor, _ = enrolled(user)

    assert answer(staff_call(before.json())) == (403, "second_factor_required")
    with pytest.raises(SecondFactorRequired):
        log_in(user.email, PASSWORD, user_agent="", origin=ORIGIN)
    shown = sign_in(user, code=code_of(factor)).json()
    assert staff_call(shown).status_code == 200
    # Another device: what was shown of the one before counts no more.
    SecondFactor.objects.all().delete()
    enrolled(user)
    assert answer(staff_call(shown)) == (403, "second_factor_required")
