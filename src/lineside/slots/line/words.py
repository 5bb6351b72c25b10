"""Why a machine is not reached, in words that a technician can act on."""

from __future__ import annotations

from lineside.slots.line.turn import Turn

STRAYS_TOLD = 5
"""Pieces of bytes that nobody asked for before a second host is suspected: single ones are late answers."""


def words_for_silence(turn: Turn, bad: str, strays: int, others: frozenset[int], now: float) -> str:
    """Why the last polls of a machine had no answer.

    Args:
        bad: what came in place of an answer; empty when nothing did.
        strays: pieces of bytes that came unasked since it last answered.
        others: addresses that answered or chirped and are not on this line.
    """
    since = f" for {now - turn.tried_at:.1f} s" if turn.tried_at is not None else ""
    if turn.chirped:
        return (
            f"machine {turn.address} chirps{since}: it sends, and hears no poll. Look at the wire from our TX to its "
            "RX, and at line_mode: most machines want mark_space"
        )
    if others:
        heard = ", ".join(map(str, sorted(others)))
        return f"address {turn.address} is silent{since} and {heard} is heard: what address is set at the machine?"
    if strays >= STRAYS_TOLD:
        return f"bytes come that nobody asked for{since}: is a second host on this line?"
    if bad:
        return f"no whole answer{since} ({bad}): look at the cable and its ground, at speed and parity, at the adapter"
    if turn.good_at > 0:
        return f"no answer{since}: switched off, or the cable is out?"
    return (
        f"no answer{since}: is the machine on, is its address {turn.address}, are RX and TX the right way round, does "
        "the adapter keep mark and space parity (lineside doctor)?"
    )
