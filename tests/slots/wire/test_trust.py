"""Every row of every table says how far it can be trusted."""

from __future__ import annotations

from lineside.slots.wire import DENOMINATIONS, EXCEPTIONS, LONG_POLLS, METERS, Trust


def test_tags_are_the_sheets() -> None:
    assert [tag.value for tag in Trust] == ["T", "2", "1", "K", "X"]
    rows = [*LONG_POLLS.values(), *METERS.values(), *EXCEPTIONS.values(), *DENOMINATIONS.values()]
    assert all(isinstance(row.tag, Trust) for row in rows)
