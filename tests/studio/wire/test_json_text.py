"""JSON that anybody may have written."""

from __future__ import annotations

import json

import pytest

from lineside.studio.wire.json_text import (
    DEPTH_MAX,
    KEYS_MAX,
    NOT_AN_OBJECT,
    NOT_JSON,
    TOO_COMPLEX,
    is_within,
    read_object,
)
from lineside.studio.wire.message import Malformed


def nested(depth: int) -> str:
    """An object with so many levels, itself counted."""
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b" ", b"not json", b"{", b'{"a":}', b'{"a":1}x', b"{'a':1}", b'{"a":1,}', b"nul", b"\xef\xbb\xbf{}"),
        *(b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e400}', b'{"a":-1e999}'),
        *(b'{"a":"\\ud800"}', b'{"\\udfff":1}', b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\x01"}', b"\x00{}"),
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_refused(data: bytes) -> None:
    assert read_object(data) == NOT_JSON == Malformed("Invalid JSON format")


@pytest.mark.parametrize("data", [b"5", b"null", b'"sdp"', b"[1]", b"[]", b"true", b"1.5"])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    assert read_object(data) == NOT_AN_OBJECT == Malformed("Message must be a JSON object")


@pytest.mark.parametrize(
    "text",
    [
        nested(DEPTH_MAX + 1),
        '{"a":' + "[" * DEPTH_MAX + "]" * DEPTH_MAX + "}",
        "[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1),
        nested(50_000),
        "[" * 100_000,
        json.dumps({f"k{index}": index for index in range(KEYS_MAX + 1)}),
        json.dumps({"a": [{f"k{index}": index for index in range(KEYS_MAX + 1)}]}),
    ],
    ids=["objects", "list in object", "lists", "very deep", "cut short", "wide", "wide inside"],
)
def test_what_is_too_deep_or_too_wide_is_refused(text: str) -> None:
    assert read_object(text) == TOO_COMPLEX == Malformed("Message too complex")


def test_bounds_themselves_are_accepted() -> None:
    assert isinstance(read_object(nested(DEPTH_MAX)), dict)
    assert isinstance(read_object('{"a":' + "[" * (DEPTH_MAX - 1) + "]" * (DEPTH_MAX - 1) + "}"), dict)
    assert len(read_object(json.dumps({f"k{index}": index for index in range(KEYS_MAX)}))) == KEYS_MAX  # type: ignore[arg-type]


def test_last_of_two_keys_counts_and_large_numbers_stay_what_they_are() -> None:
    assert read_object('{"a":1,"a":2}') == {"a": 2}
    assert read_object(f'{{"a":{10**30}}}') == {"a": 10**30}
    assert read_object(b' {"a" : 1e-400} ') == {"a": 0.0}


def test_size_is_that_of_the_json_text() -> None:
    assert is_within("ab", 4)
    assert not is_within("ab", 3)
    assert is_within({"a": [1, 2]}, 11)
