from datetime import timedelta
from typing import Final

from django.db import models

# From the first try on; what could not be sent by then is parked for staff.
PARK_AFTER: Final = timedelta(days=1)
# Whoever sends one is killed at the latest after this long, or has lost it.
SEND_LEASE: Final = timedelta(seconds=120)
RETRY_SECONDS: Final = (15, 60, 300, 900, 1800, 3600)

# Hours of the deployment's local time in which nobody is woken by an SMS.
QUIET_FROM_HOUR: Final = 22
QUIET_UNTIL_HOUR: Final = 7
# When the daily mail goes out, in the deployment's local time.
DIGEST_HOUR: Final = 8

MAX_TITLE_LENGTH: Final = 200
# One message in the GSM alphabet; longer ones cost as two.
MAX_SMS_LENGTH: Final = 160


class NotificationType(models.TextChoices):
    """What a message is about; a client chooses its icon and link by it. See `kinds`."""

    ORDER_PLACED = "order_placed"
    ORDER_RECEIVED = "order_received"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_PACKED = "order_packed"
    ORDER_SHIPPED = "order_shipped"
    ORDER_DELIVERED = "order_delivered"
    ORDER_DELIVERY_FAILED = "order_delivery_failed"
    ORDER_COMPLETED = "order_completed"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_DUE_SOON = "order_due_soon"
    ORDER_CANCELLED_LATE = "order_cancelled_late"
    RETURN_REQUESTED = "return_requested"
    RETURN_APPROVED = "return_approved"
    RETURN_APPROVED_BY_SILENCE = "return_approved_by_silence"
    RETURN_REJECTED = "return_rejected"
    RETURN_RECEIVED = "return_received"
    RETURN_REFUNDED = "return_refunded"
    RETURN_CANCELLED = "return_cancelled"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_TO_DECIDE = "dispute_to_decide"
    DISPUTE_DECIDED = "dispute_decided"
    STATEMENT_READY = "statement_ready"
    ORDER_REFUNDED = "order_refunded"
    PAYOUT_APPROVED = "payout_approved"
    PAYOUT_PAID = "payout_paid"
    SHOP_APPROVED = "shop_approved"
    SHOP_REJECTED = "shop_rejected"
    SHOP_SUSPENDED = "shop_suspended"
    SHOP_REOPENED = "shop_reopened"
    SHOP_CLOSED = "shop_closed"
    SHOP_SUBMITTED = "shop_submitted"
    TEAM_INVITED = "team_invited"
    TEAM_JOINED = "team_joined"
    TEAM_ROLES_CHANGED = "team_roles_changed"
    TEAM_LEFT = "team_left"
    SHOP_HANDED_OVER = "shop_handed_over"
    PRODUCT_APPROVED = "product_approved"
    PRODUCT_REJECTED = "product_rejected"
    PRODUCT_SUSPENDED = "product_suspended"
    STOCK_LOW = "stock_low"
    BACK_IN_STOCK = "back_in_stock"
    PRICE_DROPPED = "price_dropped"
    PRODUCT_SUBMITTED = "product_submitted"
    REVIEW_RECEIVED = "review_received"
    REVIEW_REPLIED = "review_replied"
    REVIEW_HIDDEN = "review_hidden"
    REVIEW_PUBLISHED = "review_published"
    REVIEW_REPORTED = "review_reported"
    QUESTION_RECEIVED = "question_received"
    QUESTION_ANSWERED = "question_answered"
    QUESTION_HIDDEN = "question_hidden"
    QUESTION_PUBLISHED = "question_published"
    QUESTION_REPORTED = "question_reported"
    WELCOME = "welcome"
    PASSWORD_CHANGED = "password_changed"
    SIGN_IN_ENDED = "sign_in_ended"
    CONTACT_CHANGED = "contact_changed"
    REGISTRATION_ATTEMPTED = "registration_attempted"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_REINSTATED = "account_reinstated"
    SMS_CAP_REACHED = "sms_cap_reached"
    WEBHOOK_SWITCHED_OFF = "webhook_switched_off"


class Audience(models.TextChoices):
    """Whom a type concerns; preferences are listed by it."""

    BUYER = "buyer"
    SELLER = "seller"
    ACCOUNT = "account"
    STAFF = "staff"


class DeliveryChannel(models.TextChoices):
    """Ways out beside the list in the app, where every notification stands."""

    EMAIL = "email"
    SMS = "sms"
    LIVE = "live"


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    SENT = "sent"
    # Refused for good, or nobody there to take it.
    FAILED = "failed"
    # Tried for a day; staff may replay it.
    PARKED = "parked"


class Digest(models.TextChoices):
    """Whether mail comes one by one, or as one a day."""

    NONE = "none"
    DAILY = "daily"
