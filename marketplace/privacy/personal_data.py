"""Every column that can hold text: whether it is about a person, and what becomes of it.

`docs/privacy.md` shows this as a table. A test walks all models: a column that is in neither of
the two tables fails it, and so does one that does not become what is said here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fate(StrEnum):
    """What closing the account does."""

    DELETED = "deleted"
    BLANKED = "blanked"
    KEPT = "kept"


@dataclass(frozen=True)
class Held:
    """Columns of a model; `owner` leads from a row to the user whom it is about.

    `exported` is a section of the export, or why there is none in brackets. `why` says what is
    kept for, and until when.
    """

    columns: str
    owner: str
    fate: Fate
    exported: str
    why: str = ""


D, B, K = Fate.DELETED, Fate.BLANKED, Fate.KEPT
_BOOKS = "The books: the law has them kept."
_HISTORY = "Says why a decision was made; names nobody by itself."
_UNNAMED = "An opinion about goods, shown without a name."
_SHOP = "Until 90 days after the account was closed and nothing is owed: `closed_shops`."

PERSONAL: Final[dict[str, tuple[Held, ...]]] = {
    "accounts.User": (
        Held("phone_number email full_name avatar suspension_reason", "pk", B, "profile"),
        Held("password", "pk", B, "(a secret)"),
        Held("language", "pk", K, "profile", "Says nothing without the rest."),
    ),
    "accounts.Address": (
        Held(
            "recipient_name phone_number line1 line2 ward district province postal_code country"
            " latitude longitude",
            "user",
            D,
            "addresses",
        ),
    ),
    "accounts.Session": (Held("user_agent ip_address", "user", B, "sign_ins"),),
    "accounts.RecoveryCode": (Held("code_hash", "factor__user", D, "(a secret)"),),
    "accounts.OneTimeCode": (Held("destination", "user", D, "one_time_codes"),),
    "accounts.ApiKey": (
        Held("name", "owner", B, "api_keys"),
        Held("prefix scopes", "owner", K, "api_keys", "What a key could do that is in the logs."),
        Held("key_hash", "owner", K, "(a secret)", "Opens nothing any more."),
    ),
    "shops.Shop": (
        Held(
            "contact_email contact_phone pickup_address bank_name bank_account_name"
            " bank_account_number",
            "owner",
            K,
            "shop",
            _SHOP,
        ),
        Held(
            "name slug description logo banner holiday_message",
            "owner",
            K,
            "shop",
            "What buyers bought from.",
        ),
        Held("status_reason", "owner", K, "shop", _HISTORY),
    ),
    "shops.ShopStatusChange": (Held("reason", "shop__owner", K, "shop", _HISTORY),),
    "shops.StoreLocation": (
        Held(
            "name address phone_number email opening_hours latitude longitude",
            "shop__owner",
            K,
            "shop",
            _SHOP,
        ),
    ),
    "shops.ShopMember": (Held("roles", "user", D, "shop_memberships"),),
    "wishlists.Wishlist": (
        Held("name", "user", D, "wishlists"),
        Held("share_token", "user", D, "(a secret)"),
    ),
    "wishlists.WishlistItem": (Held("note", "wishlist__user", D, "wishlists"),),
    "cart.Cart": (Held("token_hash", "user", D, "(a secret, of guests alone)"),),
    "orders.Order": (
        Held("shipping_address billing_address note", "buyer", B, "orders"),
        Held("cancel_reason", "buyer", K, "orders", _HISTORY),
    ),
    "orders.OrderEvent": (Held("note", "order__buyer", K, "orders", _HISTORY),),
    "documents.Document": (
        Held("facts", "order__buyer", K, "invoices", "Invoices: ten years, by law."),
    ),
    "payments.PaymentEvent": (
        Held(
            "payload",
            "payment__checkout__buyer",
            K,
            "(what a provider said, signed, about money that the export lists)",
            "For disputes: blanked after 180 days.",
        ),
    ),
    "payments.Refund": (Held("reason", "order__buyer", K, "(in the order's timeline)", _BOOKS),),
    "payments.ReconciliationTask": (
        Held("details note", "payment__checkout__buyer", K, "(notes of staff)", _BOOKS),
    ),
    "returns.Return": (
        Held(
            "comment answer",
            "order__buyer",
            K,
            "returns",
            "Evidence for a refund; the comment is blanked after two years.",
        ),
    ),
    "returns.ReturnPhoto": (
        Held(
            "file",
            "return_request__order__buyer",
            K,
            "(shown with the return)",
            "Evidence for a refund: deleted after two years.",
        ),
    ),
    "returns.ReturnEvent": (
        Held("note", "return_request__order__buyer", K, "(in the return)", _HISTORY),
    ),
    "returns.Dispute": (
        Held("reason decision", "return_request__order__buyer", K, "(in the return)", _HISTORY),
    ),
    "settlement.Payout": (
        Held(
            "bank_name bank_account_name bank_account_number",
            "shop__owner",
            K,
            "(on the shop's statements)",
            _BOOKS,
        ),
    ),
    "fulfilment.Shipment": (Held("note", "order__buyer", K, "(the shop's words)", _HISTORY),),
    "fulfilment.CarrierMessage": (
        Held(
            "payload note",
            "shipment__order__buyer",
            K,
            "(what a carrier said; the parcel's steps are with the order)",
            "For disputes: the payload is blanked after 180 days.",
        ),
    ),
    "reviews.Review": (
        Held("title content", "user", K, "reviews", _UNNAMED),
        Held("reply status_reason", "user", K, "reviews", _HISTORY),
    ),
    "reviews.ReviewImage": (Held("file", "review__user", K, "(shown with the review)", _UNNAMED),),
    "reviews.ReviewReport": (Held("reason", "user", K, "(what was reported)", _HISTORY),),
    "reviews.Question": (
        Held("content", "user", K, "questions", _UNNAMED),
        Held("answer status_reason", "user", K, "questions", _HISTORY),
    ),
    "reviews.QuestionReport": (Held("reason", "user", K, "(what was reported)", _HISTORY),),
    "notifications.Notification": (Held("title body data", "user", D, "notifications"),),
    "notifications.Delivery": (
        Held("destination text last_error", "notification__user", D, "(copies of the former)"),
    ),
    "notifications.Preference": (Held("channels", "user", D, "notification_preferences"),),
}

# What is about people but belongs to nobody's account by a relation.
APART: Final[dict[str, tuple[str, str]]] = {
    "admin.LogEntry": (
        "object_repr change_message",
        "The console's log names the row: a closed account's name is replaced at once.",
    ),
    "sessions.Session": ("session_data", "Staff's browsers; deleted when they end."),
    "outbox.OutboxEvent": (
        "payload last_error",
        "Ids, and once an old address to warn: deleted 14 days after it was done.",
    ),
    "idempotency.IdempotencyKey": ("response_body", "Deleted after a day."),
    "audit.Entry": (
        "object_name before after ip_address",
        "Who changed what: a closed account's own values are hidden at once, network addresses"
        " after 180 days.",
    ),
    "shops.ShopInvitation": (
        "email",
        "Asks a mailbox, perhaps nobody's here: deleted with the account that has it, and 30 days"
        " after its end.",
    ),
    "webhooks.WebhookDelivery": (
        "body last_error",
        "What was told to a shop's server, and what it answered; deleted by the webhooks' own job.",
    ),
    "catalog.SearchQuery": ("text", "What was searched, by nobody: deleted after 400 days."),
    "catalog.PopularQuery": ("text folded", "What many searched for; made anew from the former."),
}

# Columns that name goods, amounts, states and programs. Sellers' texts about goods are no data
# about people, whatever they write there.
IMPERSONAL: Final[dict[str, str]] = {
    "admin.LogEntry": "object_id",
    "auth.Permission": "name codename",
    "auth.Group": "name",
    "contenttypes.ContentType": "app_label model",
    "sessions.Session": "session_key",
    "outbox.OutboxEvent": "topic key handled_by",
    "idempotency.IdempotencyKey": "route key fingerprint",
    "limits.LimitCounter": "key",
    "moderation.ModerationReason": "text",
    "audit.Entry": "object_type object_id via request_id",
    "shops.ShopInvitation": "roles",
    "shipping.ShippingMethod": "carrier_service service_code name",
    "catalog.Category": "name slug description image path",
    "catalog.Banner": "title alt_text image link",
    "catalog.Brand": "name slug description logo",
    "catalog.Product": "title slug description attributes filter_values meta_title"
    " meta_description status_reason thumbnail",
    "catalog.ProductVariant": "sku name attributes",
    "catalog.ProductImage": "file alt_text",
    "catalog.SearchWord": "word display",
    "catalog.Synonym": "term synonym",
    "inventory.StockMovement": "note",
    "bulk.ImportJob": "file file_name message",
    "bulk.ImportRowError": "column code message",
    "vouchers.Voucher": "code name",
    "orders.Checkout": "currency",
    "orders.Order": "number currency vouchers shipping_carrier shipping_service_code"
    " shipping_service_name",
    "orders.OrderItem": "title variant_name sku image attributes",
    "payments.Payment": "currency provider_reference redirect_url client_secret failure_code",
    "payments.PaymentEvent": "event_key kind",
    "payments.Refund": "currency source provider_reference last_error",
    "payments.ReconciliationTask": "key",
    "payments.FakeCharge": "reference currency state refunds",
    "settlement.CommissionRule": "name",
    "settlement.CommissionLine": "rule_name",
    "settlement.LedgerEntry": "party",
    "settlement.Payout": "currency bank_reference failure_reason",
    "settlement.Remittance": "file_name fingerprint",
    "settlement.RemittanceLine": "reference note",
    "metrics.ShopDay": "statuses",
    "documents.Document": "number language currency",
    "documents.DocumentFile": "name sha256",
    "fulfilment.Shipment": "service_code carrier_service reference tracking_number last_error"
    " attention",
    "fulfilment.ShipmentEvent": "code note",
    "fulfilment.CarrierMessage": "event_key tracking_number code concern",
    "reviews.ReviewDecision": "reason",
    "reviews.QuestionDecision": "reason",
    "notifications.Notification": "type event_key",
    "webhooks.WebhookEndpoint": "description topics url",
    "notifications.Preference": "type",
}
