"""What a machine is: the polls that tell it, in the order of `wire/sas.md` §15, and their answers as plain content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from lineside.slots.wire import (
    AftOrder,
    ClockTime,
    Features,
    GameNumber,
    GamesImplemented,
    LockOrder,
    Registration,
    RegistrationOrder,
    Switch,
    ValidationControl,
)

INTERROGATE = 0xFF


class Question(NamedTuple):
    """One poll of a conversation.

    Attributes:
        what: the name under which its answer is kept; "" for polls that set something.
    """

    what: str
    command: int
    message: msgspec.Struct | None = None


VERSION = Question("version", 0x54)
INFO = Question("info", 0x1F)
GAMES = Question("games", 0x51)
FEATURES = Question("features", 0xA0, GameNumber(0))
DENOMINATIONS = Question("denominations", 0xB2)
DENOMINATION = Question("denomination", 0xB1)
ENABLED_GAMES = Question("enabled_games", 0x56)
REGISTRATION = Question("registration", 0x73, RegistrationOrder(INTERROGATE))
AFT = Question("aft", 0x74, LockOrder(INTERROGATE, 0, 0))
TRANSFER = Question("transfer", 0x72, AftOrder(INTERROGATE, 0))
VALIDATION = Question("validation", 0x7B, ValidationControl(0, 0, 0, 0))
CLOCK = Question("clock", 0x7E)

MONEY = ("registration", "aft", "transfer")

START = (
    *("version", "info", "games", "features", "denominations", "denomination", "game"),
    *MONEY,
    *("validation", "clock", "events"),
)
"""The start-up conversation, by name; ``game`` stands for each game, ``events`` sets real-time events."""

_ORDER = (
    VERSION, INFO, GAMES, FEATURES, DENOMINATIONS, DENOMINATION, "game", ENABLED_GAMES,
    REGISTRATION, AFT, TRANSFER, VALIDATION, CLOCK, "set_clock", "events",
)  # fmt: skip


class Known(NamedTuple):
    """What the answers so far say about the questions to come.

    Attributes:
        games: that are asked for one by one.
        has_aft: False when the features say so.
        clock: to be set; None when it is right, or nobody may.
        rte: to be set; None leaves the machine as it is.
    """

    games: int = 0
    has_aft: bool = True
    clock: ClockTime | None = None
    rte: bool | None = None


def questions(names: frozenset[str], known: Known) -> list[Question]:
    """The polls for these names, in the one order."""
    return list(_questions(names, known))


def _questions(names: frozenset[str], known: Known) -> Iterator[Question]:
    for one in _ORDER:
        if isinstance(one, Question):
            if one.what in names and (known.has_aft or one.what not in MONEY):
                yield one
        elif one == "game" and "game" in names:
            for number in range(1, known.games + 1):
                yield Question(f"game {number}", 0x53, GameNumber(number))
        elif one == "set_clock" and "clock" in names and known.clock is not None:
            yield Question("", 0x7F, known.clock)
        elif one == "events" and "events" in names and known.rte is not None:
            yield Question("", 0x0E, Switch(int(known.rte)))


_PASSING = {
    "aft": ("lock", "available", "cashable_cents", "restricted_cents", "non_restricted_cents"),
    "transfer": (),
}
"""Fields that change with play: shown, and not part of what the machine is."""


def content_of(answer: msgspec.Struct) -> dict[str, Any]:
    """The answer's fields as plain values; the key of a registration is left out, and nobody can read it back."""
    if isinstance(answer, Registration):
        return {"status": answer.status, "asset": answer.asset, "pos_id": answer.pos_id}
    if isinstance(answer, Features):
        abilities = ("can_be_polled_fast", "has_aft", "has_extended_meters", "has_validation_extensions")
        return {**_plain(answer), **{name: getattr(answer, name) for name in abilities}}
    return _plain(answer)


def kept_content(what: str, content: dict[str, Any]) -> dict[str, Any]:
    """What of it is recorded."""
    passing = _PASSING.get(what, ())
    return {name: value for name, value in content.items() if name not in passing}


def _plain(answer: msgspec.Struct) -> dict[str, Any]:
    content = msgspec.json.decode(msgspec.json.encode(answer))  # as the journal gives it back: lists, ISO dates
    assert isinstance(content, dict)
    return content


def games_of(answer: GamesImplemented, games_max: int) -> int:
    """How many games are asked for one by one."""
    return min(answer.count, games_max)
