import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from marketplace import __version__
from marketplace.demo.accounts import ACCOUNTS, PASSWORD

PAGES = ["/", "/api/docs", "/api/docs?script=", "/api/redoc"]
ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", PAGES)
def test_page_names_no_other_host(api, page):
    response = api.get(page)

    text = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", text) == []


@pytest.mark.parametrize("page", PAGES)
def test_page_forbids_other_hosts_and_inline_scripts(api, page):
    policy = api.get(page)["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("page", ["/", "/api/docs", "/api/redoc"])
def test_page_has_no_inline_script(api, page):
    text = api.get(page).content.decode()

    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"\son\w+=", text) == []


@pytest.mark.parametrize("page", ["/", "/api/docs", "/api/redoc"])
def test_files_of_a_page_are_in_the_package(api, page):
    files = re.findall(r"/static/([^\"?]+)", api.get(page).content.decode())

    assert files
    assert [file for file in files if finders.find(file) is None] == []


def test_start_page_lists_the_demo_accounts_in_the_demo_only(api, settings):
    settings.DEMO = True
    shown = api.get("/").content.decode()
    settings.DEMO = False
    hidden = api.get("/").content.decode()

    assert all(account.email in shown for account in ACCOUNTS)
    assert PASSWORD in shown
    assert "demo.test" not in hidden
    assert PASSWORD not in hidden


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("", "*/*", "application/json"),
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("", "application/yaml", "application/yaml"),
        ("", "application/vnd.oai.openapi", "application/vnd.oai.openapi"),
        ("?format=yaml", "*/*", "application/yaml"),
    ],
)
def test_schema_is_served_in_the_wanted_form(api, query, accept, kind):
    response = api.get(f"/api/schema{query}", HTTP_ACCEPT=accept)

    assert response.status_code == 200
    assert response["Content-Type"].startswith(kind)


def test_schema_documents_the_health_answers(api):
    schema = api.get("/api/schema").json()

    answers = schema["paths"]["/health"]["get"]["responses"]
    assert answers["503"]["content"]["application/json"]["schema"]["$ref"].endswith("/Health")


def test_schema_documents_no_sign_in_where_none_is_asked_for(api):
    schema = api.get("/api/schema").json()

    assert not {"401", "403"} & set(schema["paths"]["/health"]["get"]["responses"])


def test_every_operation_says_what_it_does(api):
    schema = api.get("/api/schema").json()

    silent = [
        f"{method} {path}"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        if method != "parameters" and not operation.get("summary")
    ]
    assert silent == []


def test_api_root_lists_the_public_collections(api):
    body = api.get("/api/v1").json()

    assert body["resources"]["products"] == f"{settings.SITE_URL}/api/v1/products"
    assert body["documentation"] == f"{settings.SITE_URL}/api/docs"


def test_favicon_leads_to_the_picture(api):
    response = api.get("/favicon.ico")

    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix("/static/"))


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == __version__
