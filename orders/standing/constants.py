from datetime import timedelta
from typing import Final

from django.db import models

WINDOW: Final = timedelta(days=30)
DUE_SHOWN: Final = 50
# A shop is at risk with one of these rates, in basis points; of fewer orders they say nothing.
AT_RISK_ORDERS: Final = 5
AT_RISK_LATE_BPS: Final = 1_000
AT_RISK_CANCEL_BPS: Final = 500
AT_RISK_RETURN_BPS: Final = 2_000


class Obligation(models.TextChoices):
    """What a shop owes its buyers, each with a clock that stands still while it is on holiday."""

    CONFIRM = "confirm"
    HAND_OVER = "hand_over"
    ANSWER_RETURN = "answer_return"


class Measure(models.TextChoices):
    """What is counted of a shop's orders; `docs/selling.md` says of which."""

    LATE_CONFIRMATIONS = "late_confirmations"
    LATE_HAND_OVERS = "late_hand_overs"
    CANCELLATIONS = "cancellations"
    RETURNS = "returns"
    LATE_ANSWERS = "late_answers"
