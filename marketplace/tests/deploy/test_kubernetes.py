"""The manifests of `deploy/kubernetes`, built by kustomize and held against Kubernetes' schemas."""

import shutil
import subprocess
from functools import cache
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.conf import settings as project
from kubernetes_validate import utils

OVERLAYS = project.BASE_DIR / "deploy" / "kubernetes" / "overlays"
# The oldest that is still looked after by its makers, and the newest that there is a schema for.
VERSIONS = ("1.34", "1.37")


@cache
def tool() -> list[str] | None:
    for command in (["kubectl", "kustomize"], ["kustomize", "build"]):
        if shutil.which(command[0]):
            tried = subprocess.run([*command, "--help"], capture_output=True, check=False)
            if tried.returncode == 0:
                return command
    return None


pytestmark = pytest.mark.skipif(
    tool() is None, reason="neither kubectl nor kustomize is installed (kubernetes.io/docs/tasks)"
)


@cache
def built(overlay: str) -> list[dict[str, Any]]:
    said = subprocess.run(
        [*tool(), str(OVERLAYS / overlay)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    return list(yaml.safe_load_all(said.stdout))


def pod_templates(overlay: str) -> dict[str, dict[str, Any]]:
    found = {}
    for each in built(overlay):
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[each["metadata"]["name"]] = spec["template"]
    return found


def test_manifests_are_valid(monkeypatch):
    # It reads the whole API anew for each manifest.
    monkeypatch.setattr(utils, "schema_contents", cache(utils.schema_contents))
    everything = [
        manifest
        for overlay in ("production", "production/migrate", "small")
        for manifest in built(overlay)
    ]
    different = {yaml.dump(manifest): manifest for manifest in everything}.values()

    for version in VERSIONS:
        for manifest in different:
            kubernetes_validate.validate(manifest, version, strict=True)
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate({**everything[0], "specs": {}}, version, strict=True)


def test_every_container_is_locked_down_and_bounded():
    templates = {**pod_templates("production"), **pod_templates("production/migrate")}

    assert templates.keys() == {
        "web", "realtime", "worker", "worker-files", "beat", "proxy", "backup", "migrate",
    }  # fmt: skip
    for name, template in templates.items():
        pod = template["spec"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in (*pod["containers"], *pod.get("initContainers", [])):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}, name
            assert "memory" in container["resources"]["limits"], name
            assert container["image"].startswith("registry.example.com/"), name


def test_what_serves_is_probed_scaled_and_kept_from_ending_at_once():
    by_kind: dict[str, set[str]] = {}
    for each in built("production"):
        by_kind.setdefault(each["kind"], set()).add(each["metadata"]["name"])
    scaled = {"web", "realtime", "worker", "worker-files", "proxy"}
    assert by_kind["HorizontalPodAutoscaler"] == by_kind["PodDisruptionBudget"] == scaled
    assert by_kind["Deployment"] == scaled | {"beat"}
    for name, template in pod_templates("production").items():
        container = template["spec"]["containers"][0]
        assert ("livenessProbe" in container) == (name != "backup"), name
        if name in {"web", "realtime", "proxy"}:
            assert {"startupProbe", "readinessProbe", "lifecycle"} <= container.keys()
    web = pod_templates("production")["web"]["spec"]["containers"][0]
    assert web["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert web["readinessProbe"]["httpGet"]["httpHeaders"] == [
        {"name": "Host", "value": "shop.example.com"}
    ]


def test_prometheus_reaches_workers():
    policies = {
        each["metadata"]["name"]: each["spec"]
        for each in built("production")
        if each["kind"] == "NetworkPolicy"
    }
    wanted = policies["workers"]["podSelector"]["matchLabels"].items()
    for name in ("worker", "worker-files"):
        template = pod_templates("production")[name]
        container = template["spec"]["containers"][0]
        assert wanted <= template["metadata"]["labels"].items()
        assert {"name": "METRICS_PORT", "value": "9100"} in container["env"]
        assert container["ports"] == [{"name": "metrics", "containerPort": 9100}]
    assert policies["workers"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 9100}]


def test_names_that_manifests_say_of_each_other_exist():
    everything = built("production")
    labels = [template["metadata"]["labels"] for template in pod_templates("production").values()]
    labels += [
        template["metadata"]["labels"] for template in pod_templates("production/migrate").values()
    ]
    selectors = [
        each["spec"][key]
        for each in everything
        for key in ("selector", "podSelector")
        if key in each.get("spec", {})
    ]
    for selector in selectors:
        wanted = selector.get("matchLabels", selector)
        assert any(wanted.items() <= each.items() for each in labels), selector
    config = {each["metadata"]["name"] for each in everything if each["kind"] == "ConfigMap"}
    migrating = {
        each["metadata"]["name"]
        for each in built("production/migrate")
        if each["kind"] == "ConfigMap"
    }
    assert config == migrating
    queues = [
        queue
        for template in pod_templates("production").values()
        for command in [template["spec"]["containers"][0].get("command", [])]
        if "--queues" in command
        for queue in command[command.index("--queues") + 1].split(",")
    ]
    assert sorted(queues) == sorted(project.CELERY_TASK_QUEUES)
