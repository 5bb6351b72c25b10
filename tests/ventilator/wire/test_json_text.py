"""Objects cut out of a stream that may have no delimiter, at bounded cost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside.ventilator.wire import json_text
from lineside.ventilator.wire.json_text import DEPTH_MAX, Broken, ObjectReader, parse_object


def read(data: bytes, size: int = 10_000, bytes_max: int = 1000) -> list[bytes | Broken]:
    reader = ObjectReader(bytes_max)
    return [item for start in range(0, len(data), size) for item in reader.receive(data[start : start + size])]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\0", b" \t\n\0"])
def test_objects_are_cut_whatever_stands_between_them(size: int, between: bytes) -> None:
    texts = [b'{"a":[1,{"b":2}]}', b"{}", b'{"}":"{\\"\\\\"}', '{"é":"\U0001f600"}'.encode()]
    assert read(between + between.join(texts) + between, size) == texts


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[1]", "begins with {, not with byte 5b"),
        (b"nonsense", "not with byte 6e"),
        (b'\xef\xbb\xbf{"a":1}', "not with byte ef"),
        (b'{"a":\0', "a NUL within"),
        (b'{"a\0', "a NUL within"),
        (b'{"a":[}', "with } out of place"),
        (b'{"a":1]', "with ] out of place"),
        (b'{"a":"\\\0', "a NUL within"),
        (b'{"a":' * (DEPTH_MAX + 1), "nested deeper"),
        (b'{"a":"' + b"x" * 2000, "longer than 1000 bytes"),
        (b'{"a":' + b" " * 2000, "longer than 1000 bytes"),
    ],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_what_is_no_object_is_told_once_and_the_next_object_is_fine(data: bytes, reason: str, size: int) -> None:
    found = read(data + b'\n{"good":1}', size)
    assert isinstance(found[0], Broken)
    assert reason in found[0]
    assert found[-1] == b'{"good":1}'


def test_object_of_exactly_the_limit_is_taken() -> None:
    text = b'{"a":"' + b"x" * 992 + b'"}'
    assert read(text) == read(text, 1) == [text]
    longer = text.replace(b"x", b"xx", 1)
    assert isinstance(read(longer)[0], Broken)
    assert isinstance(read(longer, 1)[0], Broken)


def test_reader_knows_whether_it_is_within_an_object() -> None:
    reader = ObjectReader(100)
    assert not reader.is_within
    reader.receive(b' {"a"')
    assert reader.is_within
    reader.receive(b":1}")
    assert not reader.is_within


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1,"a":2}',
        b'{"a":]}',
        b'{"a"}',
        b'{"a":"\xff"}',
        b'{"a":"\x01"}',
        b'{"a":01}',
        b"{'a':1}",
        b'{"a":' + b"9" * 5000 + b"}",
        b"[1]",
        b"",
    ],
)
def test_text_that_is_not_strict_json_is_broken_and_never_an_exception(text: bytes) -> None:
    assert isinstance(parse_object(text), Broken)


def test_good_text_is_parsed() -> None:
    assert parse_object(b'{"a":[1,2.5,null,true,"\\u00e9"]}') == {"a": [1, 2.5, None, True, "é"]}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=6), values, max_size=4), max_size=4), st.integers(1, 40), st.booleans()
)
def test_objects_of_any_content_come_back_in_any_split(
    objects: list[dict[str, Any]], size: int, as_ascii: bool
) -> None:
    data = b"".join(json.dumps(one, ensure_ascii=as_ascii).encode() for one in objects)
    found = read(data, size, 100_000)
    assert [parse_object(text) for text in found if not isinstance(text, Broken)] == objects
    assert len(found) == len(objects)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text('{}[]"\\\0 a:,1\n', max_size=60).map(str.encode), st.integers(1, 30))
def test_any_bytes_give_the_same_in_any_split(data: bytes, size: int) -> None:
    whole = read(data, 10_000, 50)
    assert read(data, size, 50) == whole
    for item in whole:
        if not isinstance(item, Broken):
            assert isinstance(parse_object(item), dict | Broken)


class CountingPattern:
    """A compiled pattern that counts the bytes it looked at."""

    def __init__(self, pattern: re.Pattern[bytes], seen: list[int]) -> None:
        self._pattern = pattern
        self._seen = seen

    def search(self, data: bytes, place: int) -> re.Match[bytes] | None:
        match = self._pattern.search(data, place)
        self._seen[0] += (match.end() if match else len(data)) - place
        return match


@pytest.mark.parametrize("pattern", [b'{"a":', b"{}", b'{"', b'{"\\', b"x", b"\0", b'{"a":"bcdefghij"}', b" ", b"{[}"])
@pytest.mark.parametrize("size", [1, 13, 50_000])
def test_each_byte_is_looked_at_once_and_little_is_held(
    pattern: bytes, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = [0]
    for name in ("_OUTSIDE", "_IN_VALUE", "_IN_STRING", "_RESUME"):
        monkeypatch.setattr(json_text, name, CountingPattern(getattr(json_text, name), seen))
    data = (pattern * 50_000)[:50_000]
    reader = ObjectReader(1000)
    for start in range(0, len(data), size):
        reader.receive(data[start : start + size])
        assert len(reader._held) <= 1000
    assert seen[0] <= 2 * len(data)
