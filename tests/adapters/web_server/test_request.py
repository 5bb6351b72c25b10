"""A request of aiohttp as the plain one; bodies within their bounds are tested with the whole server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp.test_utils import make_mocked_request

from lineside.adapters.web_server.connection import Connection
from lineside.adapters.web_server.request import read_body, request_of
from lineside.adapters.web_server.settings import WebLimits
from lineside.runtime.routes import BadRequest

CONNECTION = cast("Connection", SimpleNamespace(remote="127.0.0.1", is_local=False, is_secure=False))


def raw(path: str, **headers: str) -> Any:
    return make_mocked_request("GET", path, headers=headers)


def test_path_is_decoded_part_by_part_and_headers_are_lower_case() -> None:
    request = request_of(raw("/a%20b/c%2Fd/?x=1%202", Some="Thing"), CONNECTION)
    assert request.path == "/a b/c/d"
    assert dict(request.query) == {"x": "1 2"}
    assert request.headers["some"] == "Thing"
    assert (request.method, request.remote, request.body) == ("GET", "127.0.0.1", b"")


def test_parameter_that_is_there_twice_is_refused_or_joined() -> None:
    with pytest.raises(BadRequest, match="'x' is there twice"):
        request_of(raw("/?x=1&x=2"), CONNECTION)
    assert dict(request_of(raw("/?x=1&x=2&y=3"), CONNECTION, joined_by=",").query) == {"x": "1,2", "y": "3"}


async def test_request_without_a_body_has_an_empty_one() -> None:
    assert await read_body(raw("/"), WebLimits()) == b""
