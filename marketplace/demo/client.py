"""A client of the public API and of the admin's pages, as a shop front and a browser would be."""

import html.parser
import json
import re
import time
from pathlib import Path
from typing import Any, Self

import requests

TIMEOUT_SECONDS = 20
CODE_SECONDS = 30
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)", re.ASCII)


class Failure(Exception):
    """A step did not go as the contract says; the text is what to tell the person."""


class ApiClient:
    """One caller: a guest, or a person once they have signed in."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.session = requests.Session()
        self.headers: dict[str, str] = {}

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options).json()

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        response = self.call("POST", path, body=body, **options)
        return response.json() if response.content else None

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        return self.call("PATCH", path, body=body, **options).json()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        expect: int | tuple[int, ...] = (200, 201, 202, 204),
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Send one request. Raises: Failure for another status than the expected ones."""
        expected = (expect,) if isinstance(expect, int) else expect
        try:
            response = self.session.request(
                method,
                f"{self.url}/api/v1{path}",
                json=body,
                headers={**self.headers, **(headers or {})},
                timeout=TIMEOUT_SECONDS,
                **options,
            )
        except requests.RequestException as error:
            raise Failure(f"{method} {path}: no answer ({error})") from error
        if response.status_code not in expected:
            wanted = " or ".join(map(str, expected))
            raise Failure(
                f"{self.name}: {method} {path} answered {response.status_code}, not {wanted}: "
                f"{_said(response)}"
            )
        return response

    def sign_in(self, identifier: dict[str, str], password: str) -> Any:
        """Sign in; a guest's cart comes along. Returns the user."""
        answer = self.post("/auth/login", {**identifier, "password": password})
        self.use_tokens(answer)
        return answer["user"]

    def use_tokens(self, answer: Any) -> None:
        self.headers = {"Authorization": f"Bearer {answer['access']}"}


class SmsBox:
    """The file that texts go to where no SMS provider is set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.began = path.stat().st_size if path.exists() else 0

    def code_for(self, phone_number: str) -> str:
        """Wait for the newest code sent to a number since this box was opened. Raises: Failure."""
        deadline = time.monotonic() + CODE_SECONDS
        while time.monotonic() < deadline:
            codes = [
                found[0]
                for message in self._messages()
                if message["to"] == phone_number and (found := _CODE.search(message["body"]))
            ]
            if codes:
                return codes[-1]
            time.sleep(0.2)
        raise Failure(
            f"no one-time code for {phone_number} arrived in {self.path} within {CODE_SECONDS} s: "
            "is a worker running, and is --data-dir the server's DATA_DIR?"
        )

    def _messages(self) -> list[dict[str, str]]:
        if not self.path.exists():
            return []
        with self.path.open(encoding="utf-8") as file:
            file.seek(self.began)
            return [json.loads(line) for line in file if line.endswith("\n")]


class AdminBrowser:
    """The Django admin, by its pages and forms: cookies, CSRF tokens and all."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def sign_in(self, email: str, password: str) -> None:
        page = self._get("/admin/login/?next=/admin/")
        form = _form_with(page, "password")
        answer = self._submit("/admin/login/", {**form, "username": email, "password": password})
        if "/admin/logout/" not in answer.text:
            raise Failure(f"the admin refused {email}")

    def run_action(self, path: str, label: str, row_id: str) -> str:
        """Run the action whose label begins so on one row; returns what the admin said of it."""
        page = self._get(path)
        actions = {text: value for value, text in _Actions.read(page.text)}
        chosen = [value for text, value in actions.items() if text.startswith(label)]
        if not chosen:
            raise Failure(f"{path} offers no action {label!r}, only {sorted(actions)}")
        form = _form_with(page, "action")
        form.update({"action": chosen[0], "_selected_action": row_id, "index": "0"})
        answer = self._submit(path, form)
        done = re.findall(r'<li class="(success|error|warning|info)">(.*?)</li>', answer.text, re.S)
        if not done or any(kind == "error" for kind, _ in done):
            raise Failure(f"{label} on {path}: {done or 'the admin said nothing'}")
        return " ".join(text.strip() for _, text in done)

    def _get(self, path: str) -> requests.Response:
        response = self.session.get(self.url + path, timeout=TIMEOUT_SECONDS)
        if response.status_code != 200:
            raise Failure(f"GET {path} answered {response.status_code}")
        return response

    def _submit(self, path: str, form: dict[str, str]) -> requests.Response:
        response = self.session.post(
            self.url + path,
            data=form,
            headers={"Referer": self.url + path},
            timeout=TIMEOUT_SECONDS,
        )
        if response.status_code != 200:
            raise Failure(f"POST {path} answered {response.status_code}")
        return response


class _Actions(html.parser.HTMLParser):
    """Reads the options of the select box named `action`."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.options: list[tuple[str, str]] = []

    @classmethod
    def read(cls, page: str) -> list[tuple[str, str]]:
        parser = cls()
        parser.feed(page)
        return [(value, text.strip()) for value, text in parser.options if value]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select":
            self.inside = given.get("name") == "action"
        elif tag == "option" and self.inside:
            self.options.append((given.get("value") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside and self.options:
            value, text = self.options[-1]
            self.options[-1] = (value, text + data)


class _Forms(html.parser.HTMLParser):
    """Reads the hidden fields of each form of a page, and the names of all its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str], set[str]]] = []

    @classmethod
    def read(cls, page: str) -> Self:
        parser = cls()
        parser.feed(page)
        return parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(({}, set()))
        elif tag in {"input", "select", "textarea"} and self.forms:
            hidden, names = self.forms[-1]
            name = given.get("name") or ""
            names.add(name)
            if given.get("type") == "hidden" and name:
                hidden[name] = given.get("value") or ""


def _form_with(page: requests.Response, field: str) -> dict[str, str]:
    for hidden, names in _Forms.read(page.text).forms:
        if field in names:
            return dict(hidden)
    raise Failure(f"{page.url} has no form with a field {field!r}")


def _said(response: requests.Response) -> str:
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return response.text[:300]
    details = "; ".join(f"{row['field']}: {row['message']}" for row in error["details"])
    return f"{error['code']}: {error['message']}" + (f" ({details})" if details else "")
