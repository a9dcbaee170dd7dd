"""Refusals of webhooks."""

from marketplace.common.errors import DomainError
from notifications.webhooks.constants import MAX_ENDPOINTS


class TooManyWebhooks(DomainError):
    code = "too_many_webhooks"
    message = f"There are {MAX_ENDPOINTS} endpoints already. Delete one first."
