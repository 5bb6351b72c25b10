"""A `Response` as it leaves."""

from __future__ import annotations

from lineside.adapters.web_server.answers import wire_response
from lineside.adapters.web_server.files import SECURITY_HEADERS
from lineside.runtime.routes import Response, json_response


def test_answer_has_the_security_headers_and_is_not_cached() -> None:
    answer = wire_response(json_response({"a": 1}, 202))
    assert (answer.status, answer.body, answer.content_type) == (202, b'{"a":1}', "application/json")
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
    assert answer.headers["Cache-Control"] == "no-store"


def test_headers_of_the_answer_win() -> None:
    own = {"Cache-Control": "no-cache", "Content-Security-Policy": "default-src 'self'", "Set-Cookie": "a=b"}
    answer = wire_response(Response(headers=own))
    assert {name: answer.headers[name] for name in own} == own
