"""What people write never runs in the browser of staff, wherever the console shows it."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models import (
    CharField,
    EmailField,
    FileField,
    JSONField,
    Model,
    SlugField,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Concat, Right

from accounts.models import User
from catalog.constants import ProductStatus
from catalog.models import Product
from marketplace.common.moderation.queue import QueueAdmin
from marketplace.tests.console import SITE, rows, url
from marketplace.tests.world import World, sign_in
from orders.returns.constants import ReturnStatus
from orders.returns.models import Return
from reviews.models import Question, Review
from shops.constants import ShopStatus
from shops.models import Shop
from shops.tests.factories import ShopFactory

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "' autofocus onfocus=alert(4) x='",
    '" onmouseover="alert(5)',
    "</title><script>alert(6)</script>",
    "</textarea><script>alert(7)</script>",
    "</select><iframe srcdoc='<script>alert(8)</script>'>",
    "<a href=javascript:alert(9)>x</a>",
    "javascript:alert(10)",
    "<body onload=alert(11)>",
    "<details open ontoggle=alert(12)>",
    "<video><source onerror=alert(13)></video>",
    "<math><mi xlink:href=javascript:alert(14)>x</mi></math>",
    "<object data=javascript:alert(15)></object>",
    "<base href=//evil.test/>",
    "<form action=javascript:alert(17)><button>x</button></form>",
    "<style>@import '//evil.test/x.css'</style>",
    "--><script>alert(19)</script><!--",
    "{{ 7|add:13 }}{% now 'Y' %}\\u003cscript\\u003ealert(20)",
)
PAYLOAD = PAYLOADS[2]
_FIRED = re.compile(r"<script>alert|<img src=x|<svg onload")
# What the API takes where people write, by the way to the field: a list is a list of such bodies.
WRITTEN = [
    ("patch", "seller", "seller/shops/me", ["name", "description"]),
    ("patch", "seller", "seller/products/{product}", ["title", "description", "meta_title"]),
    ("patch", "seller", "seller/images/{image}", ["alt_text"]),
    ("patch", "buyer", "profile", ["full_name"]),
    ("patch", "buyer", "profile/addresses/{address}", ["recipient_name", "line1", "line2"]),
    ("patch", "buyer", "reviews/{review}", ["title", "content"]),
    ("post", "seller", "seller/reviews/{review}/reply", ["content"]),
    ("post", "buyer", "products/{product}/questions", ["content"]),
    ("post", "seller", "seller/questions/{question}/answer", ["content"]),
    ("post", "seller", "reviews/{review}/report", ["reason"]),
]
# Columns of text that nobody writes freely, or that the rest of the page needs as they are.
_FIXED = {"currency", "password", "path", "token_hash", "key_hash", "prefix", "storage_name"}


class Elements(HTMLParser):
    """Finds what would run, or load something, in a page that Django's admin wrote."""

    _ALIEN = frozenset({"iframe", "object", "embed", "math", "base", "video", "source", "style"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip().lower() for name, value in attrs}
        runs = [
            tag in self._ALIEN,
            any(name.startswith("on") or name in {"srcdoc", "style"} for name in given),
            any(value.startswith("javascript:") for name, value in given.items() if name != "value")
            and tag not in {"input", "option"},
            tag == "script" and "src" not in given and given.get("type") != "application/json",
        ]
        if any(runs):
            self.found.append(self.get_starttag_text() or tag)


def plant(world: World) -> None:
    """Write the payloads through the API where it takes them, then into every column of text."""
    paths = {
        "product": world.paths["/api/v1/seller/products/"],
        "image": world.paths["/api/v1/seller/images/"],
        "address": world.paths["/api/v1/profile/addresses/"],
        "review": world.paths["/api/v1/reviews/"],
        "question": world.paths["/api/v1/seller/questions/"],
    }
    people = {"buyer": world.buyer, "seller": world.seller}
    for number, (method, who, path, names) in enumerate(WRITTEN):
        client = sign_in(people[who])
        body = {name: PAYLOADS[(number + n) % 20] for n, name in enumerate(names)}
        answer = getattr(client, method)(f"/api/v1/{path.format(**paths)}", body, format="json")
        assert answer.status_code in {200, 201, 202, 204}, (path, answer.content)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    start = 0
    for model in SITE._registry:
        texts: dict[str, Any] = {}
        for column in model._meta.concrete_fields:
            start += 1
            turned = [*PAYLOADS[start % 20 :], *PAYLOADS[: start % 20]]
            if isinstance(column, JSONField) and column.default in {dict, list}:
                pairs = {payload: payload for payload in turned}
                texts[column.name] = pairs if column.default is dict else [pairs]
            elif column.name in {"sku", "code"}:  # once in each shop
                texts[column.name] = Concat(
                    Value(PAYLOADS[0]), Right(Cast("pk", CharField()), 12), output_field=CharField()
                )
            elif _takes_words(model, column):
                texts[column.name] = "".join(turned)[: column.max_length]
        if texts:
            model._default_manager.update(**texts)


def _takes_words(model: type[Model], column: Any) -> bool:
    kinds = (CharField, TextField)
    others = (SlugField, EmailField, FileField)
    constrained = {name for c in model._meta.constraints for name in getattr(c, "fields", ())}
    return (
        isinstance(column, kinds)
        and not isinstance(column, others)
        and not (column.choices or column.unique or column.primary_key or column.generated)
        and column.name not in _FIXED | constrained | set(getattr(model, "file_names", ()))
    )


@pytest.mark.breaks_invariants
def test_what_people_write_never_runs_in_the_console(client, world):
    client.force_login(world.staff)
    plant(world)
    ShopFactory(status=ShopStatus.PENDING, name=PAYLOADS[0], description="".join(PAYLOADS))
    Product.objects.update(status=ProductStatus.PENDING)
    Review.objects.update(report_count=1)
    Question.objects.update(report_count=1)
    Return.objects.update(status=ReturnStatus.REQUESTED, closed_at=None)

    pages = ["/admin/"]
    for row in rows():
        model, page = type(row), SITE._registry[type(row)]
        pages += [
            url(model, "changelist"),
            f"{url(model, 'changelist')}?q={quote(PAYLOAD)}",
            url(model, "change", row.pk),
            url(model, "history", row.pk),
        ]
        if isinstance(page, QueueAdmin):
            pages.append(page.queue_url())
    for page in pages:
        response = client.get(page, follow=True)
        assert response.status_code == 200, page
        elements = Elements()
        elements.feed(response.content.decode())
        assert elements.found == [], page


def test_what_people_write_never_runs_where_an_action_asks_or_answers(client, world):
    client.force_login(world.staff)
    User.objects.filter(is_staff=False).update(full_name=PAYLOAD)
    Shop.objects.update(name=PAYLOAD)

    for model, action in ((User, "suspend"), (Shop, "suspend"), (Shop, "approve")):
        form = {"action": action, "_selected_action": [model._default_manager.earliest("pk").pk]}
        asked = client.post(url(model, "changelist"), form)
        done = client.post(url(model, "changelist"), form | {"reason": PAYLOAD}, follow=True)
        for response in (asked, done):
            assert not _FIRED.search(response.content.decode())
