"""Payouts: drafted of what is due to a shop, approved by staff, paid by the bank or returned."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from marketplace.common import money
from marketplace.common.errors import InvalidTransition, NotFound
from marketplace.common.locks import transaction_lock
from marketplace.common.outbox.services import publish
from orders.settlement.constants import Account, EntryKind, PayoutStatus, SourceType
from orders.settlement.errors import AnotherPersonNeeded, NoBankAccount, NothingToPayOut
from orders.settlement.events import PayoutApproved, PayoutPaid
from orders.settlement.models import LedgerEntry, Payout, PayoutLine
from orders.settlement.services.ledger import Leg, Posting, post
from shops.models import Shop
from shops.services.impartiality import require_impartial

LINES_AT_ONCE = 1_000
_HANDED_OVER = "The shop has another owner."


def due_shops(limit: int) -> list[UUID]:
    """Return the ids of shops whose payout is due: enough money, and the days since the last."""
    recent = Payout.objects.filter(
        shop=OuterRef("shop"),
        created_at__gt=timezone.now() - timedelta(days=settings.PAYOUT_INTERVAL_DAYS),
    ).exclude(status=PayoutStatus.FAILED)
    drafted = Payout.objects.filter(shop=OuterRef("shop"), status=PayoutStatus.DRAFT)
    rows = (
        LedgerEntry.objects.filter(account=Account.SHOP_AVAILABLE)
        .values("shop")
        .annotate(total=Sum("amount"))
        .filter(~Exists(recent), ~Exists(drafted), total__lte=-_minimum())
        .exclude(shop__bank_account_number="")
        .order_by("shop")
    )
    return [row["shop"] for row in rows[:limit]]


@transaction.atomic
def draft_payout(shop_id: UUID, *, actor: User | None) -> Payout:
    """Put all that is due to a shop into one payout, for staff to approve.

    Each entry of what it is owed is in one payout at most; refunds of sales that were paid out come
    off the next one. Locks: the shop's payouts; the shop, so that its bank account is the present
    owner's.
    Raises: NothingToPayOut below the minimum or while a draft waits; NoBankAccount.
    """
    transaction_lock(f"payouts of {shop_id}")
    shop = Shop.objects.all().hold(shop_id)
    if shop is None:
        raise NotFound
    if not shop.bank_account_number:
        raise NoBankAccount
    if Payout.objects.filter(shop=shop, status=PayoutStatus.DRAFT).exists():
        raise NothingToPayOut("A draft of this shop's payout waits to be approved.")
    entries = list(
        LedgerEntry.objects.filter(
            shop=shop, account=Account.SHOP_AVAILABLE, payout_line__isnull=True
        )
        .exclude(kind=EntryKind.PAYOUT)
        .values_list("pk", "amount")
    )
    amount = -sum(amount for _, amount in entries)
    if amount < _minimum():
        raise NothingToPayOut
    payout = Payout.objects.create(
        shop=shop,
        amount=amount,
        currency=money.currency(),
        period_start=_last_end(shop),
        period_end=timezone.now(),
        bank_name=shop.bank_name,
        bank_account_name=shop.bank_account_name,
        bank_account_number=shop.bank_account_number,
        drafted_by=actor,
    )
    PayoutLine.objects.bulk_create(
        [PayoutLine(payout=payout, entry_id=entry_id) for entry_id, _ in entries],
        batch_size=LINES_AT_ONCE,
    )
    _post(payout, EntryKind.PAYOUT, Account.SHOP_AVAILABLE, Account.PAYOUTS_IN_TRANSIT)
    return payout


@transaction.atomic
def approve_payout(payout_id: UUID, *, actor: User) -> Payout:
    """Let a payout go to the bank; above the limit the first of two approvals only marks it.

    Locks: the shop, shared; the payout. Raises: AnotherPersonNeeded for who drafted it or approved
    it before; ConflictOfInterest for who works for the shop; InvalidTransition.
    Publishes: settlement.payout_approved, unless another person is needed.
    """
    payout = _lock(payout_id, PayoutStatus.DRAFT)
    require_impartial(actor, shop_id=payout.shop_id)
    if actor.pk in {payout.drafted_by_id, payout.first_approved_by_id}:
        raise AnotherPersonNeeded
    if payout.amount > settings.PAYOUT_APPROVAL_AMOUNT and payout.first_approved_by_id is None:
        payout.first_approved_by = actor
        payout.save(update_fields=["first_approved_by", "updated_at"])
        return payout
    payout.status = PayoutStatus.APPROVED
    payout.approved_by = actor
    payout.approved_at = timezone.now()
    payout.save(update_fields=["status", "approved_by", "approved_at", "updated_at"])
    publish(PayoutApproved(payout_id=payout.pk, shop_id=payout.shop_id))
    return payout


@transaction.atomic
def mark_paid(payout_id: UUID, *, actor: User, bank_reference: str) -> Payout:
    """Record that the bank has sent an approved payout.

    Locks: the shop, shared; the payout. Raises: ConflictOfInterest for who works for the shop;
    InvalidTransition. Publishes: settlement.payout_paid.
    """
    payout = _lock(payout_id, PayoutStatus.APPROVED)
    require_impartial(actor, shop_id=payout.shop_id)
    payout.status = PayoutStatus.PAID
    payout.paid_by = actor
    payout.paid_at = timezone.now()
    payout.bank_reference = bank_reference[:100]
    payout.save(update_fields=["status", "paid_by", "paid_at", "bank_reference", "updated_at"])
    _post(payout, EntryKind.PAYOUT_PAID, Account.PAYOUTS_IN_TRANSIT, Account.BANK)
    publish(PayoutPaid(payout_id=payout.pk, shop_id=payout.shop_id))
    return payout


@transaction.atomic
def return_payout(payout_id: UUID, *, actor: User | None, reason: str) -> Payout:
    """End a payout that is not made, or that the bank sent back: its money is due again.

    Locks: the shop, shared; the payout. Raises: ConflictOfInterest for who works for the shop;
    InvalidTransition.
    """
    payout = _lock(payout_id, PayoutStatus.DRAFT, PayoutStatus.APPROVED, PayoutStatus.PAID)
    require_impartial(actor, shop_id=payout.shop_id)
    was_paid = payout.status == PayoutStatus.PAID
    payout.status = PayoutStatus.FAILED
    payout.failed_at = timezone.now()
    payout.failure_reason = reason[:500]
    payout.save(update_fields=["status", "failed_at", "failure_reason", "updated_at"])
    source = Account.BANK if was_paid else Account.PAYOUTS_IN_TRANSIT
    _post(payout, EntryKind.PAYOUT_RETURNED, source, Account.SHOP_AVAILABLE)
    return payout


def end_drafts_of(shop: Shop) -> None:
    """End what was drafted to the bank account of a shop's owner before; its money is due again.

    The caller has locked the shop, so that nobody drafts or decides on one meanwhile.
    """
    drafts = Payout.objects.filter(shop=shop, status=PayoutStatus.DRAFT).order_by("pk")
    for payout_id in drafts.values_list("pk", flat=True):
        return_payout(payout_id, actor=None, reason=_HANDED_OVER)


def approved_payouts(payout_ids: Sequence[UUID]) -> list[Payout]:
    """Return those of the payouts that may go into a bank file, and note that they did."""
    approved = Payout.objects.filter(pk__in=payout_ids, status=PayoutStatus.APPROVED)
    approved.update(exported_at=Now(), updated_at=Now())
    return list(approved.order_by("pk"))


def _post(payout: Payout, kind: EntryKind, debit: Account, credit: Account) -> None:
    def leg(account: Account, amount: int) -> Leg:
        return Leg(account, amount, None if account == Account.BANK else payout.shop_id)

    legs = [leg(debit, payout.amount), leg(credit, -payout.amount)]
    post(Posting(kind, SourceType.PAYOUT, payout.pk, legs))


def _lock(payout_id: UUID, *statuses: PayoutStatus) -> Payout:
    """Hold the payout's shop, so that nobody hands it over meanwhile, then lock the payout.

    Raises: NotFound; InvalidTransition unless it is in one of these states.
    """
    shop_id = Payout.objects.filter(pk=payout_id).values_list("shop", flat=True).first()
    if shop_id is None:
        raise NotFound
    Shop.objects.all().hold(shop_id)
    payout = Payout.objects.select_for_update(of=("self",)).get(pk=payout_id)
    if payout.status not in statuses:
        raise InvalidTransition(f"This payout is {payout.status}.")
    return payout


def _minimum() -> int:
    return max(int(settings.PAYOUT_MINIMUM_AMOUNT), 1)


def _last_end(shop: Shop) -> datetime:
    ends = Payout.objects.filter(shop=shop).order_by("-period_end")
    return ends.values_list("period_end", flat=True).first() or shop.created_at
