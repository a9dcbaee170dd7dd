"""What beat starts: every entry is a task that workers know, and a command that cron can run."""

import subprocess
import sys

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.core.management import call_command, get_commands

from marketplace.celery import app

# The command that does the same as each task.
COMMANDS = {
    "outbox.dispatch": ["dispatch_outbox"],
    "outbox.prune": ["dispatch_outbox", "--prune"],
    "partitions.rotate": ["rotate_partitions"],
    "notifications.send": ["send_notifications"],
    "webhooks.send": ["send_webhooks"],
    "webhooks.prune": ["prune_webhooks"],
    "notifications.digest": ["digest_notifications"],
    "orders.expire_checkouts": ["expire_checkouts"],
    "payments.reconcile": ["reconcile_payments"],
    "payments.send_refunds": ["send_refunds"],
    "returns.enforce_deadlines": ["enforce_return_deadlines"],
    "fulfilment.book_shipments": ["book_shipments"],
    "fulfilment.poll_shipments": ["poll_shipments"],
    "orders.complete_delivered": ["complete_delivered_orders"],
    "settlement.release": ["release_balances"],
    "settlement.sweep_payouts": ["sweep_payouts"],
    "settlement.verify": ["verify_ledger"],
    "standing.enforce_deadlines": ["enforce_deadlines"],
    "standing.rollup": ["rollup_standing"],
    "metrics.rollup": ["rollup_metrics"],
    "documents.render_overdue": ["render_documents"],
    "documents.issue_statements": ["issue_statements"],
    "catalog.flush_counts": ["flush_search_counts"],
    "catalog.refresh_search_tiers": ["refresh_search_tiers"],
    "catalog.make_renditions": ["make_renditions"],
    "catalog.run_imports": ["run_imports"],
    "alerts.prune": ["prune_alerts"],
    "cart.prune": ["prune_carts"],
    "accounts.prune": ["prune_sign_ins"],
    "files.collect_unused": ["collect_unused_files"],
    "privacy.enforce_retention": ["enforce_retention"],
    "idempotency.prune": ["prune_idempotency_keys"],
}
# Tasks about one row each, which handlers of events start.
MADE_BY_EVENTS = {"catalog.render_image", "documents.render", "files.resize_image"}
SCHEDULED = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]


def test_a_worker_knows_every_scheduled_task():
    """In a process of its own: here, other tests have imported what a worker may not."""
    code = (
        "from marketplace.celery import app; app.loader.import_default_modules(); "
        "print(*sorted(app.tasks))"
    )

    known = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, check=True
    )

    assert set(SCHEDULED) <= set(known.stdout.decode().split())


def test_every_periodic_task_is_scheduled():
    app.loader.import_default_modules()

    own = {name for name in app.tasks if not name.startswith(("celery.", "tests."))}

    assert own == set(SCHEDULED) | MADE_BY_EVENTS


def test_every_scheduled_task_has_its_command():
    assert set(SCHEDULED) == set(COMMANDS)
    assert {command for command, *_ in COMMANDS.values()} <= set(get_commands())


@pytest.mark.django_db
@pytest.mark.parametrize("task", SCHEDULED)
def test_task_and_command_run_on_an_empty_database(task, capsys):
    app.loader.import_default_modules()

    app.tasks[task]()
    call_command(*COMMANDS[task])

    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=SCHEDULED)
def test_run_that_nobody_took_in_time_does_not_wait_for_ever(entry):
    is_nightly = isinstance(entry["schedule"], crontab)

    assert entry["options"]["expires"] == (86400.0 if is_nightly else entry["schedule"])
