from __future__ import annotations

import json

import pytest

from lineside.errors import Busy
from lineside.runtime.hub import text
from lineside.runtime.hub.text import CloseCode, frame_text
from lineside.runtime.step import Secret
from tests.support.live_page import payload_of_frame


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (0, "81 00"),
        (1, "81 01"),
        (125, "81 7d"),
        (126, "81 7e 00 7e"),
        (65_535, "81 7e ff ff"),
        (65_536, "81 7f 00 00 00 00 00 01 00 00"),
    ],
)
def test_frame_has_the_shortest_header(size: int, header: str) -> None:
    frame = frame_text(b"x" * size)
    assert frame == bytes.fromhex(header) + b"x" * size
    assert payload_of_frame(frame) == b"x" * size


def test_texts_are_byte_exact() -> None:
    """As docs/live.md shows them."""
    assert text.hello_text("e1", "lineside 0.1.0", "viewer") == (
        b'{"op":"hello","epoch":"e1","server":"lineside 0.1.0","role":"viewer"}'
    )
    assert text.pulse_text([b"{}", b"{}"]) == b'{"op":"pulse","items":[{},{}]}'
    assert text.subscribed_text(1, b"") == b'{"op":"subscribed","id":1,"topics":[]}'
    assert text.unsubscribed_text("a", ["x/*"]) == b'{"op":"unsubscribed","id":"a","topics":["x/*"]}'
    assert text.pong_text(None) == b'{"op":"pong","id":null}'
    assert text.error_text(3, Busy("later")) == (
        b'{"op":"error","id":3,"error":{"code":"busy","message":"later","retry":true}}'
    )
    assert text.bye_text(CloseCode.TOO_SLOW, "why") == b'{"op":"bye","code":4008,"reason":"why","retry":true}'


def test_secret_is_shown_by_its_mask_only() -> None:
    assert json.loads(text.encode_value({"pin": Secret("123456")})) == {"pin": "…56"}
    with pytest.raises(TypeError, match="object"):
        text.encode_value(object())


def test_close_reason_is_cut_between_characters() -> None:
    assert text.close_reason("short") == "short"
    cut = text.close_reason("é" * 100)
    assert cut == "é" * 61
    assert len(cut.encode()) <= 123


def test_close_codes_are_in_the_private_range_and_unique() -> None:
    numbers = [code.number for code in CloseCode]
    assert len(set(numbers)) == len(numbers)
    assert all(4000 <= number <= 4999 for number in numbers)
    assert all(code.words for code in CloseCode)
