from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from lineside.errors import Unrecordable
from lineside.runtime.journal import Append, JournalSettings
from lineside.runtime.journal.append import Request, request_from_append
from lineside.runtime.journal.seal import EventEncoder
from lineside.runtime.step import Personal, Secret
from tests.runtime.journal.scene import CATALOGUE, NOW, Noted, Whispered, one


def request(append: Append, **settings: Any) -> Request:
    nobody: Any = None
    return request_from_append(append, nobody, CATALOGUE, EventEncoder(), JournalSettings(**settings))


def test_an_append_is_encoded_where_it_is_asked() -> None:
    made = request(Append((("a", Noted(1)), ("b", Noted(2, "x"))), NOW, {"a": 3}, ("c",)))
    assert made.events[0] == ("a", ("Noted", 1), b'{"number":1,"text":""}', None)
    assert made.at_us == 1_772_600_767_890_123
    assert (made.expected, made.claims) == ({"a": 3}, ("c",))
    assert made.size == sum(len(event[2]) for event in made.events)


def test_persons_are_told_ahead_so_that_their_keys_can_be_made() -> None:
    made = request(one("a", Whispered(Secret("x"), {"p": Personal("y", "p/1"), "q": Personal("z", "p/2")})))
    assert made.people == ("p/1", "p/2")


@pytest.mark.parametrize(
    ("append", "says"),
    [
        (Append((), NOW), "0 events"),
        (Append((("a", Noted(1)),) * 6, NOW), "6 events"),
        (one("", 1), "stream ''"),
        (one("a\nb", 1), "stream"),
        (one("x" * 201, 1), "stream"),
        (one("\ud800", 1), "stream"),
        (one("a", Noted(1, "x" * 200)), "bytes; accepted are 100"),
        (one("a", 1, at=datetime(2026, 1, 1)), "no time zone"),
        (one("a", 1, claims=("",)), "claim ''"),
        (one("a", 1, claims=("a\0",)), "claim"),
        (one("a", 1, claims=("x" * 401,)), "claim"),
        (one("a", 1, claims=("c", "c")), "each claim once"),
        (one("a", Whispered(Secret("c"), {"x": object()})), "object is not a JSON type"),
    ],
)
def test_what_can_never_be_recorded_refuses_itself(append: Append, says: str) -> None:
    with pytest.raises(Unrecordable, match=says):
        request(append, append_events_max=5, event_bytes_max=100)
