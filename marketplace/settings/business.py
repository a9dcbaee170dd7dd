"""The rules of the marketplace that an operator sets; amounts in smallest units."""

from marketplace.settings.environment import env

MARKETPLACE_CURRENCY = env.str("MARKETPLACE_CURRENCY", "VND")
# Share of the goods' value that the platform keeps, in basis points; a shop may have its own.
COMMISSION_RATE_BPS = env.int("COMMISSION_RATE_BPS", 500)
# How long an unpaid online checkout keeps its stock.
RESERVATION_TTL_SECONDS = env.int("RESERVATION_TTL_SECONDS", 900)
# New products wait for staff before they are published.
PRODUCT_REVIEW_REQUIRED = env.bool("PRODUCT_REVIEW_REQUIRED", False)
# Delivered orders count as received after this many days.
AUTO_COMPLETE_DAYS = env.int("AUTO_COMPLETE_DAYS", 7)
# Goods can be sent back for so many days after their delivery.
RETURN_WINDOW_DAYS = env.int("RETURN_WINDOW_DAYS", 7)
# A return that its seller does not answer for so many days is approved.
RETURN_ANSWER_DAYS = env.int("RETURN_ANSWER_DAYS", 3)
# Goods of an approved return are waited for so many days.
RETURN_SEND_DAYS = env.int("RETURN_SEND_DAYS", 14)
# A shop is late that does not confirm an order, or hand over what it confirmed, for so many hours.
ORDER_CONFIRM_HOURS = env.int("ORDER_CONFIRM_HOURS", 24)
ORDER_HAND_OVER_HOURS = env.int("ORDER_HAND_OVER_HOURS", 72)
# It is warned so many hours before that, and so many after it the order is cancelled.
ORDER_WARN_HOURS = env.int("ORDER_WARN_HOURS", 6)
ORDER_CANCEL_AFTER_HOURS = env.int("ORDER_CANCEL_AFTER_HOURS", 48)
CART_TTL_DAYS = env.int("CART_TTL_DAYS", 30)
SITE_NAME = env.str("SITE_NAME", "Marketplace")
# Reports by so many people hide a review or a question until staff decide.
REPORTS_TO_HIDE = env.int("REPORTS_TO_HIDE", 5)
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
# Where clients find live notifications; the proxy in front sends /ws/ to the realtime process.
LIVE_URL = env.str("LIVE_URL", "") or f"ws{SITE_URL.removeprefix('http')}/ws/notifications"
SHOP_FRONT_URL = env.str("SHOP_FRONT_URL", "http://127.0.0.1:3000").rstrip("/")
DEMO = env.bool("DEMO", False)
# The hours of people: when an SMS would wake them, when the daily mail goes out.
LOCAL_TIME_ZONE = env.str("LOCAL_TIME_ZONE", "Asia/Ho_Chi_Minh")

# Unpaid online checkouts that one buyer may have at once.
MAX_UNPAID_CHECKOUTS = env.int("MAX_UNPAID_CHECKOUTS", 5)
# Checkouts with cash on delivery of which an order waits to be confirmed, that one buyer may have.
MAX_UNCONFIRMED_CASH_CHECKOUTS = env.int("MAX_UNCONFIRMED_CASH_CHECKOUTS", 20)
# What one person may send back of an order, in smallest units; beyond it a second one approves.
REFUND_APPROVAL_AMOUNT = env.int("REFUND_APPROVAL_AMOUNT", 5_000_000)
# A completed order's money is due to its shop after this many days.
SETTLEMENT_HOLD_DAYS = env.int("SETTLEMENT_HOLD_DAYS", 3)
# A shop is paid out at most this often, and not less than this.
PAYOUT_INTERVAL_DAYS = env.int("PAYOUT_INTERVAL_DAYS", 7)
PAYOUT_MINIMUM_AMOUNT = env.int("PAYOUT_MINIMUM_AMOUNT", 100_000)
# A payout of more than this is approved by two people.
PAYOUT_APPROVAL_AMOUNT = env.int("PAYOUT_APPROVAL_AMOUNT", 20_000_000)
