from __future__ import annotations

import msgspec

from lineside.runtime.journal import EVENTS, Carried, Gap, HistoryLost
from lineside.runtime.journal.events import STREAM


def test_a_carried_state_holds_anything_and_names_gaps() -> None:
    event = Carried(7, {"balance_cents": 5, "list": [1]}, (Gap(1, 7, "ab", 9),))
    assert msgspec.json.decode(msgspec.json.encode(event), type=Carried) == event


def test_gaps_are_named_alike_by_both_events_that_name_them() -> None:
    gaps = (Gap(1, 2, "00"),)
    for event in (Carried(2, None, gaps), HistoryLost(gaps, "bits")):
        assert msgspec.json.decode(msgspec.json.encode(event))["gaps"][0]["last"] == 2


def test_the_journal_has_a_stream_of_its_own() -> None:
    assert STREAM == "lineside/journal"
    assert {event.__name__ for event in EVENTS} == {"Carried", "HistoryLost", "EraOpened", "PersonErased"}
