"""B0: any poll, asked of one denomination of a machine that has several (§9.9).

::

    asked     [denomination 1] [command 1] [data of that poll, with its length byte, without its check value]
    answered  [denomination 1] [command 1] [data of its answer, with its length byte]
    refused   [denomination 1] [00]        [error code]      (D; the codes are not known)
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from lineside.slots.wire.field import Binary, RestBytes
from lineside.slots.wire.layout import layout_of

REFUSED = 0x00
"""In place of the command, when the machine does not answer the poll for that denomination."""


class MultiQuestion(msgspec.Struct, frozen=True):
    """B0 asked: a poll inside a poll."""

    denomination: Annotated[int, Binary(1)]
    command: Annotated[int, Binary(1)]
    content: Annotated[bytes, RestBytes()]


class MultiAnswer(msgspec.Struct, frozen=True):
    """B0 answered; `decode.inner_answer` reads the content."""

    denomination: Annotated[int, Binary(1)]
    command: Annotated[int, Binary(1)]
    content: Annotated[bytes, RestBytes()]


MULTI_QUESTION = layout_of(MultiQuestion)
MULTI_ANSWER = layout_of(MultiAnswer)
