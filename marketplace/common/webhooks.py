"""Messages that other people's servers send here, and what they are answered; plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """A request from a provider as it came in: nothing decoded that a signature is over."""

    body: bytes = b""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer in a provider's own words."""

    status: int
    body: str = ""
    content_type: str = "application/json"


class SignatureInvalid(Exception):
    """A message that the provider did not sign, or not for this merchant."""


class MalformedMessage(Exception):
    """A signed message that does not say what the provider documents."""
