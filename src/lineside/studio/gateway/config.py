"""Settings of a studio gateway, and what a table's model takes of them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lineside.errors import ConfigError
from lineside.runtime.guard import Limits
from lineside.runtime.step import Secret
from lineside.runtime.web_socket import SocketTimes
from lineside.studio.model import TableSettings, UptimeMode
from lineside.studio.watch import WatchLimits
from lineside.studio.wire import ERRORS_MAX, StatusValues, TimestampMode, ignored_by_game, ignored_by_lists

STUDIO_LIMITS = Limits(
    # A large studio has a hundred tables with a handful of devices each, and a page on every desk.
    connections_max=4096,
    # A proxy in front makes one address of everybody.
    connections_per_address_max=2048,
    first_message_s=10.0,
    # Silence is normal; pings find who has vanished.
    idle_s=None,
    frame_bytes_max=64 * 1024,
    errors_max=ERRORS_MAX,
    # A watcher that does not read is closed by the feed before (5 s, 256 KiB); this ends what does not even close.
    write_s=15.0,
    unsent_bytes_max=2 * 1024 * 1024,
)

TableName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{1,64}$(?!\n)")]
TablePattern = Annotated[
    str, Meta(pattern=r"^([A-Za-z0-9.-]{1,64}|[A-Za-z0-9.-]{0,63}\*)$(?!\n)", description="a table, or a prefix with *")
]
DeviceName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,128}$(?!\n)")]
Label = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.~-]{1,64}$(?!\n)")]
Seconds = Annotated[float, Meta(ge=0, le=7 * 86400)]

_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/\s?#]+")


class DuplicatePolicy(StrEnum):
    """What becomes of two connections with one id (dialect D always kicks the older one)."""

    ALLOW = "allow"
    KICK_OLD = "kick_old"
    REFUSE = "refuse"


class ReporterToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A token that reporters may use.

    Attributes:
        tables: names, or prefixes with ``*``; empty: every table.
        devices: names; empty: every device.
    """

    token: Secret
    tables: tuple[TablePattern, ...] = ()
    devices: tuple[DeviceName, ...] = ()


class WatchToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A token that watchers may use; it writes nothing.

    Attributes:
        tables: names, or prefixes with ``*``; empty: every table.
    """

    token: Secret
    tables: tuple[TablePattern, ...] = ()


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a studio gateway, ``[gateways.NAME]`` with ``kind = "studio"``."""

    kind: Literal["studio"] = "studio"
    address: Annotated[str, Meta(description="where reporters and watchers connect")] = "127.0.0.1:8080"
    # Who may come in. No token at all: any that is not empty is taken, as the originals do, and the log warns.
    token: Annotated[Secret | None, Meta(description="of every reporter; or token_file")] = None
    watch_token: Annotated[Secret | None, Meta(description="of every watcher; or watch_token_file")] = None
    tokens: Annotated[dict[Label, ReporterToken], Meta(description="further ones, by name")] = {}
    watch_tokens: Annotated[dict[Label, WatchToken], Meta(description="further ones, by name")] = {}
    origins: Annotated[tuple[str, ...], Meta(description="web pages that may connect: https://host[:port]")] = ()
    hosts: Annotated[tuple[str, ...], Meta(description="further names of this machine, for HTTP calls")] = ()
    auth_s: Annotated[float, Meta(gt=0, le=600, description="for the first frame of dialect B")] = 10.0
    # Which tables there are.
    tables: Annotated[tuple[TableName, ...], Meta(description="tables that exist before anybody reports")] = ()
    unknown_tables: Annotated[
        Literal["accept", "reject"], Meta(description="what becomes of a table that nobody has named before")
    ] = "accept"
    # Each costs some 30 KB; a flood of invented names ends here.
    tables_max: Annotated[int, Meta(ge=1, le=10_000)] = 512
    devices: Annotated[dict[DeviceName, TableName], Meta(description="device id → its table")] = {}
    # How the protocol is spoken.
    duplicate: Annotated[DuplicatePolicy, Meta(description="two connections with one id")] = DuplicatePolicy.ALLOW
    profile_d: Annotated[bool, Meta(description="whether /v1/ws speaks the vendor's production dialect")] = True
    # The vendor's clients take a socket without one for dead after 15 s.
    ack_s: Annotated[float, Meta(gt=0, le=60, description="between acks in dialect D")] = 5.0
    status_values: Annotated[StatusValues, Meta(description="seed, or extended by the values seen in the field")] = (
        StatusValues.SEED
    )
    uptime_mode: Annotated[UptimeMode, Meta(description="what UPTIME counts")] = UptimeMode.UPDATES
    timestamps: Annotated[TimestampMode, Meta(description="how TIMESTAMP is written")] = TimestampMode.LOCAL
    expose_custom: Annotated[bool, Meta(description="a thirteenth key CUSTOM in snapshots")] = False
    # Presence and alarms.
    offline_grace_s: Annotated[Seconds, Meta(description="until a lost reporter's fields are stale; 0 = never")] = 60.0
    mark_down: Annotated[bool, Meta(description="write down in place of a lost reporter")] = False
    final_update_s: Annotated[Seconds, Meta(description="a goodbye so soon after an update is no alarm")] = 10.0
    alarm_grace_s: Annotated[Seconds, Meta(description="how long a field is down until that is an alarm")] = 10.0
    repeat_s: Annotated[Seconds, Meta(description="until an alarm that nobody has seen is told again; 0 = never")] = (
        900.0
    )
    ignore: Annotated[
        dict[TablePattern, tuple[str, ...]], Meta(description="table, or prefix with *: fields it does without")
    ] = {}
    ignore_by_game: Annotated[
        bool, Meta(description="tables ARO-*, SBO-*, BAC-* do without the fields that their game has not")
    ] = False
    simulated: Annotated[bool, Meta(description="mark the tables as played by a simulator")] = False
    # Bounds.
    limits: Limits = STUDIO_LIMITS
    times: SocketTimes = SocketTimes()
    watch: WatchLimits = WatchLimits()

    @property
    def is_open(self) -> bool:
        """Whether no token of a reporter is configured, so that every one is taken."""
        return self.token is None and not self.tokens


def check_config(config: Config) -> None:
    """Look at what the types cannot.

    Raises:
        ConfigError: names the key.
    """
    for index, origin in enumerate(config.origins):
        if not _ORIGIN.fullmatch(origin):
            raise ConfigError(
                f'{origin!r}; accepted: "https://host", "http://host:port", "null" or "*"', f"origins[{index}]"
            )
    for name in config.ignore:
        try:
            ignored_by_lists(name.rstrip("*"), {name: config.ignore[name]})
        except KeyError as error:
            raise ConfigError(f"{error.args[0]!r} is no field of a table", f"ignore.{name}") from None
    secrets = [config.token, config.watch_token, *(entry.token for entry in config.tokens.values())]
    secrets += [entry.token for entry in config.watch_tokens.values()]
    if any(secret is not None and not secret.reveal() for secret in secrets):
        raise ConfigError("a token is empty; leave it out for none", "token")


def table_settings(config: Config, table: str) -> TableSettings:
    """What the model of one table takes of the settings."""
    listed = ignored_by_lists(table, config.ignore)
    by_game = ignored_by_game(table) if config.ignore_by_game else frozenset()
    return TableSettings(
        uptime_mode=config.uptime_mode,
        timestamps=config.timestamps,
        status_values=config.status_values,
        expose_custom=config.expose_custom,
        offline_grace_s=config.offline_grace_s,
        mark_down=config.mark_down,
        final_update_s=config.final_update_s,
        alarm_grace_s=config.alarm_grace_s,
        repeat_s=config.repeat_s,
        ignore=by_game if listed is None else listed,
        simulated=config.simulated,
    )
