"""How vendors differ, and what the sheet leaves open: one named option each, so that no assumption is silent.

Source: `wire/sas.md` §16 for the quirks of machines in the field; rows tagged K or X for the rest.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


class RteIdle(StrEnum):
    """What a machine in real-time mode answers to a general poll when nothing has happened."""

    SILENT = "silent"  # D
    EVENT_00 = "event_00"  # T: FF 00
    EVENT_1F = "event_1f"  # T: FF 1F
    SINGLE_00 = "single_00"


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One vendor's ways. The defaults follow the sheet wherever it is sure.

    Attributes:
        strict_repeat: the same command again, even with other data, is an implied NACK: the old answer is repeated and
            nothing is executed (§5.1, §5.4). Off: other data is a new question, still without an implied ACK.
        holds_nothing: an answer "nothing happened" is repeated too until something else acknowledges it.
        sync_acknowledges: the poll to somebody else that ends a loop break acknowledges an answer from before it (K,
            §15: the window in which an exception can be lost).
        rte_idle: see `RteIdle`; §9.8.
        rte_preempts: a long poll is answered with a waiting event, and is not executed.
        game_events_in_rte_alone: 7E and 7F are told in real-time mode alone.
        queued_priorities: priority exceptions that lie in the queue instead (§12: p in non-validation set-ups).
        meter_bytes_6f: size of each meter in 6F and AF; 0 is the smallest that holds it.
        unsupported_size_0: 6F names an unsupported meter with size 00; off: it is left out (§9.3).
        style_system: A0's validation style of "system"; the other of 1 and 2 is "secure enhanced" (X, §9.5).
        echoes: bytes of the host come back before each answer (§16).
        glued_stray: an event in real-time mode comes with a stray address byte before it (§16).
        short_72: LP 72 is answered with position and status alone (Merkur, §16).
        success_01: a full transfer reports status 01 ("Megajack" line, §16).
        same_id_95: a repeated transaction id is 95 instead of 81 (§10.4).
        ids_checked: the id of the last successful transfer is refused; off: transfers count again (§10.5).
        locked_told: exception 6F is raised while locked (Apex: sometimes missing, §16).
        ignored_polls: long polls of §8 that this machine does not know (silence).
        ignored_meters: meter codes that it does not know.
        repeat_executes: a long poll repeated back to back is executed again (§5.2, K: test per model before relying on
            the opposite for money).
    """

    strict_repeat: bool = True
    holds_nothing: bool = True
    sync_acknowledges: bool = False
    rte_idle: RteIdle = RteIdle.EVENT_00
    rte_preempts: bool = True
    game_events_in_rte_alone: bool = False
    queued_priorities: tuple[int, ...] = ()
    meter_bytes_6f: Annotated[int, Meta(ge=0, le=9)] = 0  # nine bytes are the 18 digits of §9.3
    unsupported_size_0: bool = True
    style_system: Annotated[int, Meta(ge=1, le=2)] = 1  # two bits, 0 is "standard" for everybody
    echoes: bool = False
    glued_stray: bool = False
    short_72: bool = False
    success_01: bool = False
    same_id_95: bool = False
    ids_checked: bool = True
    locked_told: bool = True
    ignored_polls: tuple[int, ...] = ()
    ignored_meters: tuple[int, ...] = ()
    repeat_executes: bool = False


PROFILES = {
    "plain": Profile(),
    "apex": Profile(locked_told=False),
    "merkur": Profile(short_72=True),
    "megajack": Profile(success_01=True, same_id_95=True),
    "echoing": Profile(echoes=True),
    "chatty": Profile(rte_idle=RteIdle.EVENT_1F, glued_stray=True),
    "quiet": Profile(rte_idle=RteIdle.SILENT, game_events_in_rte_alone=True),
    "game_king": Profile(ignored_polls=(0x8A,)),
    "old": Profile(ignored_polls=(0x2F, 0x6F, 0xAF, 0xA0, 0x72, 0x73, 0x74, 0x0E), holds_nothing=False),
    "forgetful": Profile(repeat_executes=True),
    "lenient": Profile(strict_repeat=False, holds_nothing=False),
}
"""By name, for the command line; each quirk of §16 that a machine's bytes can show."""
