"""Alerts and dashboard name nothing that is not exported, and each alert has its runbook."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from marketplace.common import metrics
from marketplace.monitoring.exposition import _gauges
from marketplace.monitoring.state import State

ROOT = Path(__file__).resolve().parents[3]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "marketplace.json"
# A name and, where there are any, its labels in a selector.
SELECTOR = re.compile(r"\b(marketplace_\w+)(?:\{([^}]*)\})?")


def rules():
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return group["rules"]


def expressions():
    yield from (rule["expr"] for rule in rules())
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def exported():
    """The names that `/metrics` has, and the labels of each."""
    found = {}
    for counter in metrics.counters.values():
        found[f"{counter.name}_total"] = set(counter.labels)
    for histogram in metrics.histograms.values():
        labels = set(histogram.labels)
        found |= {f"{histogram.name}_{part}": labels for part in ("count", "sum")}
        found[f"{histogram.name}_bucket"] = labels | {"le"}
    found |= {gauge.name: set(gauge._labelnames) for gauge in _gauges(State())}
    return found


def test_every_metric_that_is_asked_for_is_exported():
    known = exported()
    asked = [match for text in expressions() for match in SELECTOR.findall(text)]

    assert len(asked) > 40
    for name, selector in asked:
        assert name in known, name
        wanted = set(re.findall(r"(\w+)\s*[=!]", selector))
        assert wanted <= known[name], (name, selector)


def test_every_label_that_is_grouped_by_is_one_of_the_metrics():
    known = exported()
    for text in expressions():
        labels = set().union(*(known[name] for name, _ in SELECTOR.findall(text)), set())
        for grouping in re.findall(r"by \(([^)]*)\)", text):
            assert {label.strip() for label in grouping.split(",")} <= labels, text


def test_every_gauge_is_watched_or_shown():
    asked = {name for text in expressions() for name, _ in SELECTOR.findall(text)}

    assert set(exported()) - asked <= {
        "marketplace_build_info",
        *(name for name in exported() if name.endswith(("_sum", "_count"))),
    }


def test_every_alert_has_its_runbook():
    text = (ROOT / "docs" / "operations.md").read_text()
    runbooks = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))

    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["runbook"].endswith(f"#{rule['alert'].lower()}")
        runbook = runbooks[rule["alert"]]
        assert all(part in runbook for part in ("**Means**", "**Look at**", "**Do**"))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_finds_nothing_wrong():
    done = subprocess.run(
        ["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
