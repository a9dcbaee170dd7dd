"""Keep secrets and personal data out of what is written about a request: logs, traces, reports."""

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

import orjson
from django.conf import settings
from django.http import HttpRequest

MASK: Final = "[masked]"
# Shorter ones would be found by chance in what is no secret.
MIN_SECRET: Final = 4
MAX_BODY_BYTES: Final = 64 * 1024
_MAX_DEPTH: Final = 12

# Fields, headers and parameters whose values are nobody's business.
_PRIVATE_NAME: Final = re.compile(
    r"passw|passwd|pwd|secret|token|otp|^pin$|code$|^access$|^refresh$|auth|key$|signature|hash|card"
    r"|cvc|cvv|cookie|session|phone|mail|^identifier$|^destination$|^recipient$",
    re.IGNORECASE,
)
_SECRET_SETTING: Final = re.compile(r"KEY$|SECRET|TOKEN$|PASSWORD|PEPPER|_SID$")
_ROW: Final = re.compile(r"(Failing row contains \().*", re.DOTALL)
_TEXTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # postgresql://user:password@host
    (re.compile(r"(://)[^/\s:@]*:[^/\s@]+(@)"), rf"\1{MASK}\2"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    # Our API keys; Stripe's keys and its webhooks' secrets.
    (re.compile(r"\b(?:mk|sk|pk|rk|whsec)_[\w-]{8,}"), MASK),
    # Password hashes.
    (re.compile(r"\b(?:bcrypt|pbkdf2|argon2)\w*\$[^\s'\",)]+"), MASK),
    # Random tokens as `secrets.token_urlsafe` makes them; ids and digests have no capitals.
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{32,}"), MASK),
    # Secrets of authenticator apps.
    (re.compile(r"(?<![\w-])(?=[A-Z]*[2-7])[A-Z2-7]{16,}(?![\w-])"), MASK),
    # From where a name begins: tried from each of its characters, a long text takes forever.
    (re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
    (
        re.compile(
            r"(?<![\w.+-])(?:\+\d[\d .()-]{7,16}\d|84\d{9}|0\d{9,10}"
            r"|0\d{2,3}[ .-]\d{3}[ .-]\d{3,4})(?![\w-])"
        ),
        MASK,
    ),
    (
        re.compile(
            r"(?i)((?:passw(?:or)?d|passwd|pwd|secret|token|otp|pin|cvc|cvv|authorization|api[_-]?key"
            r"|signature|cookie|sessionid|securehash)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;)}\]]{4,}"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)(\b(?:code|otp|pin|mã)\b[^\d\n]{0,20})\d{4,8}\b"), rf"\1{MASK}"),
)
_CARD: Final = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without what looks like a secret or a way to reach a person.

    `secrets` are hidden wherever they stand, and so are the secrets among the settings.
    """
    for secret in (*_own_secrets(), *secrets):
        if secret in text:
            text = _pattern(secret).sub(MASK, text)
    for pattern, replacement in _TEXTS:
        text = pattern.sub(replacement, text)
    text = _CARD.sub(lambda found: MASK if _is_card(found[0]) else found[0], text)
    return _ROW.sub(rf"\1{MASK})", text)


def mask_value(value: Any, secrets: Iterable[str] = (), *, depth: int = 0) -> Any:
    """Mask every text in a value, and everything under a private name."""
    if isinstance(value, str):
        return mask(value, secrets)
    if depth > _MAX_DEPTH:
        return MASK
    if isinstance(value, Mapping):
        return {
            name: (
                MASK
                if item and isinstance(name, str) and _PRIVATE_NAME.search(name)
                else mask_value(item, secrets, depth=depth + 1)
            )
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask_value(item, secrets, depth=depth + 1) for item in value]
    return value


def secrets_of(request: HttpRequest | None) -> frozenset[str]:
    """Return what the caller has sent under private names, as far as it has been read."""
    if request is None:
        return frozenset()
    found: set[str] = set()
    for name, value in request.META.items():
        if isinstance(value, str) and name.startswith("HTTP_") and _PRIVATE_NAME.search(name[5:]):
            found.update(re.split(r"[\s;,=]+", value))
            found.add(value)
    _collect(request.GET.dict(), found.add)
    # Only what is in memory already: asking for it would read the stream.
    body = request.__dict__.get("_body", b"")
    if body and len(body) <= MAX_BODY_BYTES:
        with contextlib.suppress(orjson.JSONDecodeError):
            _collect(orjson.loads(body), found.add)
    form = request.__dict__.get("_post")
    if form:
        _collect(form.dict(), found.add)
    return frozenset(text for text in found if len(text) >= MIN_SECRET)


def _collect(data: Any, add: Callable[[str], object], *, is_private: bool = False) -> None:
    """Walk without recursion: depth is the client's to choose."""
    stack = [(data, is_private)]
    while stack:
        value, is_private = stack.pop()
        if isinstance(value, dict):
            stack.extend(
                (item, is_private or bool(_PRIVATE_NAME.search(str(name))))
                for name, item in value.items()
            )
        elif isinstance(value, list):
            stack.extend((item, is_private) for item in value)
        elif is_private and isinstance(value, str | int):
            add(str(value))


def _own_secrets() -> list[str]:
    found = []
    for name in _secret_settings():
        value = getattr(settings, name, "")
        for text in value if isinstance(value, list | tuple) else str(value).split(","):
            if len(text) >= 8:
                found.append(text)
    return found


@cache
def _secret_settings() -> tuple[str, ...]:
    return tuple(name for name in dir(settings) if _SECRET_SETTING.search(name))


def _pattern(secret: str) -> re.Pattern[str]:
    """Words are found as words: four digits are not looked for inside of an id."""
    text = re.escape(secret)
    start = r"(?<!\w)" if secret[0].isalnum() else ""
    return re.compile(f"{start}{text}(?!\\w)" if secret[-1].isalnum() else f"{start}{text}")


def _is_card(text: str) -> bool:
    """Tell by the check digit that all card numbers have."""
    digits = [int(char) for char in text if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
