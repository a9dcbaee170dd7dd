"""`docs/operations.md` names every command."""

from django.conf import settings
from django.core.management import get_commands

GUIDE = (settings.BASE_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
PACKAGES = {path.name for path in settings.BASE_DIR.iterdir() if (path / "__init__.py").exists()}


def test_every_command_is_in_the_guide():
    own = {name for name, app in get_commands().items() if str(app).split(".")[0] in PACKAGES}

    assert own
    assert {name for name in own if f"`{name}" not in GUIDE} == set()
