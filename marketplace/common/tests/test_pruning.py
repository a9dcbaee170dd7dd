"""Deleting without a statement that grows with the backlog."""

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.common import pruning
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus
from marketplace.common.outbox.services import prune_done

pytestmark = pytest.mark.django_db


def test_backlog_goes_in_batches_and_nothing_else_does(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(pruning, "BATCH", 2)
    now = timezone.now()
    old = now - timedelta(days=15)
    OutboxEvent.objects.bulk_create(
        OutboxEvent(topic="t", payload={}, status=status, done_at=done_at)
        for status, done_at in [(OutboxStatus.DONE, old)] * 5
        + [(OutboxStatus.DONE, now), (OutboxStatus.PENDING, None), (OutboxStatus.PARKED, None)]
    )

    with django_assert_num_queries(7):  # three batches, each read and deleted, and the empty one
        assert prune_done() == 5

    kept = OutboxEvent.objects.order_by("pk").values_list("status", flat=True)
    assert list(kept) == ["done", "pending", "parked"]
