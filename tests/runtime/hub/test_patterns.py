from __future__ import annotations

import pytest

from lineside.errors import BadParams
from lineside.runtime.hub.patterns import Patterns, is_match, pattern_parts, topic_parts


@pytest.mark.parametrize(
    ("pattern", "topic", "wanted"),
    [
        ("ward/1/samples", "ward/1/samples", True),
        ("ward/1/samples", "ward/1/sample", False),
        ("ward/*/samples", "ward/1/samples", True),
        ("ward/*/samples", "ward/1/2/samples", False),
        ("*/*/status", "ward/1/status", True),
        ("*/*/status", "lineside/status", False),
        ("*", "ward", True),
        ("*", "ward/1", False),
        ("**", "ward", True),
        ("**", "ward/1/samples", True),
        ("ward/**", "ward/1/samples", True),
        ("ward/**", "ward", True),
        ("ward/**", "wards/1", False),
        ("*/1/**", "ward/1", True),
        ("*/1/**", "ward/2/x", False),
        ("casino/SITE~UID.7/*", "casino/SITE~UID.7/state", True),
    ],
)
def test_pattern_covers_topic(pattern: str, topic: str, wanted: bool) -> None:
    assert is_match(pattern_parts(pattern), topic_parts(topic)) is wanted
    assert Patterns([pattern]).has(topic, topic_parts(topic)) is wanted
    assert Patterns(["x", pattern, "y/*"]).has(topic, topic_parts(topic)) is wanted


@pytest.mark.parametrize("name", ["", "/", "a/", "/a", "a//b", "a b", "a/*", "ä", "a\n", "x" * 65, "/".join("a" * 9)])
def test_topic_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="bad topic name"):
        topic_parts(name)


@pytest.mark.parametrize("pattern", ["", "a/", "**/a", "a*", "a/***", "a b", "x" * 65, "/".join("a" * 9), "a\n"])
def test_pattern_is_refused_with_its_text(pattern: str) -> None:
    with pytest.raises(BadParams, match="pattern"):
        pattern_parts(pattern)


def test_pattern_that_is_long_is_shortened_in_the_refusal() -> None:
    with pytest.raises(BadParams) as caught:
        pattern_parts("x" * 100_000)
    assert len(str(caught.value)) < 500
