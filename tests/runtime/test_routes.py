"""The plain types of pages and calls."""

from __future__ import annotations

import json

import pytest

from lineside import errors
from lineside.runtime import routes
from lineside.runtime.routes import Request, error_response, status_of_error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (routes.BadRequest("x"), 400),
        (routes.NotSignedIn("x"), 401),
        (errors.BadSignature("x"), 401),
        (errors.NotAllowed("x"), 403),
        (errors.NoSuchUnit("x"), 404),
        (errors.NoSuchCommand("x"), 404),
        (routes.WrongMethod(["GET"]), 405),
        (errors.Repeated("x"), 409),
        (errors.NotConnected("x"), 409),
        (routes.WrongHost("x"), 421),
        (errors.BadParams("x"), 422),
        (errors.Busy("x"), 429),
        (errors.Stale("x"), 400),
        (errors.JournalFull("x"), 503),
        (errors.JournalDamaged("x"), 503),
        (errors.ClaimTaken("x", 1), 409),
        (errors.SinkAway("x"), 503),
        (errors.LinkClosed("x"), 503),
        (errors.ConfigError("x"), 400),
        (errors.LinesideError("x"), 500),
    ],
)
def test_status_is_that_of_the_family(error: errors.LinesideError, status: int) -> None:
    assert status_of_error(error) == status


def test_refusal_has_code_message_and_retry() -> None:
    answer = error_response(errors.JournalFull("no room"))
    assert json.loads(answer.body) == {"error": {"code": "journal_full", "message": "no room", "retry": True}}
    assert json.loads(error_response(errors.Busy()).body)["error"]["message"] == "busy"


def test_refusal_tells_what_helps() -> None:
    assert error_response(routes.WrongMethod(["GET", "POST"])).headers["Allow"] == "GET, POST"
    assert error_response(routes.NotSignedIn("x")).headers["WWW-Authenticate"] == "Bearer"
    assert error_response(routes.TooMany("x")).headers["Retry-After"] == "60"


def test_every_code_of_a_refusal_is_its_own() -> None:
    kinds = [
        kind for kind in vars(routes).values() if isinstance(kind, type) and issubclass(kind, routes.RequestRefused)
    ]
    codes = [kind.code for kind in kinds if kind is not routes.RequestRefused]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("remote", "headers", "is_loopback"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("10.0.0.7", {}, False),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.7"}, False),
        ("127.0.0.1", {"forwarded": "for=10.0.0.7"}, False),
        ("somewhere", {}, False),
    ],
)
def test_loopback_is_this_machine_and_no_proxy(remote: str, headers: dict[str, str], is_loopback: bool) -> None:
    assert Request("GET", "/", remote=remote, headers=headers).is_loopback is is_loopback


def test_control_socket_is_this_machine() -> None:
    assert Request("GET", "/", remote="control socket", local=True).is_loopback
