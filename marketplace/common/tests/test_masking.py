import pytest
from django.test import RequestFactory

from marketplace.common.masking import MASK, mask, mask_value, secrets_of


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Key (phone_number)=(+84912345678) exists", f"Key (phone_number)=({MASK}) exists"),
        ("to an.nguyen+1@example.co.uk.", f"to {MASK}."),
        ("call 0912 345 678 now", f"call {MASK} now"),
        ("card 4242 4242 4242 4242.", f"card {MASK}."),
        ("password='hunter22'", f"password='{MASK}'"),
        ('{"otp": "482913"}', f'{{"otp": "{MASK}"}}'),
        ("Your code is 482913.", f"Your code is {MASK}."),
        ("redis://:pw12@cache:6379/0", f"redis://{MASK}@cache:6379/0"),
        ("Authorization: Bearer abcd.efgh", f"Authorization: {MASK} {MASK}"),
        ("eyJhbGciOi.eyJzdWIiOiIx.c2ln is it", f"{MASK} is it"),
        ("mk_abc123_Zm9vYmFyYmF6", MASK),
        ("whsec_1234567890", MASK),
        ("/shared/d2VCc0mYb1Xq5S9vQe8nA7kLrTu3WzP6hGfJx4oNcDi", f"/shared/{MASK}"),
        ("secret JBSWY3DPEHPK3PXP", f"secret {MASK}"),
        ("DETAIL:  Failing row contains (1, An,\n2).", f"DETAIL:  Failing row contains ({MASK})"),
        ("hash bcrypt_sha256$$2b$12$abc/def", f"hash {MASK}"),
    ],
)  # fmt: skip
def test_secret_is_masked(text, left):
    assert mask(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "event 0192e4a1-0000-7000-8000-012345678901 is parked",
        "done=500 skipped=0 failed=0",
        "order DH251121-4F7K2M of 1732192000 for 84,000,000 in 12.345 s",
        "2026-11-21T12:30:29.123456+00:00 GET product-list 200",
        "Not valid: password, phone_number.",
        "sha 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    ],
)
def test_what_is_no_secret_stays(text):
    assert mask(text) == text


def test_secret_setting_is_masked_wherever_it_stands(settings):
    settings.STRIPE_SECRET_KEY = "nothing-that-looks-like-it"

    assert mask("sent nothing-that-looks-like-it") == f"sent {MASK}"


def test_private_names_hide_whatever_they_hold():
    value = {"user": {"password": "x", "name": "An"}, "codes": ["a"], "rows": [{"token": {"a": 1}}]}

    assert mask_value(value) == {
        "user": {"password": MASK, "name": "An"},
        "codes": ["a"],
        "rows": [{"token": MASK}],
    }


def test_what_the_caller_sent_in_private_fields_is_found():
    body = b'{"password": "correct horse", "profile": [{"otp": 1234}], "name": "An"}'
    request = RequestFactory().post(
        "/?token=abcd&page=second", body, content_type="application/json", HTTP_X_API_KEY="k-e-y-1"
    )
    _ = request.body

    found = secrets_of(request)

    assert {"correct horse", "1234", "abcd", "k-e-y-1"} <= found
    assert not found & {"An", "second"}
    assert mask("no correct horse at 1234 or 51234", found) == f"no {MASK} at {MASK} or 51234"
