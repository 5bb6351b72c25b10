"""Settings of a lockers gateway, ``[gateways.NAME]`` with ``kind = "lockers"``. Source: wire/acon.md §9 and §12."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lineside.lockers.model import BoardSettings, MinutesMode, UnknownPolicy
from lineside.lockers.wire import LockMode, ReplyEol, WireSettings
from lineside.runtime.guard import Limits

# A full list of 256 codes has some 8 KB; a board that lets eight of them lie does not read.
UNSENT_BYTES_MAX = 65_536

BoardName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,32}$(?!\n)", description="ID of a board")]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class BoardEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A board that is expected, ``[gateways.NAME.boards.ID]``: a policy that rejects unknown boards lets it in."""

    label: Annotated[str, Meta(max_length=64, description="what people call it")] = ""
    networks: Annotated[tuple[str, ...], Meta(description="addresses and networks it may call from; none: all")] = ()

    def __post_init__(self) -> None:
        for network in self.networks:
            ipaddress.ip_network(network)  # its ValueError becomes the setting's error

    def allowed(self) -> Callable[[str], bool]:
        """Whether an address (an IP without port) is in one of the networks; always, without networks."""
        networks = tuple(ipaddress.ip_network(network) for network in self.networks)

        def is_allowed(address: str) -> bool:
            peer = ipaddress.ip_address(address.partition("%")[0])
            return not networks or any(peer in network for network in networks)

        return is_allowed


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a lockers gateway. What nobody could ask a board's owner yet is a setting (sheet §12)."""

    kind: Literal["lockers"] = "lockers"
    address: Annotated[str, Meta(description="where boards connect; they cannot show who they are")] = "127.0.0.1:5000"
    unknown: Annotated[
        UnknownPolicy | None,
        Meta(
            description="boards never seen before: accept | pending (no reply until approved) | reject; unset: accept, "
            "but pending when one reports codes that were not set here"
        ),
    ] = None
    boards: Annotated[dict[BoardName, BoardEntry], Meta(description="boards that are expected, by ID")] = {}
    minutes_mode: Annotated[MinutesMode, Meta(description="remaining | constant, as the original has it")] = (
        MinutesMode.REMAINING
    )
    act_con_mode: Annotated[LockMode, Meta(description="ACT_CON by rows and columns, or flat")] = LockMode.MATRIX
    code_digits: Annotated[int, Meta(ge=1, le=8, description="length of a code")] = 4
    cells_max: Annotated[int, Meta(ge=1, le=4096, description="columns × rows of a board")] = 256
    reply_eol: Annotated[ReplyEol, Meta(description="line ends of replies: lf | crlf | mirror")] = ReplyEol.LF
    console: Annotated[bool, Meta(description="answer ip, server, client, info, exit and quit")] = True
    board_timeout_s: Annotated[Seconds, Meta(description="silence after which a board counts as away")] = 180.0
    assemble_timeout_s: Annotated[Seconds, Meta(description="from a message's first byte to its last")] = 30.0
    idle_timeout_s: Annotated[Seconds, Meta(description="silence after which a connection is closed")] = 900.0
    write_timeout_s: Annotated[Seconds, Meta(description="for a board to take its reply")] = 10.0
    connections_max: Annotated[int, Meta(ge=1, le=100_000, description="open at once")] = 1000
    # Many boards on mobile networks sit behind one carrier address.
    connections_per_address_max: Annotated[int, Meta(ge=1, le=100_000, description="open from one address")] = 256
    errors_max: Annotated[int, Meta(ge=1, le=1000, description="bad messages of one connection")] = 10
    errors_per_address_max: Annotated[
        int, Meta(ge=1, le=100_000, description="bad messages of one address in a minute")
    ] = 100
    # Whoever knows an ID reads its codes with one message, so that trying IDs must not pay.
    boards_per_address_max: Annotated[
        int, Meta(ge=1, le=100_000, description="different boards of one address in an hour")
    ] = 256
    # Each costs some 20 KB of memory; twice what may be connected at once.
    boards_max: Annotated[int, Meta(ge=1, le=100_000, description="boards that are kept in memory")] = 2000

    simulated: Annotated[bool, Meta(description="mark the boards as played by a simulator")] = False

    def wire_settings(self) -> WireSettings:
        """What the bytes of every connection are read with."""
        return WireSettings(reply_eol=self.reply_eol, console=self.console, cells_max=self.cells_max)

    def board_settings(self, board: str) -> BoardSettings:
        """What one board is decided with."""
        entry = self.boards.get(board)
        return BoardSettings(
            expected=entry is not None,
            label="" if entry is None else entry.label,
            minutes_mode=self.minutes_mode,
            act_con_mode=self.act_con_mode,
            code_digits=self.code_digits,
            cells_max=self.cells_max,
            unknown=self.unknown,
            board_timeout_s=self.board_timeout_s,
            simulated=self.simulated,
        )

    def guard_limits(self) -> Limits:
        """The bounds of the listener. Bytes before a first message are bounded by the wire, and so is a message.

        A board may connect and be silent until its first poll, so that there is one deadline for all silence.
        """
        return Limits(
            connections_max=self.connections_max,
            connections_per_address_max=self.connections_per_address_max,
            first_message_s=None,
            idle_s=self.idle_timeout_s,
            unauthenticated_bytes_max=None,
            frame_bytes_max=WireSettings().message_bytes_max,
            errors_max=self.errors_max,
            write_s=self.write_timeout_s,
            unsent_bytes_max=UNSENT_BYTES_MAX,
        )
