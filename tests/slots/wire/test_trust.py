"""Every row of every table says how far it can be trusted."""

from __future__ import annotations

from lineside.slots.wire import DENOMINATIONS, EXCEPTIONS, LONG_POLLS, METERS, Trust


def test_tags_are_the_sheets() -> None:
    assert [tag.value for tag in Trust] == ["T", "2", "1", "K", "X"]
    tags = [row.tag for row in LONG_POLLS.values()] + [row.tag for row in METERS.values()]
    tags += [row.tag for row in EXCEPTIONS.values()] + [row.tag for row in DENOMINATIONS.values()]
    assert all(isinstance(tag, Trust) for tag in tags)
