"""For how long what is about people is kept, and forgetting it when that is over.

Jobs of the apps themselves delete what ends by itself: guests' carts, idempotency keys, done
events, told alerts. Here is what is kept for a number of days, `RETENTION_DAYS`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.sessions.models import Session as BrowserSession
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import OneTimeCode, Session, User
from catalog.models import SearchQuery
from marketplace.common.audit.forgetting import forget_addresses, forget_values
from marketplace.common.audit.models import Entry
from marketplace.common.ids import uuid7_floor
from marketplace.common.limits.models import LimitCounter
from marketplace.common.limits.services import KEEP as KEEP_COUNTERS
from marketplace.common.locks import job_lock
from notifications.constants import DeliveryState
from notifications.models import Delivery, Notification
from orders.constants import ENDED
from orders.fulfilment.models import CarrierMessage
from orders.models import Order
from orders.payments.models import PaymentEvent
from orders.returns.models import Return, ReturnPhoto
from orders.services.closing import forget_people
from orders.settlement.selectors import balance_of
from shops.constants import ShopStatus
from shops.models import Shop, ShopInvitation
from shops.services.leaving import forget_shop

BATCH: Final = 2_000
# A night's run ends by itself and goes on the next night.
MAX_SECONDS: Final = 600.0

Act = Callable[[QuerySet[Any]], int]
Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class Rule:
    """Rows of one kind that are kept for `RETENTION_DAYS[period]`, and what then becomes of them.

    `reach` returns all rows that old, of which `due` leaves those with something to forget. Ids
    tell the age, so that each batch is a walk along the primary key.
    """

    name: str
    period: str
    reach: Callable[[datetime], QuerySet[Any]]
    due: Callable[[QuerySet[Any]], QuerySet[Any]]
    act: Act

    def before(self, now: datetime) -> datetime:
        return now - timedelta(days=settings.RETENTION_DAYS[self.period] if self.period else 0)

    def batches(self, now: datetime) -> Iterator[QuerySet[Any]]:
        rows = self.reach(self.before(now)).order_by("pk")
        last: Any = None
        while True:
            window = rows if last is None else rows.filter(pk__gt=last)
            ids = list(window.values_list("pk", flat=True)[:BATCH])
            if not ids:
                return
            last = ids[-1]
            yield self.due(rows.model._default_manager.filter(pk__in=ids))


def enforce_retention(
    *, dry_run: bool = False, tell: Tell | None = None, max_seconds: float = MAX_SECONDS
) -> dict[str, int]:
    """Forget what has been kept for long enough; returns how many rows by rule.

    Safe late, twice and beside itself: a second run at the same time does nothing. `tell` hears
    the name of a rule and how many rows it has come to, after each batch that had any.
    """
    now, deadline = timezone.now(), time.monotonic() + max_seconds
    done: dict[str, int] = {}
    with job_lock("privacy.enforce_retention") as taken:
        for rule in RULES if taken else ():
            done[rule.name] = 0
            for rows in rule.batches(now):
                count = rows.count() if dry_run else rule.act(rows)
                if count:
                    done[rule.name] += count
                    if tell is not None:
                        tell(rule.name, done[rule.name])
                if time.monotonic() > deadline:
                    return done
    return done


def _everything(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows


def _delete(rows: QuerySet[Any]) -> int:
    _, by_model = rows.delete()
    return by_model.get(rows.model._meta.label, 0)


def _blank(**values: Any) -> Act:
    def act(rows: QuerySet[Any]) -> int:
        return rows.update(**values, updated_at=Now())

    return act


def _made_before(model: Any) -> Callable[[datetime], QuerySet[Any]]:
    def reach(before: datetime) -> QuerySet[Any]:
        rows: QuerySet[Any] = model._default_manager.filter(pk__lt=uuid7_floor(before))
        return rows

    return reach


def _old_entries(before: datetime) -> QuerySet[Entry]:
    """Numbers of entries follow their times closely enough: a transaction's length apart."""
    newest = Entry.objects.filter(created_at__lt=before).order_by("-created_at").values("pk")[:1]
    return Entry.objects.filter(pk__lte=newest)


def _forget_returns(rows: QuerySet[Return]) -> int:
    """Files are deleted by `collect_unused_files` once no row names them."""
    ids = list(rows.values_list("pk", flat=True))
    with transaction.atomic():
        photos = ReturnPhoto.objects.filter(return_request__in=ids).delete()[0]
        comments = Return.objects.filter(pk__in=ids).exclude(comment="")
        return photos + comments.update(comment="", updated_at=Now())


def _forget_shops(rows: QuerySet[Shop]) -> int:
    """A shop that is still owed something, or owes it, can still be reached and paid."""
    done = 0
    for shop in rows:
        balance = balance_of(shop)
        owed = (balance.pending_amount, balance.available_amount, balance.on_hold_amount)
        if not any((*owed, balance.in_transit_amount)):
            done += forget_shop(shop.pk)
    return done


@transaction.atomic
def _forget_invitations(rows: QuerySet[ShopInvitation]) -> int:
    ids = list(rows.values_list("pk", flat=True))
    forget_values("shops.shopinvitation", ids, ("email",))
    return _delete(rows)


def _unconfirmed(before: datetime) -> QuerySet[User]:
    return User.objects.filter(
        pk__lt=uuid7_floor(before),
        phone_verified_at=None,
        email_verified_at=None,
        closed_at=None,
        last_login=None,
        is_staff=False,
        shop=None,
    )


RULES: Final[Sequence[Rule]] = (
    Rule(
        "sign_ins",
        "sign_ins",
        lambda before: Session.objects.filter(expires_at__lt=before),
        _everything,
        _delete,
    ),
    Rule(
        "codes",
        "sign_ins",
        lambda before: OneTimeCode.objects.filter(expires_at__lt=before),
        _everything,
        _delete,
    ),
    Rule(
        "invitations",
        "sign_ins",
        lambda before: ShopInvitation.objects.filter(expires_at__lt=before),
        _everything,
        _forget_invitations,
    ),
    Rule(
        "browser_sessions",
        "",
        lambda before: BrowserSession.objects.filter(expire_date__lt=before),
        _everything,
        _delete,
    ),
    Rule(
        "counters_of_limits",
        "",
        lambda before: LimitCounter.objects.filter(window_start__lt=before - KEEP_COUNTERS),
        _everything,
        _delete,
    ),
    Rule(
        "deliveries",
        "deliveries",
        _made_before(Delivery),
        lambda rows: rows.exclude(state=DeliveryState.PENDING).exclude(
            destination="", text="", last_error=""
        ),
        _blank(destination="", text="", last_error=""),
    ),
    Rule(
        "notifications",
        "notifications",
        _made_before(Notification),
        lambda rows: rows.exclude(deliveries__state=DeliveryState.PENDING),
        _delete,
    ),
    Rule(
        "searches",
        "searches",
        _made_before(SearchQuery),
        _everything,
        _delete,
    ),
    Rule(
        "audit_addresses",
        "audit_addresses",
        _old_entries,
        lambda rows: rows.exclude(ip_address=""),
        lambda rows: forget_addresses(list(rows.values_list("pk", flat=True))),
    ),
    Rule(
        "payment_messages",
        "provider_messages",
        _made_before(PaymentEvent),
        lambda rows: rows.exclude(payload=""),
        _blank(payload=""),
    ),
    Rule(
        "carrier_messages",
        "provider_messages",
        _made_before(CarrierMessage),
        lambda rows: rows.exclude(payload=""),
        _blank(payload=""),
    ),
    Rule(
        "return_evidence",
        "return_evidence",
        lambda before: Return.objects.filter(closed_at__lt=before),
        _everything,
        _forget_returns,
    ),
    Rule(
        "order_addresses",
        "order_addresses",
        _made_before(Order),
        lambda rows: rows.filter(status__in=ENDED).exclude(
            shipping_address__recipient_name="",
            billing_address__recipient_name="",
            note="",
        ),
        forget_people,
    ),
    Rule(
        "closed_shops",
        "closed_shops",
        lambda before: Shop.objects.filter(owner__closed_at__lt=before),
        lambda rows: rows.filter(status__in=[ShopStatus.CLOSED, ShopStatus.REJECTED]),
        _forget_shops,
    ),
    Rule(
        "unconfirmed_accounts",
        "unconfirmed_accounts",
        _unconfirmed,
        _everything,
        _delete,
    ),
)
