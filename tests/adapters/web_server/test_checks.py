"""Host, Origin and the CSRF header."""

from __future__ import annotations

import socket

import pytest

from lineside.adapters.web_server.checks import OwnNames, host_name, is_own_origin
from lineside.runtime.routes import BadRequest, ForeignPage, WrongHost

LOOPBACK = OwnNames("127.0.0.1", ["Floor.Example."])
EVERYWHERE = OwnNames("0.0.0.0")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "localhost.", "floor.example:1"])
def test_host_is_accepted_when_it_is_ours(host: str) -> None:
    LOOPBACK.check_host(host, "127.0.0.1")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.2", "localhost.evil.example", "10.0.0.7", "evil@x"])
def test_host_is_refused_when_it_is_not_ours(host: str) -> None:
    with pytest.raises((WrongHost, BadRequest)):
        LOOPBACK.check_host(host, "127.0.0.1")


def test_host_is_the_address_that_the_connection_came_to_when_every_interface_is_bound() -> None:
    EVERYWHERE.check_host("10.0.0.7:8000", "10.0.0.7")
    EVERYWHERE.check_host("[fe80::1]:8000", "fe80::1%eth0")
    EVERYWHERE.check_host(socket.gethostname(), "10.0.0.7")
    with pytest.raises(WrongHost, match=r"\[web\] hosts"):
        EVERYWHERE.check_host("10.0.0.8:8000", "10.0.0.7")
    with pytest.raises(WrongHost):
        EVERYWHERE.check_host("0.0.0.0:8000", "10.0.0.7")


@pytest.mark.parametrize(
    "host", [None, "", "a b", "user@localhost", "localhost:x", "localhost:99999", "[::1", "localhost/x", ":80"]
)
def test_host_is_refused_when_it_cannot_be_read(host: str | None) -> None:
    with pytest.raises((BadRequest, WrongHost)):
        LOOPBACK.check_host(host, "127.0.0.1")


def test_host_name_drops_port_brackets_and_final_dot() -> None:
    assert [host_name(text) for text in ("A.b.:80", "[::1]:8000", "x")] == ["a.b", "::1", "x"]


@pytest.mark.parametrize(
    ("origin", "host", "is_secure", "is_own"),
    [
        ("http://localhost:8000", "localhost:8000", False, True),
        ("http://LOCALHOST:8000", "localhost:8000", False, True),
        ("http://localhost", "localhost:80", False, True),
        ("https://floor.example", "floor.example", False, True),
        ("https://floor.example", "floor.example:443", True, True),
        ("http://floor.example", "floor.example", True, False),
        ("http://localhost:8001", "localhost:8000", False, False),
        ("http://evil.example", "localhost:8000", False, False),
        ("http://localhost.evil.example:8000", "localhost:8000", False, False),
        ("null", "localhost:8000", False, False),
        ("file://", "localhost:8000", False, False),
        ("http://[::1", "localhost:8000", False, False),
        ("http://localhost:x", "localhost:8000", False, False),
    ],
)
def test_origin_is_own_when_it_is_the_page_of_the_asked_host(
    origin: str, host: str, is_secure: bool, is_own: bool
) -> None:
    assert is_own_origin(origin, host, is_secure=is_secure) is is_own


def check(method: str, *, is_socket: bool = False, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    OwnNames.check_page(method, {"host": "localhost:8000", **named}, is_socket=is_socket, is_secure=False)


def test_page_may_read_from_anywhere() -> None:
    check("GET", origin="http://evil.example", cookie="lineside_8000=x")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH", "WEIRD"])
def test_page_needs_its_own_origin_and_the_header_when_it_sends_a_cookie(method: str) -> None:
    check(method, origin="http://localhost:8000", cookie="lineside_8000=x", x_lineside="1")
    with pytest.raises(ForeignPage, match="x-lineside"):
        check(method, origin="http://localhost:8000", cookie="lineside_8000=x")
    with pytest.raises(ForeignPage, match="x-lineside"):
        check(method, cookie="lineside_8000=x", x_lineside="yes")
    with pytest.raises(ForeignPage, match="origin"):
        check(method, origin="http://evil.example", cookie="lineside_8000=x", x_lineside="1")


def test_page_needs_no_header_when_a_program_sends_a_token() -> None:
    check("POST", authorization="Bearer x")
    with pytest.raises(ForeignPage):
        check("POST", authorization="Bearer x", origin="http://evil.example")


def test_socket_is_checked_though_it_is_opened_by_a_get() -> None:
    check("GET", is_socket=True, cookie="lineside_8000=x")
    with pytest.raises(ForeignPage):
        check("GET", is_socket=True, cookie="lineside_8000=x", origin="http://evil.example")
