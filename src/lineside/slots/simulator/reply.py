"""What a long poll is answered with, before address and check value are put around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from lineside.slots.simulator.pack import Reader


class Short(Enum):
    """Answers without data."""

    ACK = "ack"
    NACK = "nack"
    BUSY = "busy"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Data:
    """An answer with data: what stands between command and check value, length byte included where it has one.

    Attributes:
        body: the bytes.
        on_ack: called when the host's next message acknowledges the answer.
    """

    body: bytes
    on_ack: Callable[[], None] | None = None


Reply = Short | Data
Handler = Callable[[Reader], Reply]
"""Obeys one long poll; raises `Invalid` for data that are not valid."""


def acknowledging(do: Callable[[], None]) -> Handler:
    """A poll without data that is obeyed and acknowledged."""

    def handle(asked: Reader) -> Reply:
        asked.end()
        do()
        return Short.ACK

    return handle


def reading(read: Callable[[], bytes]) -> Handler:
    """A poll without data that is answered with data."""

    def handle(asked: Reader) -> Reply:
        asked.end()
        return Data(read())

    return handle
