"""Messages are values: equal by content, frozen, and safe to show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from lineside.studio.wire import message
from lineside.studio.wire.message import Confirmed, Heard, Said, SignalReport, Snapshot, Update


def test_messages_are_frozen_values() -> None:
    for kind in (*get_args(Heard), *get_args(Said)):
        assert kind.__struct_config__.frozen, kind
        assert kind.__doc__
    assert Confirmed("T") == Confirmed("T") != Confirmed("U")
    with pytest.raises(AttributeError):
        Confirmed("T").table = "U"  # type: ignore[misc]


def test_two_messages_do_not_share_their_containers() -> None:
    first, second = Update({}), Update({})
    first.custom["a"] = 1
    assert second.custom == {}
    assert SignalReport("X").metadata is not SignalReport("X").metadata


def test_unions_name_every_message() -> None:
    named = {*get_args(Heard), *get_args(Said)}
    structs = {
        value for value in vars(message).values() if isinstance(value, type) and hasattr(value, "__struct_fields__")
    }
    assert structs == named
    assert Snapshot("T", 0, datetime(2026, 1, 1, tzinfo=UTC).isoformat(), False, ()).custom is None
