"""Staying signed in, and signing out."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.tests.api.bodies import AUTH
from marketplace.common.outbox.models import OutboxEvent

pytestmark = pytest.mark.django_db


def test_refresh_gives_a_new_pair_and_spends_the_old_token(api, user, sign_in):
    first = sign_in(user)

    second = api.post(f"{AUTH}/refresh", {"refresh": first["refresh"]})

    assert second.status_code == 200
    assert set(second.json()) == {"access", "refresh"}
    assert second.json()["refresh"] != first["refresh"]
    third = api.post(f"{AUTH}/refresh", {"refresh": second.json()["refresh"]})
    assert third.status_code == 200


def test_refresh_with_a_spent_token_ends_the_whole_family_and_warns(api, user, sign_in):
    first = sign_in(user)
    second = api.post(f"{AUTH}/refresh", {"refresh": first["refresh"]}).json()

    reused = api.post(f"{AUTH}/refresh", {"refresh": first["refresh"]})

    assert (reused.status_code, reused.json()["error"]["code"]) == (401, "token_not_valid")
    after = api.post(f"{AUTH}/refresh", {"refresh": second["refresh"]})
    profile = api.get("/api/v1/profile", headers={"Authorization": f"Bearer {second['access']}"})
    assert (after.status_code, profile.status_code) == (401, 401)
    assert OutboxEvent.objects.filter(topic="accounts.refresh_token_reused").count() == 1


def test_refresh_leaves_other_sign_ins_alone(api, user, sign_in):
    stolen, other = sign_in(user), sign_in(user)
    api.post(f"{AUTH}/refresh", {"refresh": stolen["refresh"]})
    api.post(f"{AUTH}/refresh", {"refresh": stolen["refresh"]})

    response = api.post(f"{AUTH}/refresh", {"refresh": other["refresh"]})

    assert response.status_code == 200


@pytest.mark.parametrize("refresh", ["", "x", "a.b.c", None, 1, [], "x" * 5000])
def test_refresh_with_what_is_no_token_is_refused(api, refresh):
    response = api.post(f"{AUTH}/refresh", {"refresh": refresh})

    assert response.status_code in {400, 401}


def test_a_sign_in_ends_after_ninety_days_however_often_it_is_refreshed(api, user, sign_in):
    start = datetime.now(UTC)
    with time_machine.travel(start) as clock:
        refresh = sign_in(user)["refresh"]
        statuses = []
        for day in range(6, 100, 6):
            clock.move_to(start + timedelta(days=day, hours=1))
            response = api.post(f"{AUTH}/refresh", {"refresh": refresh})
            statuses.append(response.status_code)
            refresh = response.json().get("refresh", refresh)

    assert statuses == [200] * 14 + [401] * 2


def test_logout_ends_this_sign_in_at_once(api, user, sign_in):
    mine, other = sign_in(user), sign_in(user)

    response = api.post(f"{AUTH}/logout", {"refresh": mine["refresh"]})

    assert (response.status_code, response.content) == (204, b"")
    headers = {"Authorization": f"Bearer {mine['access']}"}
    assert api.get("/api/v1/profile", headers=headers).status_code == 401
    assert api.post(f"{AUTH}/refresh", {"refresh": mine["refresh"]}).status_code == 401
    assert api.post(f"{AUTH}/refresh", {"refresh": other["refresh"]}).status_code == 200
    assert api.post(f"{AUTH}/logout", {"refresh": mine["refresh"]}).status_code == 204


def test_logout_all_ends_every_sign_in(api, user, bearer, sign_in, client):
    other = sign_in(user)
    client.force_login(user)
    session_hash = user.get_session_auth_hash()
    caller = bearer(user)

    response = caller.post(f"{AUTH}/logout-all")

    assert response.status_code == 204
    assert caller.get("/api/v1/profile").status_code == 401
    assert api.post(f"{AUTH}/refresh", {"refresh": other["refresh"]}).status_code == 401
    user.refresh_from_db()
    assert user.get_session_auth_hash() != session_hash
