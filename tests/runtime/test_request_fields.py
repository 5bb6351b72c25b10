"""Refusals name the parameter, its value and what is accepted."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest

from lineside.runtime.request_fields import decode_json, read_json, read_query
from lineside.runtime.routes import BadRequest, Request, WrongContentType


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    word: str


class Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    newest: bool = False
    kind: Annotated[str, msgspec.Meta(pattern="^[A-Z]+$")] | None = None
    inner: list[Inner] = []


def query(**parameters: str) -> Request:
    return Request("GET", "/", parameters)


def test_query_is_read_into_its_struct() -> None:
    assert read_query(query(limit="7", newest="true", kind="AB"), Fields) == Fields(7, True, "AB")
    assert read_query(query(), Fields) == Fields()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"limit": "x"}, "parameter limit = 'x': Expected `int`"),
        ({"limit": "0"}, "parameter limit = '0': Expected `int` >= 1"),
        ({"limit": "1001"}, "parameter limit = '1001': Expected `int` <= 1000"),
        ({"newest": "maybe"}, "parameter newest = 'maybe': Expected `bool`"),
        ({"kind": "a"}, "parameter kind = 'a': Expected `str` matching"),
        ({"limits": "1"}, "parameter 'limits' is not known here; accepted: limit, newest, kind"),
        ({"x" * 500: "1"}, "…"),
    ],
)
def test_query_is_refused_with_name_value_and_what_is_accepted(parameters: dict[str, str], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_query(query(**parameters), Fields)
    assert says in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"limit":"a"}', "body limit = 'a': Expected `int`"),
        (b'{"inner":[{"word":"a"},{"word":5}]}', "= 5: Expected `str`"),
        (b'{"inner":[{"word":{"code":"GEHEIM"}}]}', "= {…}: Expected `str`"),
        (b'{"more":1}', "more"),
        (b"[]", "Expected `object`"),
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "body"),
        (b'{"inner":' + b"[" * 100_000, "body"),
    ],
)
def test_body_is_refused_with_name_value_and_what_is_accepted(body: bytes, says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        decode_json(body, Fields)
    assert says in str(refused.value)
    assert "GEHEIM" not in str(refused.value)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8", None])
def test_json_is_read_when_it_is_called_json(content_type: str | None) -> None:
    headers: dict[str, Any] = {} if content_type is None else {"content-type": content_type}
    assert read_json(Request("POST", "/", headers=headers, body=b'{"limit":3}'), Fields).limit == 3


def test_json_is_refused_when_it_is_called_something_else() -> None:
    with pytest.raises(WrongContentType, match="text/plain"):
        read_json(Request("POST", "/", headers={"content-type": "text/plain"}, body=b"{}"), Fields)
