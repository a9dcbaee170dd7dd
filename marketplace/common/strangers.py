"""Calls to addresses that users chose: to public machines alone, bounded, without redirects.

A name is resolved once, every address that it has is looked at, and the connection is made to one
of those that were: a name that points elsewhere a moment later changes nothing. No proxy of the
environment is used. Call it after the commit, never inside a transaction.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Timer
from typing import Final
from urllib.parse import SplitResult, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from marketplace.common import metrics
from marketplace.common.outgoing import CONNECT_TIMEOUT_SECONDS, CallFailed

# One count for all of them: what users choose is no label.
_LABEL: Final = "webhooks"
# Networks whose addresses stand for others: 6to4, NAT64.
_TUNNELS: Final = (
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
)


class UrlRefused(Exception):
    """An address that nothing is sent to; the text says what would be right."""


def check_url(url: str, *, private_allowed: bool) -> SplitResult:
    """Return the parts of an address, without asking for what its name stands for.

    `private_allowed` is for development: plain HTTP, other ports, and machines of one's own.
    Raises: UrlRefused.
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise UrlRefused("The address has characters that must be percent-encoded.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UrlRefused("This is no address.") from error
    if parts.scheme not in ({"https", "http"} if private_allowed else {"https"}):
        raise UrlRefused("The address must begin with https://.")
    if not host or "@" in parts.netloc or parts.fragment:
        raise UrlRefused("The address must have a host name, no password and no fragment.")
    if private_allowed:
        return parts
    if port not in {None, 443}:
        raise UrlRefused("The port must be 443.")
    literal = _literal(host)
    if literal is not None and not is_public(literal):
        raise UrlRefused("The address must be a public one.")
    if literal is None and "." not in host.rstrip("."):
        raise UrlRefused("The host name must be a whole one.")
    return parts


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    timeout_seconds: float,
    private_allowed: bool = False,
) -> int:
    """Send a body and return the status of the answer, of which nothing else is read.

    Raises: UrlRefused, also for a name that stands for a private address; CallFailed for no answer
    in time.
    """
    started, outcome = time.perf_counter(), "failed"
    try:
        parts = check_url(url, private_allowed=private_allowed)
        address = _address(parts, private_allowed=private_allowed)
        status = _post(parts, address, body, headers, timeout_seconds)
        if status < 500:
            outcome = "refused" if status >= 300 else "answered"
        return status
    finally:
        metrics.CALLS.add(_LABEL, outcome)
        metrics.CALL_SECONDS.observe(time.perf_counter() - started, _LABEL)


def is_public(text: str) -> bool:
    """Tell whether an IP address is one that anybody on the internet may have."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(str(address.ipv4_mapped))
        if address.is_site_local or any(address in network for network in _TUNNELS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> str | None:
    """Return the IP address that a host is, also in the odd ways in which one can be written."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


def _address(parts: SplitResult, *, private_allowed: bool) -> str:
    """Resolve the name; one private address among several is one too many."""
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallFailed(f"The name {host} is not known.") from error
    addresses = [str(row[4][0]) for row in found]
    if not private_allowed and not all(map(is_public, addresses)):
        raise UrlRefused(f"The name {host} stands for an address that is not public.")
    return addresses[0]


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


class _Connection(HTTPConnection):
    """A connection to an address that has been looked at, whatever the name stands for now."""

    def __init__(self, parts: SplitResult, address: str) -> None:
        super().__init__(parts.hostname or "", _port(parts), timeout=CONNECT_TIMEOUT_SECONDS)
        # What is left out of the header `Host`.
        self.default_port = 443 if parts.scheme == "https" else 80
        self._is_tls, self._address = parts.scheme == "https", address
        self.is_aborted = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self.is_aborted:
            raise TimeoutError
        if self._is_tls:
            # The handshake is a step of its own, so that `abort` finds the socket that it is on.
            self.sock = _context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def abort(self) -> None:
        """End whatever it waits for, from another thread."""
        self.is_aborted = True
        sock: socket.socket | None = self.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)


def _post(
    parts: SplitResult,
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    timeout_seconds: float,
) -> int:
    connection = _Connection(parts, address)
    # The time-outs of a socket are for each read: a server that says a byte now and then meets
    # none of them.
    timer = Timer(timeout_seconds, connection.abort)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        connection.sock.settimeout(timeout_seconds)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {**headers, "Connection": "close"})
        return connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        if connection.is_aborted or isinstance(error, TimeoutError):
            raise CallFailed(f"No answer within {timeout_seconds:g} seconds.") from error
        raise CallFailed(f"{type(error).__name__}: {error}") from error
    finally:
        timer.cancel()
        connection.close()
