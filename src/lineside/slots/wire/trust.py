"""How far a row of a table can be trusted (§0 of the sheet)."""

from __future__ import annotations

from enum import StrEnum


class Trust(StrEnum):
    """Where a row comes from."""

    TRAFFIC = "T"  # seen in captured traffic, and its check value recomputed
    TWO = "2"  # two or more independent open sources agree
    ONE = "1"  # one source
    AUTHOR = "K"  # knowledge of the sheet's author; to be verified against a licensed specification
    DISPUTED = "X"  # sources disagree: a setting says which is followed
