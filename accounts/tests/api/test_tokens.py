"""Forged, stolen and stale access tokens."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from django.conf import settings

from accounts.models import Session, User
from accounts.services import log_in, suspend_user
from accounts.tests.factories import ORIGIN, PASSWORD
from accounts.tokens import token_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(user) -> Session:
    return log_in(user.email, PASSWORD, user_agent="", origin=ORIGIN)


def claims(session: Session, **changes) -> dict:
    now = int(datetime.now(UTC).timestamp())
    made = {
        "token_type": "access",
        "exp": now + 900,
        "iat": now,
        "jti": "0" * 32,
        "sub": str(session.user_id),
        "sid": str(session.pk),
        "iss": "marketplace",
        "aud": "marketplace",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def signed(payload: dict, key: str | None = None, **kwargs) -> str:
    return jwt.encode(payload, key or settings.JWT_SIGNING_KEY, algorithm="HS256", **kwargs)


def unsigned(payload: dict, algorithm: str) -> str:
    parts = ({"alg": algorithm, "typ": "JWT"}, payload)
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, ""])


def status(api, token: str) -> int:
    response = api.get("/api/v1/profile", headers={"Authorization": f"Bearer {token}"})
    if response.status_code == 401:
        assert response.json()["error"]["code"] == "token_not_valid"
    return response.status_code


def test_the_forger_of_these_tests_can_make_a_good_one(api, session):
    assert status(api, signed(claims(session))) == 200


FORGERIES = {
    "alg none": lambda s: unsigned(claims(s), "none"),
    "alg None": lambda s: unsigned(claims(s), "None"),
    "alg NONE": lambda s: unsigned(claims(s), "NONE"),
    "no signature": lambda s: unsigned(claims(s), "HS256"),
    "other key": lambda s: signed(claims(s), "another-key-that-is-quite-long-enough-too"),
    "django's key": lambda s: signed(claims(s), settings.SECRET_KEY),
    "other algorithm": lambda s: jwt.encode(claims(s), settings.JWT_SIGNING_KEY * 2, "HS512"),
    "kid": lambda s: signed(claims(s), "x" * 40, headers={"kid": "../../dev/null"}),
    "jku": lambda s: signed(claims(s), "x" * 40, headers={"jku": "http://127.0.0.1/keys"}),
    "jwk": lambda s: signed(claims(s), "x" * 40, headers={"jwk": {"kty": "oct", "k": "eA"}}),
    "refresh as access": lambda s: token_pair(s)["refresh"],
    "token_type refresh": lambda s: signed(claims(s, token_type="refresh")),
    "no token_type": lambda s: signed(claims(s, token_type=None)),
    "expired": lambda s: signed(claims(s, exp=int(datetime.now(UTC).timestamp()) - 1)),
    "no exp": lambda s: signed(claims(s, exp=None)),
    "exp text": lambda s: signed(claims(s, exp="never")),
    "exp huge": lambda s: signed(claims(s, exp=10**30)),
    "not yet": lambda s: signed(claims(s, nbf=int(datetime.now(UTC).timestamp()) + 900)),
    "other issuer": lambda s: signed(claims(s, iss="elsewhere")),
    "no issuer": lambda s: signed(claims(s, iss=None)),
    "other audience": lambda s: signed(claims(s, aud="elsewhere")),
    "no audience": lambda s: signed(claims(s, aud=None)),
    "no jti": lambda s: signed(claims(s, jti=None)),
    "no session": lambda s: signed(claims(s, sid=None)),
    "session of another type": lambda s: signed(claims(s, sid=[1])),
    "session a number": lambda s: signed(claims(s, sid=5)),
    "unknown session": lambda s: signed(claims(s, sid="01890000-0000-7000-8000-000000000000")),
    "payload a list": lambda s: jwt.api_jws.encode(b"[]", settings.JWT_SIGNING_KEY, "HS256"),
    "huge": lambda s: signed(claims(s)) + "x" * 7000,
    "two tokens": lambda s: f"{signed(claims(s))} {signed(claims(s))}",
    "empty": lambda s: "",
    "garbage": lambda s: "a.b.c",
    "not ascii": lambda s: "é.é.é",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_tokens_are_refused(api, session, name):
    assert status(api, FORGERIES[name](session)) == 401


def test_an_access_token_is_no_refresh_token(api, session):
    response = api.post("/api/v1/auth/refresh", {"refresh": token_pair(session)["access"]})

    assert response.status_code == 401
    assert Session.objects.live().exists()


@pytest.mark.parametrize(
    "changes", [{"sid": None}, {"jti": "x"}, {"sid": "x"}, {"sid": [1]}, {"exp": 10**30}]
)
def test_refresh_with_odd_claims_is_refused(api, session, changes):
    token = signed(claims(session, token_type="refresh", **changes))

    for call in ("refresh", "logout"):
        response = api.post(f"/api/v1/auth/{call}", {"refresh": token})
        assert response.status_code in ({401} if call == "refresh" else {401, 204})


def test_access_ends_after_a_quarter_of_an_hour(api, session):
    token = token_pair(session)["access"]

    assert status(api, token) == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=901)):
        assert status(api, token) == 401


def test_tokens_of_a_deleted_user_are_refused(api, session, user):
    tokens = token_pair(session)
    User.objects.filter(pk=user.pk).delete()

    assert status(api, tokens["access"]) == 401
    refresh = api.post("/api/v1/auth/refresh", {"refresh": tokens["refresh"]})
    assert refresh.status_code == 401


def test_a_suspended_users_tokens_are_out_at_once(api, session, user):
    tokens = token_pair(session)
    assert status(api, tokens["access"]) == 200

    suspend_user(user.pk, actor=None, reason="Fraud")

    assert status(api, tokens["access"]) == 401
    refresh = api.post("/api/v1/auth/refresh", {"refresh": tokens["refresh"]})
    assert (refresh.status_code, refresh.json()["error"]["code"]) == (401, "token_not_valid")


def test_other_schemes_are_no_token(api, session):
    token = token_pair(session)["access"]

    for header in (f"Basic {token}", token, f"JWT {token}"):
        response = api.get("/api/v1/profile", headers={"Authorization": header})
        assert response.status_code == 401
