"""The admin base, seen through an admin site with one model."""

import re
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.urls import path

from marketplace.common import admin as common_admin
from marketplace.common.admin import EstimatingPaginator, ModelAdmin, reason_action, row_action
from marketplace.common.errors import InvalidTransition
from marketplace.common.idempotency.models import IdempotencyKey
from marketplace.common.outbox.models import OutboxEvent, OutboxStatus


class EventAdmin(ModelAdmin[OutboxEvent]):
    actions = ["park", "finish"]

    @reason_action(description="Park selected events…", permissions=["change"])
    def park(self, request: HttpRequest, event_id: UUID, reason: str) -> None:
        waiting = OutboxEvent.objects.filter(pk=event_id, status=OutboxStatus.PENDING)
        if not waiting.update(status=OutboxStatus.PARKED, last_error=reason):
            raise InvalidTransition

    @row_action(description="Finish selected events", permissions=["change"])
    def finish(self, request: HttpRequest, event_id: UUID) -> None:
        OutboxEvent.objects.filter(pk=event_id).update(status=OutboxStatus.DONE)


class KeyAdmin(ModelAdmin[IdempotencyKey]):
    pass


site = admin.AdminSite(name="admin")
site.register(OutboxEvent, EventAdmin)
site.register(IdempotencyKey, KeyAdmin)
urlpatterns = [path("admin/", site.urls)]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
CHANGELIST = "/admin/outbox/outboxevent/"


@pytest.fixture
def client_of_staff() -> Client:
    user = get_user_model().objects.create_superuser("x", email="root@example.test", full_name="R")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def make_events(count: int, status: str = OutboxStatus.PENDING) -> list[OutboxEvent]:
    return OutboxEvent.objects.bulk_create(
        OutboxEvent(topic="t", payload={}, status=status) for _ in range(count)
    )


def post(client: Client, data: dict) -> object:
    page = client.get(CHANGELIST).content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
    return client.post(CHANGELIST, {**data, "csrfmiddlewaretoken": token[1] if token else ""})


def test_reason_action_asks_before_it_acts(client_of_staff):
    event = make_events(1)[0]

    response = post(client_of_staff, {"action": "park", "index": 0, "_selected_action": event.pk})

    page = response.content.decode()
    assert response.status_code == 200
    assert '<textarea name="reason"' in page
    assert f'name="_selected_action" value="{event.pk}"' in page
    event.refresh_from_db()
    assert event.status == OutboxStatus.PENDING


def test_reason_action_calls_the_service_for_each_row_and_reports_refusals(client_of_staff):
    waiting, done = make_events(1)[0], make_events(1, OutboxStatus.DONE)[0]

    response = post(
        client_of_staff,
        {"action": "park", "_selected_action": [waiting.pk, done.pk], "reason": "not now"},
    )

    assert response.status_code == 302
    waiting.refresh_from_db()
    done.refresh_from_db()
    assert (waiting.status, waiting.last_error) == (OutboxStatus.PARKED, "not now")
    assert done.status == OutboxStatus.DONE
    page = client_of_staff.get(CHANGELIST).content.decode()
    assert "Done for 1 row." in page
    assert InvalidTransition.message in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501], ids=["empty", "blank", "long"])
def test_reason_action_refuses_an_empty_or_long_reason(client_of_staff, reason):
    event = make_events(1)[0]

    response = post(
        client_of_staff, {"action": "park", "_selected_action": event.pk, "reason": reason}
    )

    assert response.status_code == 200
    assert 'class="errorlist"' in response.content.decode()
    event.refresh_from_db()
    assert event.status == OutboxStatus.PENDING


def test_reason_action_needs_the_csrf_token(client_of_staff):
    event = make_events(1)[0]

    response = client_of_staff.post(
        CHANGELIST, {"action": "park", "_selected_action": event.pk, "reason": "forged"}
    )

    assert response.status_code == 403
    event.refresh_from_db()
    assert event.status == OutboxStatus.PENDING


def test_row_action_works_on_every_selected_row(client_of_staff):
    events = make_events(3)

    post(client_of_staff, {"action": "finish", "_selected_action": [e.pk for e in events]})

    assert OutboxEvent.objects.filter(status=OutboxStatus.DONE).count() == 3


def test_action_refuses_more_rows_than_a_page_can_work_on(client_of_staff, monkeypatch):
    monkeypatch.setattr(common_admin, "MAX_ACTION_ROWS", 2)
    events = make_events(3)

    post(client_of_staff, {"action": "finish", "_selected_action": [e.pk for e in events]})

    assert not OutboxEvent.objects.filter(status=OutboxStatus.DONE).exists()


def test_foreign_keys_are_raw_ids_so_that_no_table_is_loaded(client_of_staff):
    page = client_of_staff.get("/admin/idempotency/idempotencykey/add/").content.decode()

    assert '<input type="text" name="user"' in page
    assert '<select name="user"' not in page


def test_paginator_estimates_a_large_unfiltered_table(monkeypatch):
    monkeypatch.setattr(common_admin, "COUNT_CAP", 5)
    make_events(8)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outbox_outboxevent")

    assert EstimatingPaginator(OutboxEvent.objects.order_by("-id"), 50).count == 8


def test_paginator_stops_counting_a_filtered_table_at_the_cap(monkeypatch):
    monkeypatch.setattr(common_admin, "COUNT_CAP", 5)
    make_events(8)
    make_events(3, OutboxStatus.DONE)

    waiting = OutboxEvent.objects.filter(status=OutboxStatus.PENDING).order_by("-id")
    done = OutboxEvent.objects.filter(status=OutboxStatus.DONE).order_by("-id")

    assert EstimatingPaginator(waiting, 50).count == 5
    assert EstimatingPaginator(done, 50).count == 3
