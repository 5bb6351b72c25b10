"""What a simulated studio is asked to be and to do wrong."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.errors import ConfigError
from lineside.runtime.backoff import BackoffSettings
from lineside.studio.wire.vocabulary import Dialect

Chance = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]

URL = "ws://127.0.0.1:8080"

TABLES_MAX = 10_000
"""Thrice as many connections are about what one process can open; a studio has dozens."""

GAMES = ("ARO", "SBO", "BAC")
"""Prefixes of the made-up names, in turn: roulette, sicbo, baccarat."""


class FaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong on request; 0 is never.

    Attributes:
        flaky: the part of the reporters that drop and fall silent; 0.1 is every tenth.
        drop_every_s, drop_for_s: a flaky one loses its connection that often without a word, and stays away so long.
        silence_every_s, silence_for_s: it hangs: reads nothing, answers no ping, reports nothing.
        garbage: chance that a reporter, flaky or not, says something that is refused before an update.
    """

    flaky: Chance = 0.0
    drop_every_s: Seconds = 120.0
    drop_for_s: Seconds = 20.0
    silence_every_s: Seconds = 0.0
    silence_for_s: Seconds = 60.0
    garbage: Chance = 0.0

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for every, lasting, name in (
            (self.drop_every_s, self.drop_for_s, "drop"),
            (self.silence_every_s, self.silence_for_s, "silence"),
        ):
            if every and lasting >= every:
                raise ConfigError(f"{lasting:g} s is not shorter than {name}_every_s, {every:g} s", f"{name}_for_s")


class SimulatorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Simulated tables.

    Attributes:
        url: of the server, ``ws://host:port``; ``host:port`` will do.
        tables: how many; named ARO-001, SBO-001, BAC-001, ARO-002 … unless ``names`` are given.
        names: tables by name.
        reporters: PCs of each table that share its fields: all on one; dealer and camera; wheel; scanners.
        dialects: which are spoken, in turn by each reporter: letters of ``abcd``.
        period_s: about how long one table stays as it is; smaller is livelier.
        maintenance_every_s, maintenance_for_s: people work at each table about that often, so long; 0 is never.
        token: of every reporter; never shown.
        answer_s: for each answer of the server; then the connection is made anew.
        reconnect: pauses between attempts to connect.
        seed: of every random choice; the same seed tells the same story.
        duration_s: end by itself after so long; 0 is never.
        faults: what goes wrong.
    """

    url: str = URL
    tables: Annotated[int, Meta(ge=1, le=TABLES_MAX)] = 1
    names: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{1,64}$")], ...] = ()
    reporters: Annotated[int, Meta(ge=1, le=4)] = 3
    dialects: Annotated[str, Meta(pattern=r"^[abcd]{1,16}$")] = "abc"
    period_s: Annotated[float, Meta(gt=0)] = 10.0
    maintenance_every_s: Seconds = 0.0
    maintenance_for_s: Seconds = 60.0
    token: Annotated[str, Meta(min_length=1, max_length=512)] = "SIMULATED"  # noqa: S105
    answer_s: Annotated[float, Meta(gt=0)] = 5.0
    reconnect: BackoffSettings = BackoffSettings(first_s=0.25, cap_s=5.0, jitter=0.5)
    seed: int = 1
    duration_s: Seconds = 0.0
    faults: FaultSettings = FaultSettings()

    @property
    def where(self) -> str:
        """The URL, whole."""
        return self.url if "://" in self.url else f"ws://{self.url}"

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables, in order."""
        if self.names:
            return self.names
        return tuple(f"{GAMES[i % len(GAMES)]}-{i // len(GAMES) + 1:03}" for i in range(self.tables))

    def dialect_of(self, index: int) -> Dialect:
        """What the reporter of this number speaks."""
        return Dialect(self.dialects[index % len(self.dialects)])


def settings_from(values: dict[str, Any]) -> SimulatorSettings:
    """Settings of plain values, as the command line has them; unknown keys and wrong values are refused.

    Raises:
        ConfigError: names the key and what is accepted.
    """
    try:
        return msgspec.convert(values, SimulatorSettings)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$.")
        raise ConfigError(text, place.rstrip("`")) from error
