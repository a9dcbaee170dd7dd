"""What each type says, and by which ways it goes."""

import re

import pytest
from django.conf import settings

from marketplace.invariants.checks import CHECKS
from notifications.constants import MAX_SMS_LENGTH, Audience, DeliveryChannel, NotificationType
from notifications.kinds import KINDS, render

# As long as each of them can be where an SMS names it; the others are names that people choose.
VALUES = {
    "number": "ORD-20261121-ABCDEF",
    "total": "1.000.000.000.000 ₫",
    "limit": "5000",
}
FREE = (
    "shop",
    "reason",
    "product",
    "items",
    "price",
    "rating",
    "until",
    "account",
    "amount",
    "month",
    "closing",
    "person",
    "roles",
    "due",
    "step",
    "address",
)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", list(NotificationType))
def test_every_type_says_something_in_every_language(kind, language):
    text = render(kind, language, VALUES | dict.fromkeys(FREE, "Cửa hàng {x} A\r\nBcc: b@c.d"))

    assert text.title
    assert text.body
    assert "\n" not in text.title


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].vi.sms])
def test_sms_is_one_message_and_says_nothing_that_people_chose(kind, language):
    template = KINDS[kind].text(language).sms

    text = render(kind, language, VALUES | dict.fromkeys(FREE, "x")).sms

    assert set(re.findall(r"{(\w+)}", template)) <= set(VALUES)
    # Beyond ASCII a message holds 70 characters.
    assert text.isascii()
    assert text == template.format(**VALUES).replace("₫", "d"), "it was cut"
    assert len(text) <= MAX_SMS_LENGTH


def test_the_two_languages_go_by_the_same_ways():
    assert all(bool(kind.vi.sms) == bool(kind.en.sms) for kind in KINDS.values())


def test_no_type_goes_by_a_way_that_it_does_not_have():
    assert all(kind.channels <= kind.allowed for kind in KINDS.values())


def test_security_messages_are_about_the_account_and_go_everywhere():
    security = {name for name, kind in KINDS.items() if kind.is_security}

    assert security == {
        NotificationType.PASSWORD_CHANGED,
        NotificationType.SIGN_IN_ENDED,
        NotificationType.CONTACT_CHANGED,
        NotificationType.REGISTRATION_ATTEMPTED,
        NotificationType.ACCOUNT_SUSPENDED,
        NotificationType.ACCOUNT_REINSTATED,
    }
    for name in security:
        assert KINDS[name].audience == Audience.ACCOUNT
        assert KINDS[name].channels == set(DeliveryChannel)


def test_language_without_texts_falls_back():
    values = {"shop": "A"}

    assert render(NotificationType.SHOP_APPROVED, "fr", values) == render(
        NotificationType.SHOP_APPROVED, "vi", values
    )


def test_every_type_is_in_the_table_of_the_documentation():
    table = (settings.BASE_DIR / "docs" / "notifications.md").read_text(encoding="utf-8")

    assert [kind for kind in NotificationType if f"| `{kind}` |" not in table] == []


def test_the_invariant_knows_every_security_message():
    query = CHECKS["Nobody has switched off a security message"]

    assert set(re.findall(r"'(\w+)'", query)) == {
        str(kind) for kind in KINDS if KINDS[kind].is_security
    }
