from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lineside.lockers.model import events as ev
from lineside.lockers.model.commands import keep_secret
from lineside.runtime.journal import Catalogue
from lineside.runtime.step import Event, Secret

NOW = datetime(2026, 1, 1, tzinfo=UTC)

EXAMPLES: tuple[Event, ...] = (
    ev.Heard("141349"),
    ev.Heard("0009", 2, (1, 54, 43)),
    ev.Reported(send="1", wifi=0, states=(0,), locks=("01011011",), engaged=(), extra={"TEMP": "21"}, reset=False),
    ev.BoardRegistered(0, "new boards wait for approval", "10.0.0.7"),
    ev.BoardApproved(1, "operator anna"),
    ev.BoardRebooted(2, "1", ordered=True),
    ev.CodeSet(cell=2, code=Secret("0042"), minutes=4800, expires_at=NOW, by="operator anna", command="c1"),
    ev.CodeRevoked(2, "operator anna", "moved out", "c2"),
    ev.OrdersSent("5", (2, 5), block=True),
    ev.CodeConfirmed(2),
    ev.RevocationConfirmed(2),
    ev.CodeExpired(2),
    ev.CodeUsed(2),
    ev.ExpiryMoved(2, NOW),
    ev.CodeRead(2, "operator anna"),
    ev.CellOpened(2, repeat=True),
    ev.CellTimedOut(2, ended=True),
    ev.AlarmRaised("short_circuit"),
    ev.AlarmCleared("short_circuit"),
    ev.LayoutChanged(5, 6, 8, 8),
    ev.PossibleClone("10.0.0.7", "10.0.0.8", "5", "SEND 5 came from both"),
    ev.ChannelChanged(2, 1),
    ev.BoardBlocked("operator anna"),
    ev.BoardUnblocked("operator anna"),
    ev.BlockConfirmed(blocked=True),
    ev.RebootOrdered("c3", "operator anna"),
    ev.RebootFailed(5),
    ev.BoardAway(180.0),
    ev.BoardReturned(3600.0),
)


def test_every_event_is_named_once_and_has_an_example() -> None:
    Catalogue(ev.EVENTS)
    assert {type(event) for event in EXAMPLES} == set(ev.EVENTS)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_event_is_the_same_after_json(event: Event) -> None:
    def reveal(value: Any) -> str:
        assert isinstance(value, Secret)
        return value.reveal()

    data = msgspec.json.encode(event, enc_hook=reveal)
    assert msgspec.json.decode(data, type=type(event), dec_hook=keep_secret) == event


def test_message_without_news_is_a_few_bytes() -> None:
    assert msgspec.json.encode(ev.Heard("141349")) == b'{"s":"141349"}'
    assert msgspec.json.encode(ev.Heard("141349", 2, (5,))) == b'{"s":"141349","c":2,"a":[5]}'


def test_report_holds_only_what_changed() -> None:
    assert msgspec.json.encode(ev.Reported(send="7", accessed=(5,))) == b'{"send":"7","accessed":[5]}'


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_no_event_tells_a_code_when_it_is_printed(event: Event) -> None:
    assert "0042" not in f"{event!r}{event}"
