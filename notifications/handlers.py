"""Who is told of which event. Each runs once per event, in the transaction that marks it."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.events import (
    AccountClosed,
    IdentifierChanged,
    IdentifierTaken,
    PasswordChanged,
    RefreshTokenReused,
    UserReinstated,
    UserSuspended,
    UserVerified,
)
from accounts.hooks import export_sections
from accounts.models import User
from catalog.alerts.constants import AlertKind
from catalog.alerts.events import AlertsTold
from catalog.alerts.models import Alert
from catalog.constants import ProductStatus
from catalog.events import ProductModerated, ProductSubmitted
from catalog.inventory.events import InventoryLow
from catalog.models import Product, ProductVariant
from marketplace.common.events import SmsCapExhausted
from marketplace.common.money import display_amount
from marketplace.common.outbox.registry import handled_event_id, handles
from notifications.constants import DeliveryChannel, NotificationType
from notifications.live import tell_of_order
from notifications.selectors import held_notifications, held_preferences, staff_who_may
from notifications.services.reading import forget_user
from notifications.services.telling import Contact, notify
from orders.constants import ActorKind, OrderStatus
from orders.documents.events import StatementReady
from orders.documents.models import Document
from orders.documents.months import Month
from orders.events import OrderCancelled, OrderPlaced, OrderStatusChanged
from orders.models import Order
from orders.payments.constants import RefundKind
from orders.payments.events import RefundSucceeded
from orders.payments.models import Refund
from orders.returns.events import (
    ReturnApproved,
    ReturnCancelled,
    ReturnDecided,
    ReturnDisputed,
    ReturnEventBase,
    ReturnReceived,
    ReturnRefunded,
    ReturnRejected,
    ReturnRequested,
)
from orders.returns.models import Return
from orders.returns.selectors import due_at, refunded_amount
from orders.settlement.events import PayoutApproved, PayoutPaid
from orders.settlement.models import Payout
from orders.standing.constants import Obligation
from orders.standing.events import DeadlineNear
from reviews.events import (
    QuestionAnswered,
    QuestionAsked,
    QuestionHidden,
    QuestionPublished,
    ReviewCreated,
    ReviewHidden,
    ReviewPublished,
    ReviewReplied,
)
from shops.constants import TeamRole
from shops.events import (
    MemberInvited,
    MemberJoined,
    MemberLeft,
    MemberRolesChanged,
    ShopApproved,
    ShopClosed,
    ShopHandedOver,
    ShopReapplied,
    ShopRegistered,
    ShopRejected,
    ShopReopened,
    ShopSuspended,
)
from shops.models import Shop, ShopInvitation, ShopMember
from shops.selectors import people_of

logger = logging.getLogger(__name__)

# Steps that the buyer waits for; that an order was placed is told by OrderPlaced.
_BUYER_IS_TOLD = {
    OrderStatus.CONFIRMED: NotificationType.ORDER_CONFIRMED,
    OrderStatus.PACKED: NotificationType.ORDER_PACKED,
    OrderStatus.SHIPPED: NotificationType.ORDER_SHIPPED,
    OrderStatus.DELIVERED: NotificationType.ORDER_DELIVERED,
    OrderStatus.DELIVERY_FAILED: NotificationType.ORDER_DELIVERY_FAILED,
    OrderStatus.COMPLETED: NotificationType.ORDER_COMPLETED,
}
_SELLER_IS_TOLD = {
    OrderStatus.DELIVERY_FAILED: NotificationType.ORDER_DELIVERY_FAILED,
    OrderStatus.COMPLETED: NotificationType.ORDER_COMPLETED,
}
_OF_MODERATION = {
    ProductStatus.ACTIVE: NotificationType.PRODUCT_APPROVED,
    ProductStatus.REJECTED: NotificationType.PRODUCT_REJECTED,
    ProductStatus.SUSPENDED: NotificationType.PRODUCT_SUSPENDED,
}
_OF_ALERT = {
    AlertKind.BACK_IN_STOCK: NotificationType.BACK_IN_STOCK,
    AlertKind.PRICE_DROP: NotificationType.PRICE_DROPPED,
}

Told = tuple[UUID, NotificationType]
OfReview = ReviewCreated | ReviewReplied | ReviewHidden | ReviewPublished
OfQuestion = QuestionAsked | QuestionAnswered | QuestionHidden | QuestionPublished

export_sections["notifications"] = held_notifications
export_sections["notification_preferences"] = held_preferences


@handles(OrderPlaced)
def tell_of_placed_order(event: OrderPlaced) -> None:
    """Tell the buyer, and the shop's people who serve orders."""
    order = _order(event.order_id)
    _tell(
        [
            *_team(order.shop, TeamRole.ORDERS, NotificationType.ORDER_RECEIVED),
            (order.buyer_id, NotificationType.ORDER_PLACED),
        ],
        event.topic,
        values=_order_values(order),
        data=_order_data(order),
    )


@handles(OrderStatusChanged)
def tell_of_order_step(event: OrderStatusChanged) -> None:
    """Tell the buyer of every step that is not the buyer's own, the seller of an order's end."""
    step, order = OrderStatus(event.to_status), _order(event.order_id)
    told: list[Told] = []
    if step in _SELLER_IS_TOLD and event.actor_kind != ActorKind.SELLER:
        told += _team(order.shop, TeamRole.ORDERS, _SELLER_IS_TOLD[step])
    if step in _BUYER_IS_TOLD and event.actor_kind != ActorKind.BUYER:
        told.append((order.buyer_id, _BUYER_IS_TOLD[step]))
    _tell(told, event.topic, values=_order_values(order), data=_order_data(order))


@handles(OrderCancelled)
def tell_of_cancelled_order(event: OrderCancelled) -> None:
    """Tell whoever did not cancel; a seller never heard of an order that was not paid."""
    order = _order(event.order_id)
    told: list[Told] = []
    was_placed = event.from_status != OrderStatus.PENDING_PAYMENT
    if was_placed and event.actor_kind != ActorKind.SELLER:
        is_late = event.actor_kind == ActorKind.SYSTEM
        late, other = NotificationType.ORDER_CANCELLED_LATE, NotificationType.ORDER_CANCELLED
        told += _team(order.shop, TeamRole.ORDERS, late if is_late else other)
    if event.actor_kind != ActorKind.BUYER:
        told.append((order.buyer_id, NotificationType.ORDER_CANCELLED))
    values = {**_order_values(order), "reason": event.reason}
    _tell(told, event.topic, values=values, data=_order_data(order))


@handles(DeadlineNear)
def tell_of_near_deadline(event: DeadlineNear) -> None:
    """Tell the shop's people who serve orders, once."""
    order = _order(event.order_id)
    due = datetime.fromisoformat(event.due_at).astimezone(ZoneInfo(settings.LOCAL_TIME_ZONE))
    _tell(
        _team(order.shop, TeamRole.ORDERS, NotificationType.ORDER_DUE_SOON),
        event.topic,
        values={
            **_order_values(order),
            "due": f"{due:%Y-%m-%d %H:%M}",
            "step": Obligation(event.obligation).label.lower(),
        },
        data=_order_data(order),
    )


@handles(ReturnRequested)
def tell_of_requested_return(event: ReturnRequested) -> None:
    _tell_of_return(event, owner=NotificationType.RETURN_REQUESTED)


@handles(ReturnApproved)
def tell_of_approved_return(event: ReturnApproved) -> None:
    """Tell the buyer, and a shop that did not answer."""
    is_silence = event.actor_kind == ActorKind.SYSTEM
    _tell_of_return(
        event,
        buyer=NotificationType.RETURN_APPROVED,
        owner=NotificationType.RETURN_APPROVED_BY_SILENCE if is_silence else None,
    )


@handles(ReturnRejected)
def tell_of_rejected_return(event: ReturnRejected) -> None:
    _tell_of_return(event, buyer=NotificationType.RETURN_REJECTED, reason=event.reason)


@handles(ReturnReceived)
def tell_of_received_return(event: ReturnReceived) -> None:
    _tell_of_return(event, buyer=NotificationType.RETURN_RECEIVED)


@handles(ReturnRefunded)
def tell_of_refunded_return(event: ReturnRefunded) -> None:
    _tell_of_return(event, buyer=NotificationType.RETURN_REFUNDED)


@handles(ReturnCancelled)
def tell_of_cancelled_return(event: ReturnCancelled) -> None:
    """Tell the shop, and a buyer who did not send the goods in time."""
    is_late = event.actor_kind == ActorKind.SYSTEM
    kind = NotificationType.RETURN_CANCELLED
    _tell_of_return(event, owner=kind, buyer=kind if is_late else None)


@handles(ReturnDisputed)
def tell_of_disputed_return(event: ReturnDisputed) -> None:
    """Tell the shop, and the staff who decide."""
    _tell_of_return(event, owner=NotificationType.DISPUTE_OPENED)
    order = _order(event.order_id)
    _tell_staff(
        "returns.change_dispute",
        NotificationType.DISPUTE_TO_DECIDE,
        event.topic,
        values=_order_values(order),
        data={"dispute_id": str(event.dispute_id), "order_number": order.number},
    )


@handles(ReturnDecided)
def tell_of_decided_dispute(event: ReturnDecided) -> None:
    kind = NotificationType.DISPUTE_DECIDED
    _tell_of_return(event, buyer=kind, owner=kind, reason=event.reason)


@handles(RefundSucceeded)
def tell_of_refund(event: RefundSucceeded) -> None:
    """Tell the shop of money that staff sent back; returns and cancellations tell by themselves."""
    refund = Refund.objects.get(pk=event.refund_id)
    if refund.kind != RefundKind.GOODWILL:
        return
    order = _order(event.order_id)
    _tell(
        _team(order.shop, TeamRole.FINANCE, NotificationType.ORDER_REFUNDED),
        event.topic,
        values={
            **_order_values(order),
            "amount": display_amount(refund.amount, refund.currency),
            "reason": refund.reason,
        },
        data=_order_data(order),
    )


@handles(PayoutApproved)
def tell_of_approved_payout(event: PayoutApproved) -> None:
    _tell_of_payout(event, NotificationType.PAYOUT_APPROVED)


@handles(PayoutPaid)
def tell_of_paid_payout(event: PayoutPaid) -> None:
    _tell_of_payout(event, NotificationType.PAYOUT_PAID)


@handles(StatementReady)
def tell_of_statement(event: StatementReady) -> None:
    """Tell who keeps the shop's books that the month is stated."""
    statement = Document.objects.select_related("shop").defer("facts").get(pk=event.document_id)
    month = Month.of(statement.period_start or statement.issued_at)
    _tell(
        _team(statement.shop, TeamRole.FINANCE, NotificationType.STATEMENT_READY),
        event.topic,
        values={
            "shop": statement.shop.name,
            "month": f"{month.number:02d}/{month.year}",
            "closing": display_amount(statement.amount, statement.currency),
        },
        data={"statement_id": str(statement.pk), "shop_id": str(statement.shop_id)},
    )


@handles(OrderPlaced)
def show_placed_order(event: OrderPlaced) -> None:
    tell_of_order(_order(event.order_id), from_status=None, status=OrderStatus.PLACED)


@handles(OrderStatusChanged)
def show_order_step(event: OrderStatusChanged) -> None:
    """Show every step to both sides, one's own too: it may have been made on another device."""
    if event.to_status != OrderStatus.PLACED:  # OrderPlaced tells of that
        order = _order(event.order_id)
        tell_of_order(order, from_status=event.from_status, status=event.to_status)


@handles(OrderCancelled)
def show_cancelled_order(event: OrderCancelled) -> None:
    order = _order(event.order_id)
    tell_of_order(order, from_status=event.from_status, status=OrderStatus.CANCELLED)


@handles(ShopApproved)
def tell_of_approved_shop(event: ShopApproved) -> None:
    _tell_owner(event, NotificationType.SHOP_APPROVED)


@handles(ShopRejected)
def tell_of_rejected_shop(event: ShopRejected) -> None:
    _tell_owner(event, NotificationType.SHOP_REJECTED, event.reason)


@handles(ShopSuspended)
def tell_of_suspended_shop(event: ShopSuspended) -> None:
    _tell_owner(event, NotificationType.SHOP_SUSPENDED, event.reason)


@handles(ShopReopened)
def tell_of_reopened_shop(event: ShopReopened) -> None:
    _tell_owner(event, NotificationType.SHOP_REOPENED)


@handles(ShopClosed)
def tell_of_closed_shop(event: ShopClosed) -> None:
    _tell_owner(event, NotificationType.SHOP_CLOSED, event.reason)


@handles(MemberInvited)
def tell_invited_user(event: MemberInvited) -> None:
    """Tell the invited one who has an account already; the mail goes to the mailbox anyway."""
    rows = ShopInvitation.objects.live().select_related("shop")
    invitation = rows.filter(pk=event.invitation_id).first()
    if invitation is None:
        return
    users = User.objects.filter(email__iexact=invitation.email, email_verified_at__isnull=False)
    _tell(
        [(user.pk, NotificationType.TEAM_INVITED) for user in users],
        event.topic,
        values={"shop": invitation.shop.name, "until": f"{invitation.expires_at:%Y-%m-%d}"},
        data={"shop_id": str(invitation.shop_id)},
    )


@handles(MemberJoined)
def tell_of_new_member(event: MemberJoined) -> None:
    member = ShopMember.objects.filter(shop=event.shop_id, user=event.user_id).first()
    if member is not None:
        _tell_of_member(event, NotificationType.TEAM_JOINED, to_member=False, roles=member.roles)


@handles(MemberRolesChanged)
def tell_of_changed_roles(event: MemberRolesChanged) -> None:
    kind = NotificationType.TEAM_ROLES_CHANGED
    _tell_of_member(event, kind, to_member=True, roles=event.roles)


@handles(MemberLeft)
def tell_of_left_member(event: MemberLeft) -> None:
    """Tell the one who was taken out; the owner of one who left."""
    _tell_of_member(event, NotificationType.TEAM_LEFT, to_member=event.is_removed)


@handles(ShopHandedOver)
def tell_of_handed_over_shop(event: ShopHandedOver) -> None:
    shop, heir = Shop.objects.get(pk=event.shop_id), User.objects.get(pk=event.to_user_id)
    kind = NotificationType.SHOP_HANDED_OVER
    _tell(
        [(event.from_user_id, kind), (event.to_user_id, kind)],
        event.topic,
        values={"shop": shop.name, "person": heir.full_name},
        data={"shop_id": str(shop.pk)},
    )


@handles(ProductModerated)
def tell_of_moderated_product(event: ProductModerated) -> None:
    """Tell who keeps the shop's catalogue what staff decided."""
    product = Product.objects.select_related("shop").get(pk=event.product_id)
    _tell(
        _team(product.shop, TeamRole.CATALOGUE, _OF_MODERATION[ProductStatus(event.status)]),
        event.topic,
        values={"product": product.title, "reason": event.reason},
        data={"product_id": str(product.pk), "shop_id": str(product.shop_id)},
    )


@handles(InventoryLow)
def tell_of_low_stock(event: InventoryLow) -> None:
    """Tell who keeps the catalogue what is left of variants; what has been refilled is left out."""
    variants = ProductVariant.objects.low_in_stock().filter(
        pk__in=event.variant_ids, product__archived_at=None
    )
    by_shop: dict[Shop, list[ProductVariant]] = {}
    for variant in variants.select_related("stock", "product", "shop").order_by("pk"):
        by_shop.setdefault(variant.shop, []).append(variant)
    for shop, low in by_shop.items():
        shown = [f"“{row.product.title}” ({row.sku}): {row.stock.available}" for row in low[:5]]
        _tell(
            _team(shop, TeamRole.CATALOGUE, NotificationType.STOCK_LOW),
            event.topic,
            values={"items": ", ".join([*shown, *([f"+{len(low) - 5}"] if low[5:] else [])])},
            data={
                "shop_id": str(shop.pk),
                "product_id": str(low[0].product_id),
                "variant_id": str(low[0].pk),
                "count": len(low),
            },
        )


@handles(AlertsTold)
def tell_of_alerts(event: AlertsTold) -> None:
    """Tell those of one batch that what they waited for has happened."""
    product = Product.objects.get(pk=event.product_id)
    users = Alert.objects.filter(batch_id=event.batch_id).values_list("user_id", flat=True)
    kind = _OF_ALERT[AlertKind(event.kind)]
    _tell(
        [(user_id, kind) for user_id in users],
        event.topic,
        values={
            "product": product.title,
            "price": display_amount(event.price_amount, settings.MARKETPLACE_CURRENCY),
        },
        data={
            "product_id": str(product.pk),
            "product_slug": product.slug,
            "variant_id": str(event.variant_id) if event.variant_id else None,
        },
    )


@handles(ReviewCreated)
def tell_of_review(event: ReviewCreated) -> None:
    """Tell the shop's people who may reply."""
    _tell_of_words(event, NotificationType.REVIEW_RECEIVED, to_shop=True, rating=str(event.rating))


@handles(ReviewReplied)
def tell_of_reply(event: ReviewReplied) -> None:
    _tell_of_words(event, NotificationType.REVIEW_REPLIED)


@handles(ReviewHidden)
def tell_of_hidden_review(event: ReviewHidden) -> None:
    """Tell staff, who have to decide, when reports hid it; the author what staff decided."""
    if event.is_automatic:
        _tell_moderators_of_words(
            event, NotificationType.REVIEW_REPORTED, "reviews.moderate_review"
        )
    else:
        _tell_of_words(event, NotificationType.REVIEW_HIDDEN, reason=event.reason)


@handles(ReviewPublished)
def tell_of_published_review(event: ReviewPublished) -> None:
    _tell_of_words(event, NotificationType.REVIEW_PUBLISHED)


@handles(QuestionAsked)
def tell_of_question(event: QuestionAsked) -> None:
    """Tell the shop's people who should answer."""
    _tell_of_words(event, NotificationType.QUESTION_RECEIVED, to_shop=True)


@handles(QuestionAnswered)
def tell_of_answer(event: QuestionAnswered) -> None:
    _tell_of_words(event, NotificationType.QUESTION_ANSWERED)


@handles(QuestionHidden)
def tell_of_hidden_question(event: QuestionHidden) -> None:
    """Tell staff, who have to decide, when reports hid it; the author what staff decided."""
    if event.is_automatic:
        _tell_moderators_of_words(
            event, NotificationType.QUESTION_REPORTED, "reviews.moderate_question"
        )
    else:
        _tell_of_words(event, NotificationType.QUESTION_HIDDEN, reason=event.reason)


@handles(QuestionPublished)
def tell_of_published_question(event: QuestionPublished) -> None:
    _tell_of_words(event, NotificationType.QUESTION_PUBLISHED)


@handles(ShopRegistered)
def tell_of_registered_shop(event: ShopRegistered) -> None:
    _tell_staff_of_shop(event)


@handles(ShopReapplied)
def tell_of_reapplied_shop(event: ShopReapplied) -> None:
    _tell_staff_of_shop(event)


@handles(ProductSubmitted)
def tell_of_submitted_product(event: ProductSubmitted) -> None:
    product = Product.objects.select_related("shop").get(pk=event.product_id)
    _tell_staff(
        "catalog.moderate_product",
        NotificationType.PRODUCT_SUBMITTED,
        event.topic,
        values={"product": product.title, "shop": product.shop.name},
        data={"product_id": str(product.pk), "shop_id": str(product.shop_id)},
    )


@handles(UserVerified)
def welcome(event: UserVerified) -> None:
    _tell([(event.user_id, NotificationType.WELCOME)], event.topic, values={}, data={})


@handles(PasswordChanged)
def tell_of_changed_password(event: PasswordChanged) -> None:
    _tell([(event.user_id, NotificationType.PASSWORD_CHANGED)], event.topic, values={}, data={})


@handles(RefreshTokenReused)
def tell_of_reused_token(event: RefreshTokenReused) -> None:
    logger.warning("Refresh token reused: session %s of user %s", event.session_id, event.user_id)
    _tell([(event.user_id, NotificationType.SIGN_IN_ENDED)], event.topic, values={}, data={})


@handles(IdentifierChanged)
def tell_old_contact(event: IdentifierChanged) -> None:
    """Tell whoever reads the old contact: if the account was stolen, its owner does."""
    _tell(
        [(event.user_id, NotificationType.CONTACT_CHANGED)],
        event.topic,
        values={},
        data={},
        only_to=Contact(DeliveryChannel(event.channel), event.old_destination),
    )


@handles(IdentifierTaken)
def tell_owner_of_registration(event: IdentifierTaken) -> None:
    """Tell by the contact that was typed, which the owner confirmed."""
    user = User.objects.open().filter(pk=event.user_id).first()
    if user is None:
        return
    to = user.email if event.channel == DeliveryChannel.EMAIL else user.phone_number
    if to:
        _tell(
            [(user.pk, NotificationType.REGISTRATION_ATTEMPTED)],
            event.topic,
            values={},
            data={},
            only_to=Contact(DeliveryChannel(event.channel), to),
        )


@handles(UserSuspended)
def tell_suspended_user(event: UserSuspended) -> None:
    _tell(
        [(event.user_id, NotificationType.ACCOUNT_SUSPENDED)],
        event.topic,
        values={"reason": event.reason},
        data={},
    )


@handles(UserReinstated)
def tell_reinstated_user(event: UserReinstated) -> None:
    _tell([(event.user_id, NotificationType.ACCOUNT_REINSTATED)], event.topic, values={}, data={})


@handles(SmsCapExhausted)
def tell_of_exhausted_sms(event: SmsCapExhausted) -> None:
    _tell_staff(
        "notifications.change_delivery",
        NotificationType.SMS_CAP_REACHED,
        event.topic,
        values={"limit": str(event.limit)},
        data={},
    )


@handles(AccountClosed)
def forget_closed_account(event: AccountClosed) -> None:
    forget_user(event.user_id)


def _tell_of_return(
    event: ReturnEventBase,
    *,
    buyer: NotificationType | None = None,
    owner: NotificationType | None = None,
    reason: str = "",
) -> None:
    order, row = _order(event.order_id), Return.objects.get(pk=event.return_id)
    told: list[Told] = [] if owner is None else _team(order.shop, TeamRole.ORDERS, owner)
    if buyer is not None:
        told.append((order.buyer_id, buyer))
    until = due_at(row)
    _tell(
        told,
        event.topic,
        values={
            **_order_values(order),
            "reason": reason,
            "until": f"{until:%Y-%m-%d}" if until else "",
            "amount": display_amount(refunded_amount(row), order.currency),
        },
        data={**_order_data(order), "return_id": str(row.pk)},
    )


def _tell_of_payout(event: PayoutApproved | PayoutPaid, kind: NotificationType) -> None:
    payout = Payout.objects.select_related("shop").get(pk=event.payout_id)
    _tell(
        _team(payout.shop, TeamRole.FINANCE, kind),
        event.topic,
        values={
            "amount": display_amount(payout.amount, payout.currency),
            "account": payout.masked_bank_account,
        },
        data={"payout_id": str(payout.pk), "shop_id": str(payout.shop_id)},
    )


def _tell_owner(
    event: ShopApproved | ShopRejected | ShopSuspended | ShopReopened | ShopClosed,
    kind: NotificationType,
    reason: str = "",
) -> None:
    shop = Shop.objects.get(pk=event.shop_id)
    _tell(
        [(event.owner_id, kind)],
        event.topic,
        values={"shop": shop.name, "reason": reason},
        data={"shop_id": str(shop.pk)},
    )


def _tell_of_member(
    event: MemberJoined | MemberRolesChanged | MemberLeft,
    kind: NotificationType,
    *,
    to_member: bool,
    roles: Iterable[str] = (),
) -> None:
    """Tell a member of the team, or its owner of that member."""
    shop, person = Shop.objects.get(pk=event.shop_id), User.objects.get(pk=event.user_id)
    _tell(
        [(person.pk if to_member else shop.owner_id, kind)],
        event.topic,
        values={"shop": shop.name, "person": person.full_name, "roles": ", ".join(roles)},
        data={"shop_id": str(shop.pk), "user_id": str(person.pk)},
    )


def _tell_of_words(
    event: OfReview | OfQuestion, kind: NotificationType, *, to_shop: bool = False, **also: str
) -> None:
    """Tell who speaks for the shop, or the author of a review or question."""
    product = _product(event)
    _tell(
        _team(product.shop, TeamRole.CATALOGUE, kind) if to_shop else [(event.user_id, kind)],
        event.topic,
        values={"product": product.title, "shop": product.shop.name, **also},
        data=_words_data(event, product),
    )


def _tell_moderators_of_words(
    event: OfReview | OfQuestion, kind: NotificationType, permission: str
) -> None:
    product = _product(event)
    _tell_staff(
        permission,
        kind,
        event.topic,
        values={"product": product.title},
        data=_words_data(event, product),
    )


def _team(shop: Shop, role: TeamRole, kind: NotificationType) -> list[Told]:
    """Return whom of a shop's team to tell: its owner, and members with the role."""
    return [(user_id, kind) for user_id in people_of(shop, role)]


def _product(event: OfReview | OfQuestion) -> Product:
    return Product.objects.select_related("shop").get(pk=event.product_id)


def _words_data(event: OfReview | OfQuestion, product: Product) -> dict[str, Any]:
    if isinstance(event, OfReview):
        subject = {"review_id": str(event.review_id)}
    else:
        subject = {"question_id": str(event.question_id)}
    return {
        "product_id": str(product.pk),
        "product_slug": product.slug,
        "shop_id": str(product.shop_id),
        **subject,
    }


def _tell_staff_of_shop(event: ShopRegistered | ShopReapplied) -> None:
    shop = Shop.objects.get(pk=event.shop_id)
    _tell_staff(
        "shops.moderate_shop",
        NotificationType.SHOP_SUBMITTED,
        event.topic,
        values={"shop": shop.name},
        data={"shop_id": str(shop.pk)},
    )


def _tell_staff(
    permission: str,
    kind: NotificationType,
    topic: str,
    *,
    values: dict[str, str],
    data: dict[str, Any],
) -> None:
    """Tell the staff whose work it is."""
    told = [(user_id, kind) for user_id in staff_who_may(permission)]
    _tell(told, topic, values=values, data=data)


def _tell(
    recipients: Iterable[tuple[UUID, NotificationType]],
    topic: str,
    *,
    values: dict[str, str],
    data: dict[str, Any],
    only_to: Contact | None = None,
) -> None:
    event_key = f"{topic}:{handled_event_id.get()}"
    notify(recipients, event_key=event_key, values=values, data=data, only_to=only_to)


def _order(order_id: UUID) -> Order:
    return Order.objects.select_related("shop").get(pk=order_id)


def _order_values(order: Order) -> dict[str, str]:
    return {
        "number": order.number,
        "shop": order.shop.name,
        "total": display_amount(order.total_amount, order.currency),
    }


def _order_data(order: Order) -> dict[str, Any]:
    return {
        "order_id": str(order.pk),
        "order_number": order.number,
        "shop_id": str(order.shop_id),
        "status": order.status,
    }
