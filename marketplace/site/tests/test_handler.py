"""Requests as a server hands them over."""

import io
import subprocess
import sys

import pytest
from django.conf import settings

from catalog.tests.factories import VariantFactory
from marketplace.site.handler import Handler

pytestmark = pytest.mark.django_db(transaction=True)
PRODUCTS = "/api/v1/products"
LOGIN = "/api/v1/auth/login"
# Of text, of bytes, of nothing, and none at all.
CHARSETS = ["latin-1", "utf-16", "utf-7", "hex", "zlib", "idna", "undefined", "no-such"]


def _ask(method, path, *, content_type="", query="", body=b""):
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    caught = []
    answer = Handler()(environ, lambda status, headers: caught.append(int(status[:3])))
    body = b"".join(answer)
    answer.close()
    return caught[0], body


@pytest.mark.parametrize("charset", CHARSETS)
def test_text_is_utf8_whatever_charset_a_content_type_names(charset):
    VariantFactory(), VariantFactory()
    query = "limit=1&x=%C4%91"
    json = f"application/json; charset={charset}"
    form = f"application/x-www-form-urlencoded; charset={charset}"
    login = '{"email":"a@example.test","password":"đ"}'.encode()

    plain, odd = (_ask("GET", PRODUCTS, query=query, content_type=ct) for ct in ("", json))

    assert odd == plain
    assert plain[0] == 200
    assert b"x=%C4%91" in plain[1]
    assert _ask("POST", LOGIN, query=query, content_type=json, body=login)[0] == 401
    assert _ask("POST", "/admin/login/", query=query, content_type=form, body=b"a=%C4%91")[0] == 403


@pytest.mark.parametrize(
    "odd", ["a*=no-such''x", "a*=idna''%ff", f"a*{'9' * 5_000}=x", ";" * 50_000], ids=range(4)
)
def test_parameters_that_cannot_be_read_are_none(odd):
    login, json = b'{"email":"a@example.test","password":"x"}', f"application/json; {odd}"

    assert _ask("GET", PRODUCTS, content_type=json)[0] == 200
    assert _ask("POST", LOGIN, content_type=json, body=login)[0] == 401
    assert _ask("POST", LOGIN, content_type=f"multipart/form-data; {odd}", body=login)[0] == 415


def test_a_server_has_loaded_everything_before_the_first_request():
    told = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import gc, sys, marketplace.wsgi; "
            "print('catalog.api.public.views' in sys.modules, gc.get_freeze_count() > 100_000)",
        ],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.split() == ["True", "True"]
