"""Forgetting what was sent long ago."""

from django.utils import timezone

from marketplace.common.pruning import delete_in_batches
from notifications.webhooks.constants import KEEP_LOG
from notifications.webhooks.models import WebhookDelivery


def prune_log() -> int:
    """Delete deliveries of a month ago, whatever became of them; returns how many went."""
    return delete_in_batches(
        WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEEP_LOG)
    )
