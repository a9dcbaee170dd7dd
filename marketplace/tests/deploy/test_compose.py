"""`docker-compose.yml`, as the tool itself reads it."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.conf import settings as project

FILE = project.BASE_DIR / "docker-compose.yml"
SECRETS = (
    "POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "JWT_SIGNING_KEY", "TOKEN_PEPPER",
    "S3_ACCESS_KEY", "S3_SECRET_KEY",
)  # fmt: skip
VALUES = {
    **{name: name.lower() for name in SECRETS},
    "SITE_HOST": "shop.test", "SHOP_FRONT_URL": "https://www.shop.test",
    "EMAIL_HOST": "mail.shop.test", "SMS_BACKEND": "http",
}  # fmt: skip
OURS = {"migrate", "web", "realtime", "worker", "worker-files", "beat", "backup"}


@cache
def tool() -> list[str] | None:
    """The plugin of docker, or the older program of its own."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            said = subprocess.run([*command, "version"], capture_output=True, check=False)
            if said.returncode == 0:
                return command
    return None


pytestmark = pytest.mark.skipif(
    tool() is None, reason="docker compose is not installed (Debian: apt install docker-compose)"
)


def config(folder: Path, values: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Have the tool resolve the file with these variables and no others."""
    shutil.copy(FILE, folder)
    lines = [f"{name}={value}\n" for name, value in values.items()]
    (folder / ".env").write_text("".join(lines))
    command = [*tool(), "--file", str(folder / FILE.name), "config"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    said = config(tmp_path_factory.mktemp("compose"), VALUES)
    assert (said.returncode, said.stderr) == (0, "")
    # Services with a profile are shown by newer tools only when it is asked for.
    return {
        **yaml.safe_load(FILE.read_text())["services"],
        **yaml.safe_load(said.stdout)["services"],
    }


def test_whole_file_is_valid_and_only_the_proxy_is_reached_from_outside(services):
    assert {name for name, service in services.items() if service.get("ports")} == {"proxy"}
    assert services.keys() >= OURS | {"postgres", "redis", "storage", "proxy", "certbot"}
    for name in ("postgres", "redis"):
        assert list(services[name]["networks"]) == ["inside"]


def test_our_containers_can_write_nowhere_but_where_they_must(services):
    for name in OURS:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert bool(service.get("volumes")) == (name == "backup")


def test_workers_take_from_every_queue(services):
    queues = []
    for name in ("worker", "worker-files"):
        command = services[name]["command"]
        queues += command[command.index("--queues") + 1].split(",")

    assert sorted(queues) == sorted(project.CELERY_TASK_QUEUES)


def test_prometheus_reaches_workers_and_nobody_from_outside_does(services):
    for name in ("worker", "worker-files"):
        environment = services[name]["environment"]
        assert (environment["METRICS_HOST"], environment["METRICS_PORT"]) == ("0.0.0.0", "9100")
        assert "ports" not in services[name]
    config = yaml.safe_load((project.BASE_DIR / "deploy/prometheus/prometheus.yml").read_text())
    (scraped,) = config["scrape_configs"][0]["static_configs"]
    assert scraped["targets"] == ["web:8000", "worker:9100", "worker-files:9100"]


def test_nothing_secret_has_a_default(tmp_path):
    said = config(tmp_path, {name: VALUES[name] for name in VALUES.keys() - {"SECRET_KEY"}})

    assert said.returncode != 0
    assert "SECRET_KEY" in said.stderr
    text = FILE.read_text()
    assert [name for name in VALUES if f"${{{name}" in text and f"${{{name}:?}}" not in text] == []
