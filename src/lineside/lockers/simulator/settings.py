"""What simulated boards are asked to be and to do wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside.errors import ConfigError
from lineside.lockers.wire import Channel

Chance = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]
Side = Annotated[int, Meta(ge=1, le=64)]

# More than any hall; each has a task, a connection or two, and some 30 KiB.
BOARDS_MAX = 20_000


class Channels(StrEnum):
    """What a board is equipped with."""

    WIFI = "wifi"
    GSM = "gsm"
    BOTH = "both"  # Wi-Fi first; GSM when that fails or has not answered

    @property
    def numbers(self) -> tuple[Channel, ...]:
        """The channels in the order in which a board prefers them."""
        return {
            Channels.WIFI: (Channel.WIFI,),
            Channels.GSM: (Channel.GSM,),
            Channels.BOTH: (Channel.WIFI, Channel.GSM),
        }[self]


class ListsCleared(StrEnum):
    """When a board forgets what it has reported in BOX_ACC and BOX_TO; the sheet does not know."""

    REPLY = "reply"
    REBOOT = "reboot"


class FaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong on request. Chances are per request; 0 is never.

    Attributes:
        lost: it never leaves the board, which asks again with SEND + 1 after its own time-out.
        late: it leaves after ``late_s``, behind newer ones, over the other channel where there are two.
        late_s: how long such a packet is under way.
        cut: only its beginning leaves, then the connection is reset.
        split: it leaves in small pieces.
        doubled: it leaves over both channels with the same SEND.
        glued: the next request follows directly, without waiting for the reply and without a line end between.
        switch: it leaves over the other channel than the preferred one.
        reboot: the board reboots after it, unasked.
        wifi_every_s, wifi_for_s: Wi-Fi has no access point that often, for so long.
        gsm_every_s, gsm_for_s: the same for GSM.
        short_every_s, short_for_s: a short circuit.
        drop_every_s: all connections are lost that often.
    """

    lost: Chance = 0.0
    late: Chance = 0.0
    late_s: Seconds = 2.0
    cut: Chance = 0.0
    split: Chance = 0.0
    doubled: Chance = 0.0
    glued: Chance = 0.0
    switch: Chance = 0.0
    reboot: Chance = 0.0
    wifi_every_s: Seconds = 0.0
    wifi_for_s: Seconds = 10.0
    gsm_every_s: Seconds = 0.0
    gsm_for_s: Seconds = 10.0
    short_every_s: Seconds = 0.0
    short_for_s: Seconds = 10.0
    drop_every_s: Seconds = 0.0

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for name in ("wifi", "gsm", "short"):
            every, lasting = getattr(self, f"{name}_every_s"), getattr(self, f"{name}_for_s")
            if every and lasting >= every:
                raise ConfigError(f"{lasting} s is not shorter than {name}_every_s, {every} s", f"{name}_for_s")


class SimulatorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hall of simulated boards, all alike.

    Attributes:
        server: ``host:port`` of the server.
        board: ``ID`` of the first; the others count on from it (1953, 1954 …; ``gate`` becomes gate-2, gate-3 …).
        boards: how many.
        header: first line of each request.
        columns, rows: of the cabinet.
        missing: cells without a lock.
        raw_locks: report ACT_CON as 8 × 8 outputs whatever the cabinet; else as rows and columns.
        period_s: from a reply to the next request.
        timeout_s: the board's own; after it, it asks again with SEND + 1.
        channels: what the boards are equipped with.
        keep_connection: send the next request on the same connection; else a new one for each.
        restarts_countdown: each reply sets the minutes anew; else a code that runs already runs on.
        minute_s: seconds of a minute on the board's clock, for demonstrations.
        lists_cleared: when BOX_ACC and BOX_TO are forgotten.
        unblocks: a reply with STATE=0 ends a block; else a reboot alone does.
        obeys_reboot: a reply with RESET=1 reboots the board.
        reports_reboot: after a reboot RESET=1 is said, until an answer has come.
        boot_s: how long a reboot takes.
        lockout_s: how long three wrong codes in a row are reported.
        use_every_s: somebody comes that often, on the average, to each board; 0 is never. Guests with a code come only
            while a cell has one.
        wrong_code: chance that it is somebody who knows no code, and tries three times.
        with_key: chance that it is a technician, who opens any cell without a code.
        tell_codes: say which cells have codes, masked, whenever that changes.
        eol: ``lf`` or ``crlf``.
        final_eol: CLOSE is followed by a line end; the original's own test client sends none.
        seed: of every random choice: the same seed repeats the choices.
        duration_s: end by itself after so long; 0 is never.
        reconnect_s_max: the longest wait between two attempts to connect; they go on for ever.
    """

    server: str = "127.0.0.1:5000"
    board: Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,26}$")] = "1953"
    boards: Annotated[int, Meta(ge=1, le=BOARDS_MAX)] = 1
    header: Annotated[str, Meta(pattern="^ACon_V[0-9]+[.][0-9]+$")] = "ACon_V1.0"
    columns: Side = 8
    rows: Side = 8
    missing: tuple[int, ...] = ()
    raw_locks: bool = False
    period_s: Annotated[float, Meta(gt=0)] = 10.0
    timeout_s: Annotated[float, Meta(gt=0)] = 5.0
    channels: Channels = Channels.WIFI
    keep_connection: bool = True
    restarts_countdown: bool = True
    minute_s: Annotated[float, Meta(gt=0)] = 60.0
    lists_cleared: ListsCleared = ListsCleared.REPLY
    unblocks: bool = True
    obeys_reboot: bool = True
    reports_reboot: bool = True
    boot_s: Seconds = 2.0
    lockout_s: Seconds = 20.0
    use_every_s: Seconds = 0.0
    wrong_code: Chance = 0.0
    with_key: Chance = 0.0
    tell_codes: bool = False
    eol: Annotated[str, Meta(pattern="^(cr)?lf$")] = "crlf"
    final_eol: bool = False
    seed: int = 1
    duration_s: Seconds = 0.0
    reconnect_s_max: Annotated[float, Meta(gt=0)] = 10.0
    faults: FaultSettings = FaultSettings()

    def names(self) -> list[str]:
        """``ID`` of each board."""
        if self.board.isdigit():
            width = len(self.board)
            return [str(int(self.board) + index).zfill(width) for index in range(self.boards)]
        return [self.board if index == 0 else f"{self.board}-{index + 1}" for index in range(self.boards)]


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
