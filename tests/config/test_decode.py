"""Words for what a key accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from lineside.config.decode import accepted, decode_struct
from lineside.errors import ConfigError
from lineside.runtime.step import Secret


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Struct with a rule of its own."""

    low: int = 0
    high: int = 1

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (bool, "true or false"),
        (int, "a whole number"),
        (Annotated[int, Meta(ge=1, le=9)], "a whole number, at least 1 and at most 9"),
        (Annotated[float, Meta(gt=0)], "a number, above 0"),
        (Annotated[float, Meta(gt=0, description="seconds")], "a number, above 0"),
        (str, "text in quotes"),
        (Annotated[str, Meta(min_length=1, max_length=4)], "text in quotes (1 to 4 characters)"),
        (Literal["a", "b"], 'one of "a", "b"'),
        (tuple[int, ...], "a list of a whole number"),
        (Annotated[list[str], Meta(min_length=1)], "a list of text in quotes (1 or more entries)"),
        (tuple[int, str], "a list of 2: a whole number, text in quotes"),
        (dict[str, int], "a table of a whole number"),
        (int | None, "a whole number"),
        (Path, "text in quotes"),
        (Secret, "text in quotes"),
        (Strict, "a table with low, high"),
        (Any, "another value"),
    ],
)
def test_words_for_each_type(annotation: Any, words: str) -> None:
    assert accepted(annotation) == words


def test_rule_of_a_struct_itself_becomes_an_error_with_the_key() -> None:
    with pytest.raises(ConfigError, match="low is above high") as caught:
        decode_struct({"low": 5}, Strict, "gateways.x.range")
    assert caught.value.key == "gateways.x.range"


def test_long_values_are_cut() -> None:
    with pytest.raises(ConfigError) as caught:
        decode_struct({"low": "x" * 5000}, Strict, "a")
    assert len(str(caught.value)) < 200
