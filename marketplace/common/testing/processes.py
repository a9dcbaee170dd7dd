"""Other processes that work on the test's database."""

from django.db import connection


def database_url() -> str:
    """The test's own database, as another process finds it."""
    values = connection.settings_dict
    host = str(values["HOST"]).replace("/", "%2F")
    login = (
        f"{values['USER']}:{values['PASSWORD']}@" if values["PASSWORD"] else f"{values['USER']}@"
    )
    port = f":{values['PORT']}" if values["PORT"] else ""
    return f"postgresql://{login}{host}{port}/{values['NAME']}"
