"""Forget what is no longer needed."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import OneTimeCode, Session
from marketplace.common.pruning import delete_in_batches


def prune_sign_ins() -> tuple[int, int]:
    """Delete sign-ins and codes that ended long ago; returns how many of each.

    Until then they answer questions such as "was that me?" and "where is my code?".
    """
    before = timezone.now() - timedelta(days=settings.RETENTION_DAYS["sign_ins"])
    sessions = delete_in_batches(Session.objects.filter(expires_at__lt=before))
    codes = delete_in_batches(OneTimeCode.objects.filter(expires_at__lt=before))
    return sessions, codes
