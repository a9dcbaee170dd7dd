"""`.env.example` is what an operator reads: it must not fall behind the settings."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTED = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))


def test_every_variable_the_settings_read_is_listed() -> None:
    sources = [*(ROOT / "marketplace/settings").glob("*.py"), *(ROOT / "marketplace").glob("*.py")]
    read = {
        name
        for source in sources
        for name in re.findall(r"env(?:iron)?(?:\.\w+)?\(\s*\"([A-Z0-9_]+)\"", source.read_text())
    }

    # The first is chosen by ENVIRONMENT, the second set by the test runner.
    assert read - LISTED == {"DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER"}


def test_copying_the_example_changes_nothing() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


def test_every_variable_of_the_containers_is_listed() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()

    assert set(re.findall(r"\$\{([A-Z0-9_]+)", compose)) - LISTED == set()
