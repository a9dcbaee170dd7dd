"""Give the tests servers before pytest-django reads the settings: `-p` in pytest.ini."""

import pytest

from marketplace import embedded


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start in the process that the person started; xdist's workers inherit the two variables."""
    try:
        embedded.use_for_tests()
    except embedded.EmbeddedServerError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure() -> None:
    embedded.release()
