import subprocess
import sys
import threading

import orjson
import pytest

from marketplace.common import metrics
from marketplace.common.metrics.store import MAX_SERIES, Store, labels_of


@pytest.fixture
def _folder(settings, tmp_path):
    settings.METRICS_DIR = str(tmp_path / "metrics")


@pytest.mark.usefixtures("_folder")
def test_counts_of_several_processes_add_up():
    first, second = Store(), Store()
    for store in (first, second, second):
        store.events.append(("orders", ("COD",), 2, None))
    first.save()

    assert second.totals() == {"orders": {"COD": 6}}
    assert first.totals() == {"orders": {"COD": 6}}


@pytest.mark.usefixtures("_folder")
def test_times_fall_into_the_bucket_that_they_do_not_exceed():
    store = Store()
    for seconds in (0.1, 0.11, 99.0):
        store.events.append(("seconds", ("a", "GET"), seconds, (0.1, 0.2)))

    assert store.totals() == {"seconds": {"a\x1fGET": [1, 1, 1, pytest.approx(99.21)]}}
    assert labels_of("a\x1fGET") == ["a", "GET"]


@pytest.mark.usefixtures("_folder")
def test_counts_of_another_release_do_not_stop_this_one(settings, tmp_path):
    store = Store()
    store.save()
    store.events.append(("seconds", (), 1.0, (0.5,)))
    store.save()
    (tmp_path / "metrics" / "totals.json").write_bytes(orjson.dumps({"seconds": {"": [1, 2]}}))
    store.events.append(("seconds", (), 1.0, (0.5,)))
    store.save()

    assert store.totals() == {"seconds": {"": [0, 1, 1.0]}}


@pytest.mark.usefixtures("_folder")
def test_counts_start_anew_when_the_file_is_broken(tmp_path):
    store = Store()
    store.save()
    (tmp_path / "metrics").mkdir(exist_ok=True)
    (tmp_path / "metrics" / "totals.json").write_bytes(b'{"orders": {')
    store.events.append(("orders", (), 1, None))

    assert store.totals() == {"orders": {"": 1}}


def test_counts_wait_when_they_cannot_be_saved(settings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings.METRICS_DIR = str(tmp_path / "file" / "metrics")
    store = Store()
    store.events.append(("orders", (), 1, None))
    store.save()

    assert store.totals() == {"orders": {"": 1}}


@pytest.mark.usefixtures("_folder")
def test_labels_without_end_are_not_kept():
    store = Store()
    for number in range(MAX_SERIES + 5):
        store.events.append(("orders", (str(number),), 1, None))

    assert len(store.totals()["orders"]) == MAX_SERIES


@pytest.mark.usefixtures("_folder")
def test_no_count_is_lost_when_threads_count_while_it_is_saved():
    store = Store()

    def count():
        for _ in range(2_000):
            store.events.append(("orders", (), 1, None))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        store.save()
    for thread in threads:
        thread.join()

    assert store.totals() == {"orders": {"": 8_000}}


def test_a_forked_process_counts_by_itself(settings, tmp_path):
    """Celery forks its workers: what the parent had must not be counted twice."""
    program = f"""
import os, django
from django.conf import settings
settings.configure(METRICS_DIR={str(tmp_path / "metrics")!r})
from marketplace.common import metrics
from marketplace.common.metrics.store import store
metrics.ORDERS_PLACED.add("COD")
child = os.fork()
metrics.ORDERS_PLACED.add("COD")
store.save()
if child:
    os.waitpid(child, 0)
    assert store.totals() == {{"marketplace_orders_placed": {{"COD": 3}}}}, store.totals()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()


def test_every_metric_says_what_it_is():
    for metric in (*metrics.counters.values(), *metrics.histograms.values()):
        assert metric.name.startswith("marketplace_")
        assert metric.what
