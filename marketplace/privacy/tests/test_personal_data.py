"""What is declared about personal data is complete, and true."""

import orjson
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from accounts.constants import ApiScope, CodePurpose
from accounts.models import OneTimeCode, RecoveryCode, SecondFactor, User
from accounts.services import close_account
from accounts.services.api_keys import create_api_key
from accounts.services.sessions import start_session
from accounts.tests.factories import PASSWORD, AddressFactory, StaffFactory, UserFactory
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.tests.factories import VariantFactory
from catalog.wishlists.tests.factories import WishFactory
from marketplace.common.audit.constants import ActorKind
from marketplace.common.audit.context import acting
from marketplace.common.ids import uuid7
from marketplace.common.testing import drain_outbox
from marketplace.privacy.personal_data import APART, IMPERSONAL, PERSONAL, Fate
from notifications.models import Delivery, Notification, Preference
from orders.documents.services.invoices import issue_invoice
from orders.models import Order
from orders.returns.tests.factories import deliver
from orders.services.progress import confirm_receipt
from orders.tests.factories import place
from reviews.tests.factories import QuestionFactory
from shops.constants import TeamRole
from shops.models import ShopInvitation, ShopMember
from shops.tests.factories import ShopFactory

TEXTS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    models.BinaryField,
    models.GenericIPAddressField,
    ArrayField,
)
# What says who a person is; in nobody else's rows.
CANARIES = {
    "name": "Quỳnh Kanari",
    "phone": "+84977000111",
    "email": "kanari@example.test",
    "door": "77 Kanariengasse",
    "ip": "203.0.113.77",
    "note": "ring at Kanari's",
    "recipient": "Old Kanari",
    "program": "Kanari/1.0",
}
DOCUMENTS = settings.BASE_DIR / "docs" / "privacy.md"


def columns_with_text():
    return {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if ((isinstance(field, TEXTS) and not field.choices) or field.name in {"latitude"})
        and not isinstance(field, models.GeneratedField)
    }


def declared():
    held = [(label, row.columns) for label, rows in PERSONAL.items() for row in rows]
    apart = [(label, columns) for label, (columns, _) in APART.items()]
    return [
        (label, column)
        for label, columns in [*held, *apart, *IMPERSONAL.items()]
        for column in columns.split()
    ]


def test_every_column_that_can_hold_text_is_declared_once():
    found = declared()

    assert columns_with_text() - set(found) == set(), "declare it in marketplace/privacy"
    assert sorted(found) == sorted(set(found))
    for label, column in found:
        apps.get_model(label)._meta.get_field(column)


def test_what_is_kept_or_not_exported_says_why():
    for label, rows in PERSONAL.items():
        for row in rows:
            assert bool(row.why) == (row.fate == Fate.KEPT), (label, row)
            assert row.exported, (label, row)


def test_the_document_shows_the_table_and_the_periods():
    text = DOCUMENTS.read_text()

    for label, rows in PERSONAL.items():
        for row in rows:
            assert f"| `{label}` | {', '.join(row.columns.split())} | {row.fate} |" in text
    for label, (columns, why) in APART.items():
        assert f"| `{label}` | {', '.join(columns.split())} | {why} |" in text
    for name, days in settings.RETENTION_DAYS.items():
        assert f"| `RETENTION_{name.upper()}_DAYS` | {days} |" in text


@pytest.fixture
def leaving() -> User:
    """A buyer of whom something is held in as many tables as one can be in."""
    user: User = UserFactory(
        full_name=CANARIES["name"], phone_number=CANARIES["phone"], email=CANARIES["email"]
    )
    AddressFactory(user=user, line1=CANARIES["door"], recipient_name=CANARIES["recipient"])
    start_session(user, user_agent=CANARIES["program"], ip_address=CANARIES["ip"])
    OneTimeCode.objects.create(
        user=user,
        purpose=CodePurpose.RESET_PASSWORD,
        channel="email",
        destination=CANARIES["email"],
        expires_at=user.created_at,
    )
    factor = SecondFactor.objects.create(user=user, last_step=1)
    RecoveryCode.objects.create(factor=factor, code_hash="x")
    create_api_key(user.pk, shop_id=uuid7(), name=CANARIES["note"], scopes=[ApiScope.READ_ORDERS])
    order = Order.objects.get(
        checkout=place((VariantFactory(), 1), buyer=user, note=CANARIES["note"])
    )
    issue_invoice(deliver(order).pk)
    confirm_receipt(order.pk, actor=user)
    shop = ShopFactory()
    ShopMember.objects.create(shop=shop, user=user, roles=[TeamRole.values[0]])
    with acting(shop.owner_id, ActorKind.SELLER, via="a test"):
        ShopInvitation.objects.create(
            shop=shop,
            email=CANARIES["email"],
            roles=[TeamRole.values[0]],
            invited_by=shop.owner,
            expires_at=user.created_at,
        )
    CartItemFactory(cart=CartFactory(user=user))
    WishFactory(wishlist__user=user, note=CANARIES["note"])
    QuestionFactory(user=user)
    Preference.objects.create(user=user, type="order_placed", channels=[])
    told = Notification.objects.create(
        user=user, title=f"Hello {CANARIES['name']}", event_key="test"
    )
    Delivery.objects.create(notification=told, channel="sms", destination=CANARIES["phone"])
    staff = StaffFactory()
    with acting(staff.pk, ActorKind.STAFF, via="a test"):
        User.objects.filter(pk=user.pk).update(full_name="Q. Kanari")
        User.objects.filter(pk=user.pk).update(full_name=CANARIES["name"])
    drain_outbox()
    return user


def places_of(text):
    """Return the tables in which a text stands anywhere."""
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {table} AS row WHERE to_jsonb(row)::text LIKE %s)",
                [f"%{text}%"],
            )
            if cursor.fetchone()[0]:
                found.add(model._meta.label)
    return found


@pytest.mark.django_db
def test_closing_leaves_of_a_person_what_is_declared_and_no_more(leaving, api_as):
    client = api_as(leaving)
    exported = client.get("/api/v1/profile/export").json()
    whole = orjson.dumps(exported).decode()
    held_before = {
        label: apps.get_model(label)._default_manager.filter(**{row.owner: leaving.pk}).exists()
        for label, rows in PERSONAL.items()
        for row in rows
    }

    for text in CANARIES.values():
        assert orjson.dumps(text).decode().strip('"') in whole
    # As sellers do it: what they change is written down.
    with acting(leaving.pk, ActorKind.SELLER, via="a test"):
        close_account(leaving.pk, password=PASSWORD)
    drain_outbox()

    for label, rows in PERSONAL.items():
        for row in rows:
            if not row.exported.startswith("(") and held_before[label]:
                assert exported.get(row.exported), f"{label} is not in the export"
            if row.fate == Fate.DELETED:
                owned = apps.get_model(label)._default_manager.filter(**{row.owner: leaving.pk})
                assert not owned.exists(), label
    left = {name: places_of(text) for name, text in CANARIES.items()}
    # The invoice says whom it was made out to. What the drained events told has ids alone.
    assert left.pop("door") == left.pop("recipient") == {"documents.Document"}
    assert [name for name, places in left.items() if places] == [], left
    assert sum(held_before.values()) >= 13
