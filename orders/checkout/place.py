"""Place an order: one checkout, one order per shop, stock held, all in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import F, Model
from django.utils import timezone

from accounts.models import Address, User
from cart.constants import MAX_QUANTITY
from cart.selectors import cart_lines
from cart.services import lock_cart, remove_ordered
from catalog.inventory.services import ReservationRequest, reserve
from catalog.models import ProductVariant
from marketplace.common import money
from marketplace.common.errors import DomainError, InvalidInput, NotFound
from marketplace.common.inserts import insert_rows
from marketplace.common.locks import transaction_lock
from marketplace.common.metrics import ORDERS_PLACED
from marketplace.common.outbox.services import publish
from marketplace.common.prepared import Given, OneOf, PreparedQuery, fetch_prepared
from orders.checkout.numbers import new_order_number
from orders.checkout.pricing import Line, Quote, ShopQuote, build_quote
from orders.checkout.vouchers import discounted, part_of, uses_of
from orders.constants import ActorKind, OrderStatus, PaymentMethod
from orders.errors import EmptyCart, PriceChanged, ProductUnavailable, ShopOnHoliday
from orders.events import OrderPlaced
from orders.models import Checkout, Order, OrderEvent, OrderItem
from orders.payments.errors import TooManyCashCheckouts, TooManyUnpaidCheckouts
from orders.payments.models import Payment
from orders.payments.services.start import create_payment, is_paid_online
from orders.selectors import has_no_order, will_have_first_order
from orders.settlement.amounts import SoldLine
from orders.settlement.services.commission import freeze_commission
from shops.constants import ShopStatus
from shops.holidays import holiday_of
from shops.models import Shop
from shops.shipping.services import NOT_ASKED, LiveFees, ask_carriers, can_ask_carriers, place_of
from vouchers.errors import refused
from vouchers.services.guesses import admit_codes
from vouchers.services.redemptions import redeem

MAX_NUMBER_DRAWS = 5
_ADDRESS_FIELDS = (
    "recipient_name",
    "phone_number",
    "line1",
    "line2",
    "ward",
    "district",
    "province",
    "postal_code",
    "country",
)


@dataclass(frozen=True)
class PlacedOrder:
    """What was written; `items` and `timeline` are those of all orders."""

    checkout: Checkout
    orders: Sequence[Order]
    items: Sequence[OrderItem]
    timeline: Sequence[OrderEvent]
    payment: Payment


@dataclass(frozen=True)
class WantedItem:
    """One item as the buyer names it: a variant, or a product that has just one."""

    quantity: int
    variant_id: UUID | None = None
    product_id: UUID | None = None


@dataclass(frozen=True)
class OrderRequest:
    """What a buyer asks for; `items` None means the whole cart."""

    address_id: UUID
    payment_method: str = PaymentMethod.COD
    items: Sequence[WantedItem] | None = None
    billing_address_id: UUID | None = None
    voucher_codes: Sequence[str] = ()
    best_vouchers: bool = False
    shipping: Mapping[UUID, str] = field(default_factory=dict)
    note: str = ""
    expected_total: int | None = None
    live_fees: LiveFees = NOT_ASKED


def quote_order(request: OrderRequest, *, buyer: User) -> Quote:
    """Return what the request would cost now; writes nothing but wrong voucher codes' count.

    Vouchers that take nothing off are in its `vouchers`, with the reason.
    Raises: what `place_order` raises, but for vouchers, and for the stock, which only the order
    itself can promise; TooManyAttempts after too many wrong codes.
    """
    admit_codes(request.voucher_codes, user=buyer)
    address, _ = _addresses(replace(request, billing_address_id=None), buyer)
    wanted = _wanted(request, buyer)
    quote = _price(request, wanted, buyer, address)
    request = _ask_carriers(request, quote, address)
    if request.live_fees is not NOT_ASKED:
        quote = _price(request, wanted, buyer, address)
    return _discounted(request, quote, buyer, is_first_order=lambda: has_no_order(buyer))


def admit_order(request: OrderRequest, *, buyer: User) -> None:
    """Count wrong voucher codes, before and outside the transaction of `place_order`.

    Raises: TooManyAttempts.
    """
    admit_codes(request.voucher_codes, user=buyer)


def with_live_fees(request: OrderRequest, *, buyer: User) -> OrderRequest:
    """Return the request with what carriers want for it now: what is decided here is what is paid.

    Call it before and outside the transaction of `place_order`; it takes two seconds at most, and
    no statement where no carrier is set up. What is wrong with the request is left for that to say.
    """
    if not can_ask_carriers():
        return request
    try:
        address, _ = _addresses(request, buyer)
        quote = _price(request, _wanted(request, buyer), buyer, address)
    except DomainError:
        return request
    return _ask_carriers(request, quote, address)


@transaction.atomic
def place_order(request: OrderRequest, *, buyer: User) -> PlacedOrder:
    """Order the wanted items, or the whole cart, and hold their stock.

    What a voucher brings down to nothing is not paid online: it is placed like cash on delivery.
    Locks: the cart; the buyer and the shops, shared, so that neither is closed meanwhile; then the
    vouchers by pk and, last, the stock items by pk, so that what is hot is locked briefly.
    Raises: EmptyCart; NotFound for an address; ProductUnavailable; OutOfStock; PriceChanged;
    TooManyUnpaidCheckouts, TooManyCashCheckouts; OwnShop; ShopOnHoliday; VoucherInvalid,
    VoucherExhausted, VoucherLimitReached; NoShippingOption; InvalidInput for what cannot be chosen.
    Publishes: orders.placed per order, unless it waits for an online payment.
    """
    is_online = is_paid_online(request.payment_method)
    cart = lock_cart(buyer) if request.items is None else None
    if request.items is None and cart is None:
        raise EmptyCart  # one that comes into being now would not be locked
    wanted = _wanted(request, buyer)
    addresses = _addresses(request, buyer)
    quote = _price(request, wanted, buyer, addresses[0])
    quote = _discounted(request, quote, buyer, is_first_order=lambda: will_have_first_order(buyer))
    if quote.vouchers.refused and not request.best_vouchers:
        raise refused(quote.vouchers.refused)
    _hold_parties(buyer, quote)
    if request.expected_total not in {None, quote.total_amount}:
        raise PriceChanged(expected=request.expected_total or 0, total=quote.total_amount)
    if quote.total_amount == 0:
        request, is_online = replace(request, payment_method=PaymentMethod.COD), False
    _limit_held(buyer, is_online=is_online)
    now = timezone.now()
    expires_at = now + _hold_time(quote) if is_online else None
    checkout = _new_checkout(request, quote, buyer, expires_at)
    orders = _new_orders(checkout, request, quote, addresses, now)
    sold = [
        (item, line)
        for order, group in zip(orders, quote.groups, strict=True)
        for item, line in zip(_items(order, group), group.lines, strict=True)
    ]
    items = [item for item, _ in sold]
    timeline = [_placed_by(order, buyer) for order in orders]
    _insert(checkout, orders, items, timeline, now)
    freeze_commission([_sold_line(item, line) for item, line in sold])
    payment = create_payment(checkout, orders, method=request.payment_method, expires_at=expires_at)
    if cart is not None:
        remove_ordered(cart.pk, list(wanted))
    if not is_online:
        publish(*(OrderPlaced(order.pk, checkout.pk, buyer.pk, order.shop_id) for order in orders))
    order_of = {order.shop_id: order.pk for order in orders}
    redeem(uses_of(quote.vouchers, order_of, quote), buyer=buyer, checkout_id=checkout.pk)
    reserve(
        [
            ReservationRequest(order.pk, line.variant_id, line.quantity)
            for order, group in zip(orders, quote.groups, strict=True)
            for line in group.lines
        ],
        expires_at=expires_at,
    )
    placed = partial(ORDERS_PLACED.add, str(request.payment_method), amount=len(orders))
    transaction.on_commit(placed, robust=True)
    return PlacedOrder(checkout, orders, items, timeline, payment)


def _wanted(request: OrderRequest, buyer: User) -> dict[UUID, int]:
    """Return units by variant id; a variant named twice counts once with the sum."""
    if request.items is None:
        wanted = dict(cart_lines(buyer))
    else:
        wanted = {}
        only_variants = _only_variants(request.items)
        for item in request.items:
            variant_id = item.variant_id or only_variants[item.product_id]
            wanted[variant_id] = wanted.get(variant_id, 0) + item.quantity
    if not wanted:
        raise EmptyCart
    if max(wanted.values()) > MAX_QUANTITY:
        raise InvalidInput("items", f"At most {MAX_QUANTITY} units of one variant.")
    return wanted


def _only_variants(items: Sequence[WantedItem]) -> dict[UUID | None, UUID]:
    """Return the one sellable variant of each product that is named without a variant."""
    product_ids = [item.product_id for item in items if item.product_id and not item.variant_id]
    if not product_ids:
        return {}
    variants: dict[UUID | None, list[UUID]] = {product_id: [] for product_id in product_ids}
    rows = ProductVariant.objects.sellable().filter(product_id__in=product_ids)
    for product_id, variant_id in rows.values_list("product_id", "id"):
        variants[product_id].append(variant_id)
    for index, item in enumerate(items):
        if item.variant_id is None and len(variants[item.product_id]) > 1:
            raise InvalidInput(
                f"items.{index}.variant_id", "This product has several variants: name one."
            )
    if missing := [key for key, found in variants.items() if key is not None and not found]:
        raise ProductUnavailable(missing)
    return {product_id: found[0] for product_id, found in variants.items()}


def _price(
    request: OrderRequest, wanted: Mapping[UUID, int], buyer: User, address: Mapping[str, Any]
) -> Quote:
    return build_quote(
        wanted,
        buyer=buyer,
        province=address["province"],
        country=address["country"],
        shipping=request.shipping,
        live=request.live_fees,
    )


def _ask_carriers(request: OrderRequest, quote: Quote, address: Mapping[str, Any]) -> OrderRequest:
    options = {group.parcel: group.shipping_options for group in quote.groups}
    return replace(request, live_fees=ask_carriers(options, place_of(address)))


def _discounted(
    request: OrderRequest, quote: Quote, buyer: User, *, is_first_order: Callable[[], bool]
) -> Quote:
    if not request.voucher_codes and not request.best_vouchers:
        return quote
    return discounted(
        quote,
        buyer=buyer,
        codes=request.voucher_codes,
        best=request.best_vouchers,
        is_first_order=is_first_order,
    )


def _hold_parties(buyer: User, quote: Quote) -> None:
    """Keep the buyer's account and the shops open until the commit.

    Closing either looks for open orders, and would not see the one being made. The locks are the
    weakest that closing waits for; other checkouts and changes of counters do not.
    Raises: ProductUnavailable naming the goods of shops that are not open any more; ShopOnHoliday
    for those whose holiday was begun since they were priced.
    """
    shop_ids = [group.shop_id for group in quote.groups]
    rows = fetch_prepared(
        """
        SELECT shop.id, shop.holiday_starts_at, shop.holiday_ends_at
        FROM accounts_user buyer, shops_shop shop
        WHERE buyer.id = %s AND buyer.closed_at IS NULL
            AND shop.id = ANY(%s) AND shop.status = %s
        ORDER BY shop.id
        FOR SHARE OF buyer FOR KEY SHARE OF shop
        """,
        [buyer.pk, shop_ids, ShopStatus.APPROVED.value],
    )
    held = {row[0] for row in rows}
    gone = [group for group in quote.groups if group.shop_id not in held]
    if gone:
        raise ProductUnavailable(line.variant_id for group in gone for line in group.lines)
    away = {row[0]: row[2] for row in rows if (found := holiday_of(*row[1:])) and found.is_now}
    if away:
        groups = (group for group in quote.groups if group.shop_id in away)
        raise ShopOnHoliday((g.shop_id, g.shop_name, away[g.shop_id]) for g in groups)


def _limit_held(buyer: User, *, is_online: bool) -> None:
    """Bound what a buyer can keep from others without paying, also when asked for at once.

    Cash counts until a shop has confirmed it: from then on somebody stands for it.
    Raises: TooManyUnpaidCheckouts; TooManyCashCheckouts.
    """
    transaction_lock(f"unpaid checkouts of {buyer.pk}")
    if is_online:
        waiting = Order.objects.filter(buyer=buyer, status=OrderStatus.PENDING_PAYMENT)
        limit = settings.MAX_UNPAID_CHECKOUTS
    else:
        placed = Order.objects.filter(buyer=buyer, status=OrderStatus.PLACED)
        waiting = placed.filter(payment_method=PaymentMethod.COD)
        limit = settings.MAX_UNCONFIRMED_CASH_CHECKOUTS
    if waiting.values("checkout").distinct().count() >= limit:
        raise TooManyUnpaidCheckouts(limit) if is_online else TooManyCashCheckouts(limit)


def _hold_time(quote: Quote) -> timedelta:
    """Return how long goods are held for their money: as long as the hottest of them allows."""
    lines = [line for group in quote.groups for line in group.lines]
    own = [line.hold_seconds for line in lines if line.hold_seconds is not None]
    return timedelta(seconds=min([settings.RESERVATION_TTL_SECONDS, *own]))


def _addresses(request: OrderRequest, buyer: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return copies of the shipping and the billing address, so that later edits change nothing."""
    names = {"address_id": request.address_id, "billing_address_id": request.billing_address_id}
    wanted = {name: address_id for name, address_id in names.items() if address_id is not None}
    rows = _own_addresses.values(buyer_id=buyer.pk, ids=list(wanted.values()))
    found = {row.pop("id"): row for row in rows}
    for name, address_id in wanted.items():
        if address_id not in found:
            raise NotFound(
                "There is no such address of yours.",
                details=[{"field": name, "code": "not_found", "message": "Unknown address."}],
            )
    return found[request.address_id], found[request.billing_address_id or request.address_id]


@PreparedQuery
def _own_addresses() -> Any:
    owned = Address.objects.of(Given("buyer_id"))
    return owned.filter(OneOf(F("pk"), Given("ids"))).values("id", *_ADDRESS_FIELDS)


def _new_checkout(
    request: OrderRequest, quote: Quote, buyer: User, expires_at: datetime | None
) -> Checkout:
    return Checkout(
        buyer=buyer,
        payment_method=request.payment_method,
        currency=money.currency(),
        subtotal_amount=quote.subtotal_amount,
        discount_amount=quote.discount_amount,
        shipping_fee_amount=quote.shipping_fee_amount,
        tax_amount=quote.tax_amount,
        total_amount=quote.total_amount,
        expires_at=expires_at,
    )


def _new_orders(
    checkout: Checkout,
    request: OrderRequest,
    quote: Quote,
    addresses: tuple[dict[str, Any], dict[str, Any]],
    now: datetime,
) -> list[Order]:
    """Return one order per shop, not written yet."""
    is_placed = checkout.expires_at is None
    return [
        Order(
            checkout=checkout,
            buyer=checkout.buyer,
            shop=_shop(group),
            status=OrderStatus.PLACED if is_placed else OrderStatus.PENDING_PAYMENT,
            placed_at=now if is_placed else None,
            payment_method=checkout.payment_method,
            currency=checkout.currency,
            subtotal_amount=group.subtotal_amount,
            discount_amount=group.discount_amount,
            shipping_fee_amount=group.shipping_fee_amount,
            tax_amount=group.tax_amount,
            total_amount=group.total_amount,
            seller_discount_amount=group.goods_discount.seller_amount,
            platform_discount_amount=group.goods_discount.platform_amount,
            seller_shipping_discount_amount=group.shipping_discount.seller_amount,
            platform_shipping_discount_amount=group.shipping_discount.platform_amount,
            vouchers=_vouchers(quote, group),
            shipping_address=addresses[0],
            billing_address=addresses[1],
            shipping_carrier=group.shipping.carrier,
            shipping_service_code=group.shipping.service_code,
            shipping_service_name=group.shipping.name,
            shipping_fee_is_estimate=group.shipping.is_estimate,
            weight_grams=group.weight_grams,
            note=request.note,
        )
        for group in quote.groups
    ]


def _insert(
    checkout: Checkout,
    orders: Sequence[Order],
    items: Sequence[OrderItem],
    timeline: Sequence[OrderEvent],
    now: datetime,
) -> None:
    """Write all of them by one statement.

    In a billion numbers a day two may collide: then new ones are drawn for the orders that were
    left out. Their items wait for them, as foreign keys are looked at when the transaction commits.
    """
    others: list[Sequence[Model]] = [[checkout], items, timeline]
    missing = orders
    for _ in range(MAX_NUMBER_DRAWS):
        for order in missing:
            order.number = new_order_number(now)
        written = insert_rows(*others, missing, skip_taken="number")
        missing = [order for order in missing if order.pk not in written]
        if not missing:
            return
        others = []
    raise RuntimeError(f"No free order number in {MAX_NUMBER_DRAWS} draws")


def _placed_by(order: Order, buyer: User) -> OrderEvent:
    return OrderEvent(
        order=order, to_status=order.status, actor_kind=ActorKind.BUYER, actor_id=buyer.pk
    )


def _shop(group: ShopQuote) -> Shop:
    """Return the shop with no more of it than was read."""
    values = (group.shop_id, group.shop_name, group.shop_slug)
    return Shop.from_db(DEFAULT_DB_ALIAS, ("id", "name", "slug"), values)


def _sold_line(item: OrderItem, line: Line) -> SoldLine:
    return SoldLine(
        item_id=item.pk,
        shop_id=line.shop_id,
        shop_rate_bps=line.shop_rate_bps,
        category_path=line.category_path,
        unit_price_amount=item.unit_price_amount,
        quantity=item.quantity,
        line_total_amount=item.line_total_amount,
        seller_discount_amount=item.seller_discount_amount,
    )


def _vouchers(quote: Quote, group: ShopQuote) -> list[dict[str, Any]]:
    """Return a copy of what each voucher takes off this shop's part."""
    parts = [(row.terms, part_of(row, group)) for row in quote.vouchers.applied]
    return [
        {"code": terms.code, "name": terms.name, "kind": terms.kind, "discount_amount": part.amount}
        for terms, part in parts
        if part.amount
    ]


def _items(order: Order, group: ShopQuote) -> list[OrderItem]:
    return [
        OrderItem(
            order=order,
            variant_id=line.variant_id,
            product_id=line.product_id,
            title=line.title,
            variant_name=line.variant_name,
            sku=line.sku,
            image=line.image,
            attributes=line.attributes,
            unit_price_amount=line.unit_price_amount,
            quantity=line.quantity,
            line_total_amount=line.line_total_amount,
            seller_discount_amount=line.discount.seller_amount,
            platform_discount_amount=line.discount.platform_amount,
        )
        for line in group.lines
    ]
