"""A small registry of kinds, so that the settings are tested without a house."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.config import Kind, Settings, settings_from_table
from lineside.runtime.step import Secret


class Ending(StrEnum):
    """What ends a packet."""

    NEWLINE = "newline"
    NONE = "none"


class Door(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table inside a gateway's table."""

    count: Annotated[int, Meta(ge=1, le=9)] = 1


class ToyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a gateway that nobody needs."""

    line: str
    broadcast: tuple[str, ...] = ("127.0.0.1:54320",)
    period_s: Annotated[float, Meta(ge=0, le=60)] = 0.2
    attempts_max: Annotated[int, Meta(ge=1, le=1000)] = 20
    profile: Annotated[str, Meta(pattern="^[0-9A-F]{2}$")] = "A0"
    ending: Ending = Ending.NEWLINE
    loud: bool = False
    password: Secret | None = None
    url: str = ""
    door: Door = Door()


TOYS: Mapping[str, Kind] = {
    "toy": Kind(
        config=ToyConfig,
        listens=lambda config: [(f"broadcast[{i}]", text) for i, text in enumerate(config.broadcast)],
        lines=lambda config: [("line", config.line)],
    )
}


def read(table: dict[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from a table, with the toy kind and no environment."""
    return settings_from_table(table, TOYS, environ or {})


def ward(**keys: Any) -> dict[str, Any]:
    """A file with one toy gateway called ward."""
    return {"gateways": {"ward": {"kind": "toy", "line": "/dev/ttyACM0", **keys}}}
