"""A market whose buyers, sellers, staff, providers and carriers do what they may, at random."""

from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import StaffFactory, UserFactory
from catalog.models import ProductVariant
from catalog.tests.factories import VariantFactory
from marketplace.common.errors import DomainError
from orders.constants import ActorKind, OrderStatus, PaymentMethod
from orders.fulfilment.services import change_status
from orders.models import Checkout, Order
from orders.payments.constants import RefundKind, RefundStatus
from orders.payments.errors import RefundExceedsPayment
from orders.payments.models import Payment
from orders.payments.services.capture import apply_outcome
from orders.payments.services.chargebacks import record_lost_chargeback
from orders.payments.services.refunds import (
    Wanted,
    approve_refund,
    complete_refund,
    fail_refund,
    reject_refund,
    request_refund,
)
from orders.payments.services.start import create_payment
from orders.payments.services.unsent_refunds import close_refund, retry_refund
from orders.payments.tests.factories import captured, charged_back, run_out
from orders.returns.constants import DisputeStatus, ReturnReason, ReturnStatus
from orders.returns.models import Dispute, Return
from orders.returns.services.answering import approve_return, reject_return
from orders.returns.services.disputes import open_dispute, refund_dispute, refuse_dispute
from orders.returns.services.receiving import Received, follow_refund, receive_return
from orders.returns.services.requesting import cancel_return, request_return
from orders.services.cancel import cancel_order
from orders.services.progress import confirm_receipt
from orders.settlement.constants import Account, PayoutStatus
from orders.settlement.models import CommissionRule, LedgerEntry, Payout
from orders.settlement.services.payouts import (
    approve_payout,
    draft_payout,
    mark_paid,
    return_payout,
)
from orders.settlement.services.release import release_order
from orders.settlement.services.remittances import import_remittance
from orders.settlement.tests.factories import with_bank
from orders.tests.factories import place
from shops.models import Shop
from shops.tests.factories import ShopFactory
from vouchers.constants import VoucherKind
from vouchers.tests.factories import VoucherFactory

SHOPS = 5
VARIANTS_PER_SHOP = 8
BUYERS = 10
PRICES = (1, 999, 33_333, 199_000)
NEXT = {
    OrderStatus.PLACED: OrderStatus.CONFIRMED,
    OrderStatus.CONFIRMED: OrderStatus.PACKED,
    OrderStatus.PACKED: OrderStatus.SHIPPED,
    OrderStatus.SHIPPED: OrderStatus.DELIVERED,
}


class Market:
    """Five shops with their goods, rules and vouchers; `done` counts what has happened."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.done: Counter[str] = Counter()
        self.staff = StaffFactory.create_batch(3)
        self.buyers = UserFactory.create_batch(BUYERS)
        self.shops = [
            with_bank(ShopFactory(commission_rate_bps=rng.choice([None, 0, 250, 777])))
            for _ in range(SHOPS)
        ]
        self.variants = {
            shop.pk: [self._variant(shop) for _ in range(VARIANTS_PER_SHOP)] for shop in self.shops
        }
        self._make_rules()
        self.codes = self._make_vouchers()

    def _variant(self, shop: Shop) -> ProductVariant:
        price = self.rng.choice([*PRICES, self.rng.randrange(1, 2_000_000)])
        return VariantFactory(price_amount=price, stock=10**6, product__shop=shop)

    def _make_rules(self) -> None:
        category = self.variants[self.shops[0].pk][0].product.category
        shop = self.shops[1]
        for position, values in enumerate(
            [
                {"shop": shop, "below_price_amount": 50_000, "rate_bps": 333},
                {"category": category, "rate_bps": 1_250, "floor_amount": 1_111},
                {"min_price_amount": 500_000, "rate_bps": 900, "cap_amount": 77_777},
                {"shop": self.shops[2], "rate_bps": 0, "floor_amount": 5_001},
            ]
        ):
            CommissionRule.objects.create(position=position, name=f"Rule {position}", **values)

    def _make_vouchers(self) -> list[str]:
        some = [
            {"shop": shop, "value": self.rng.randrange(1, 10_000), "platform_share_bps": share}
            for shop, share in zip(self.shops, (0, 3_300, 5_000, 0, 10_000), strict=True)
        ]
        platform = [
            {"value": 1_234, "platform_share_bps": 10_000},
            {"value": 4_321, "platform_share_bps": 6_667, "max_discount_amount": 99_999},
            {"kind": VoucherKind.FIXED, "value": 77_777, "platform_share_bps": 0},
            # Everything is free, and the platform pays for it.
            {"value": 10_000, "platform_share_bps": 10_000},
        ]
        free_shipping = [
            {"kind": VoucherKind.FREE_SHIPPING, "value": 0, "platform_share_bps": share}
            for share in (0, 4_999, 10_000)
        ]
        rows: list[dict[str, Any]] = [*some, *platform, *free_shipping]
        return [VoucherFactory(**row).code for row in rows]

    # --- what happens to one checkout -------------------------------------------------------------

    def live(self) -> Checkout:
        """Buy something and let things happen to it; returns the checkout as it is left."""
        checkout = self._place()
        if checkout.payment_method == PaymentMethod.FAKE:
            self._pay(checkout)
        orders = list(checkout.orders.order_by("pk"))
        for order in orders:
            if self.rng.random() < 0.6:
                self._hand_on(order, self.rng.randrange(2, 7))
        acts = [self._refund, self._end_refund, self._end_refund, self._return]
        acts += [self._go_on_with_return, self._go_on_with_return, self._cancel]
        acts += [self._settle, self._settle, self._pay_out, self._charge_back]
        favourite = self.rng.choice(orders)  # so that one thing leads to another
        for _ in range(self.rng.randrange(10)):
            chosen = favourite if self.rng.random() < 0.7 else self.rng.choice(orders)
            self._try(self.rng.choice(acts), Order.objects.get(pk=chosen.pk))
        return checkout

    def _try(self, act: Callable[..., str], *args: Any) -> None:
        try:
            self.done[act(*args)] += 1
        except DomainError as error:
            self.done[f"refused: {error.code}"] += 1

    def _place(self) -> Checkout:
        shops = self.rng.sample(self.shops, self.rng.randrange(1, SHOPS + 1))
        goods = [variant for shop in shops for variant in self.variants[shop.pk]]
        chosen = self.rng.sample(goods, self.rng.randrange(1, min(len(goods), 20) + 1))
        lines = [(variant, self.rng.randrange(1, 4)) for variant in chosen]
        request: dict[str, Any] = {
            "buyer": self.rng.choice(self.buyers),
            "payment_method": self.rng.choice([PaymentMethod.COD, PaymentMethod.FAKE]),
        }
        codes = self.rng.sample(self.codes, self.rng.randrange(4))
        while True:
            try:
                checkout = place(*lines, voucher_codes=codes, **request)
                break
            except DomainError:
                if not codes:
                    raise
                codes = codes[1:]
        self.done["placed"] += 1
        self.done[f"placed with {len(codes)} vouchers"] += 1
        return checkout

    def _pay(self, checkout: Checkout) -> None:
        payment = checkout.payments.get()
        chance = self.rng.random()
        if chance < 0.05:
            run_out(payment)
            self.done["expired"] += 1
            return
        if chance < 0.1:
            run_out(payment)
            self.done["paid late"] += 1
        elif chance < 0.2:
            order = self.rng.choice(list(checkout.orders.all()))
            self._try(self._cancel, order)
        apply_outcome(payment.pk, captured(payment))
        if chance > 0.95:
            self._pay_again(checkout, payment)
        self.done["paid"] += 1

    def _pay_again(self, checkout: Checkout, payment: Payment) -> None:
        """A second try whose money comes after the first one's."""
        orders = list(checkout.orders.order_by("pk"))
        second = create_payment(
            checkout, orders, method=payment.provider, expires_at=payment.expires_at
        )
        apply_outcome(second.pk, captured(second))
        self.done["paid twice"] += 1

    def _hand_on(self, order: Order, steps: int) -> None:
        """Take an order some steps further, up to its completion."""
        order.refresh_from_db()
        for _ in range(steps):
            step = NEXT.get(OrderStatus(order.status))
            if step is not None:
                order = change_status(
                    order.pk,
                    step,
                    actor=order.shop.owner,
                    actor_kind=ActorKind.SELLER,
                    carrier="GHTK",
                )
                self.done[step] += 1
            elif order.status == OrderStatus.DELIVERED and self.rng.random() < 0.5:
                order = confirm_receipt(order.pk, actor=order.buyer)
                self.done["completed"] += 1

    def _cancel(self, order: Order) -> str:
        try:
            cancel_order(order.pk, actor=self.staff[0], actor_kind=ActorKind.STAFF, reason="No.")
        except RefundExceedsPayment as error:
            raise AssertionError("Its money keeps an order from being cancelled.") from error
        return "cancelled"

    def _refund(self, order: Order) -> str:
        items = list(order.items.order_by("pk"))
        units = {
            item.pk: self.rng.randrange(1, item.quantity + 1)
            for item in self.rng.sample(items, self.rng.randrange(1, len(items) + 1))
        }
        wanted = self.rng.choice(
            [
                Wanted(units=units, with_shipping=self.rng.random() < 0.3),
                Wanted(amount=self.rng.randrange(1, max(order.total_amount, 1) + 1)),
                Wanted(),
            ]
        )
        request_refund(
            order.pk,
            wanted,
            kind=RefundKind.GOODWILL,
            source=f"market:{sum(self.done.values())}",
            actor=self.staff[0],
        )
        return "refund asked for"

    def _end_refund(self, order: Order) -> str:
        refunds = list(order.refunds.exclude(status=RefundStatus.SUCCEEDED).order_by("pk"))
        if not refunds:
            return "nothing to do"
        refund = self.rng.choice(refunds)
        match refund.status:
            case RefundStatus.AWAITING_APPROVAL if self.rng.random() < 0.3:
                reject_refund(refund.pk, actor=self.staff[1], reason="No.")
                return "refund rejected"
            case RefundStatus.AWAITING_APPROVAL:
                approve_refund(refund.pk, actor=self.staff[1])
                return "refund approved"
            case RefundStatus.FAILED if self.rng.random() < 0.3:
                close_refund(refund.pk, actor=self.staff[1], reason="Otherwise.")
                return "refund closed"
            case RefundStatus.FAILED:
                retry_refund(refund.pk)
                return "refund tried again"
            case RefundStatus.PENDING if self.rng.random() < 0.3:
                fail_refund(refund.pk, error="No.")
                return "refund failed"
            case RefundStatus.PENDING:
                complete_refund(refund.pk)
                follow_refund(refund.pk)
                return "refunded"
        return "nothing to do"

    def _charge_back(self, order: Order) -> str:
        """Let the buyer's bank take back money of the payment of an order."""
        payments = Payment.objects.filter(shares__order=order, captured_at__isnull=False)
        payment = payments.exclude(provider=PaymentMethod.COD).order_by("-pk").first()
        if payment is None:
            return "nothing to do"
        amount = self.rng.randrange(1, max(payment.amount, 1) + 1)
        task = charged_back(payment, amount, f"dp_{sum(self.done.values())}")
        record_lost_chargeback(task.pk, actor=self.staff[0], note="It was.")
        return "charged back"

    def _return(self, order: Order) -> str:
        items = list(order.items.order_by("pk"))
        some = self.rng.sample(items, self.rng.randrange(1, len(items) + 1))
        units = {item.pk: self.rng.randrange(1, item.quantity + 1) for item in some}
        request_return(order.pk, units, buyer=order.buyer, reason=ReturnReason.DAMAGED)
        return "return asked for"

    def _go_on_with_return(self, order: Order) -> str:
        rows = list(order.returns.order_by("pk"))
        if not rows:
            return "nothing to do"
        row = self.rng.choice(rows)
        seller = {"actor": order.shop.owner, "actor_kind": ActorKind.SELLER}
        chance = self.rng.random()
        match row.status:
            case ReturnStatus.REQUESTED if chance < 0.2:
                reject_return(row.pk, reason="Used.", **seller)
            case ReturnStatus.REQUESTED if chance < 0.3:
                cancel_return(row.pk, actor=order.buyer)
            case ReturnStatus.REQUESTED:
                approve_return(row.pk, **seller)
            case ReturnStatus.APPROVED if chance < 0.8:
                receive_return(
                    row.pk,
                    received=self._what_came(row),
                    with_shipping=self.rng.random() < 0.5,
                    **seller,
                )
            case ReturnStatus.DISPUTED:
                return self._decide(row)
            case _:
                open_dispute(row.pk, actor=order.buyer, reason="It was not so.")
        row.refresh_from_db()
        return f"return {row.status}"

    def _what_came(self, row: Return) -> dict[UUID, Received] | None:
        if self.rng.random() < 0.5:
            return None
        return {
            line.order_item_id: Received(self.rng.randrange(line.quantity + 1))
            for line in row.lines.order_by("pk")
        }

    def _decide(self, row: Return) -> str:
        dispute = Dispute.objects.get(return_request=row, status=DisputeStatus.OPEN)
        if self.rng.random() < 0.5:
            refuse_dispute(dispute.pk, actor=self.staff[0], reason="Not so.")
            return "dispute refused"
        amount = self.rng.randrange(1, max(row.order.total_amount, 1) + 1)
        refund_dispute(
            dispute.pk,
            actor=self.staff[0],
            reason="So it is.",
            with_shipping=self.rng.random() < 0.5,
            amount=self.rng.choice([None, amount]),
        )
        return "dispute won"

    def _settle(self, order: Order) -> str:
        """Let a carrier hand over what it owes for an order, and release what is due."""
        owed = LedgerEntry.objects.filter(order=order, account=Account.CARRIER_CASH)
        amount = owed.aggregate(total=Sum("amount"))["total"] or 0
        if amount and self.rng.random() < 0.7:
            said = amount if self.rng.random() < 0.8 else amount + 1
            fee = self.rng.randrange(amount + 1)
            text = f"reference,amount,fee\n{order.number},{said},{fee}\n"
            counts = import_remittance(BytesIO(text.encode()), name="cash.csv", carrier="GHTK")
            return f"remittance {'and '.join(sorted(counts))}"
        return "released" if release_order(order.pk) else "nothing to do"

    def _pay_out(self, order: Order) -> str:
        """Go on with the payout of an order's shop, or draft the next one."""
        waiting = Payout.objects.filter(shop=order.shop).order_by("-pk").first()
        status = waiting.status if waiting else ""
        if waiting is None or status in {PayoutStatus.PAID, PayoutStatus.FAILED}:
            if waiting is not None and status == PayoutStatus.PAID and self.rng.random() < 0.2:
                return_payout(waiting.pk, actor=self.staff[2], reason="Returned.")
                return "payout returned"
            draft_payout(order.shop_id, actor=None)
            return "payout drafted"
        if status == PayoutStatus.APPROVED:
            mark_paid(waiting.pk, actor=self.staff[2], bank_reference=f"B{timezone.now()}")
            return "payout paid"
        for actor in self._approvers(waiting):
            approve_payout(waiting.pk, actor=actor)
        return "payout approved"

    def _approvers(self, payout: Payout) -> Sequence[User]:
        return [staff for staff in self.staff if staff.pk != payout.first_approved_by_id][:1]
