"""Give the tests servers before pytest-django reads the settings: `-p` in pytest.ini."""

import os

import pytest

from marketplace import embedded


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start in the process that the person started; xdist's workers inherit the two variables."""
    try:
        embedded.use(embedded.default_data_dir() / "test", durable=False)
    except embedded.EmbeddedServerError as error:
        raise pytest.UsageError(str(error)) from error
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")


def pytest_unconfigure() -> None:
    embedded.release()
