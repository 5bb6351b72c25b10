"""What a request must show before anything is done for it: a host that is ours, a page that is ours.

- *Host* (all requests): a page of another site whose name was pointed at this machine (DNS rebinding) names its own
  host, and is refused with 421.
- *Origin* (unsafe methods and WebSocket): a browser tells here which page asks. Programs send none.
- *CSRF header* (unsafe methods with a cookie): a page of another site cannot add it without asking us first, and we
  answer no such question. A request with a bearer token needs none: a browser never adds a token by itself.

The control socket is only reached with the rights on its file, so these three do not apply there.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from lineside.runtime.routes import CSRF_HEADER, SAFE_METHODS, BadRequest, ForeignPage, WrongHost

_DEFAULT_PORTS = {"http": 80, "https": 443}


class OwnNames:
    """The host names under which this server may be asked.

    Args:
        bound: the host that ``[web] address`` binds; an address of "every interface" is no name.
        more: ``[web] hosts``: names that a proxy or a DNS entry gives to this machine, without port.
    """

    def __init__(self, bound: str, more: Iterable[str] = ()) -> None:
        names = {"localhost", *(name.lower().rstrip(".") for name in more)}
        if _is_any_interface(bound):
            names.add(socket.gethostname().lower())
        else:
            names.add(bound.lower())
        self._names = frozenset(names)

    def check_host(self, host_header: str | None, own_address: str) -> None:
        """Accept a Host header with one of our names, or the very address that the connection came to.

        Raises:
            BadRequest: no Host, or one that cannot be read.
            WrongHost: another name; tells how to add it.
        """
        name = host_name(host_header)
        if name in self._names or _same_address(name, own_address):
            return
        raise WrongHost(f"host {name!r} is not a name of this server; [web] hosts in the settings lists more names")

    @staticmethod
    def check_page(method: str, headers: Mapping[str, str], *, is_socket: bool, is_secure: bool) -> None:
        """Refuse what a browser sends for another site's page.

        Raises:
            ForeignPage: names the header that is wrong or missing.
        """
        if method in SAFE_METHODS and not is_socket:
            return
        origin = headers.get("origin")
        if origin is not None and not is_own_origin(origin, headers.get("host", ""), is_secure=is_secure):
            raise ForeignPage(f"origin {origin[:80]!r} is not the page of this server")
        if is_socket or "authorization" in headers or "cookie" not in headers:
            return
        if headers.get(CSRF_HEADER) != "1":
            raise ForeignPage(f"a {method} with a session cookie needs the header {CSRF_HEADER}: 1")


def host_name(host_header: str | None) -> str:
    """The name in a Host header, in lower case, without port, brackets or final dot.

    Raises:
        BadRequest: missing, empty or unreadable.
    """
    if not host_header:
        raise BadRequest("header Host is missing")
    try:
        parts = urlsplit(f"//{host_header}")
        name, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadRequest(f"header Host {host_header[:80]!r} cannot be read: {error}") from error
    if not name or parts.netloc != host_header or parts.username is not None:
        raise BadRequest(f"header Host {host_header[:80]!r} cannot be read; wanted is name or name:port")
    return name.rstrip(".")


def is_own_origin(origin: str, host_header: str, *, is_secure: bool) -> bool:
    """Whether a page of ``origin`` came from the host that it asks now.

    Without TLS here, ``https`` is accepted too: a proxy in front may hold the certificate.
    """
    try:
        page = urlsplit(origin)
        host = urlsplit(f"//{host_header}")
        if page.scheme not in (("https",) if is_secure else ("http", "https")):
            return False
        default = _DEFAULT_PORTS[page.scheme]
        return (page.hostname, page.port or default) == (host.hostname, host.port or default)
    except ValueError:
        return False


def _is_any_interface(host: str) -> bool:
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _same_address(name: str, own_address: str) -> bool:
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(own_address.partition("%")[0])
    except ValueError:
        return False
