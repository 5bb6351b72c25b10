"""The sections of ``lineside.toml`` and the frozen result of reading it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from lineside.adapters.sql_sink.settings import SqlSinkConfig
from lineside.adapters.web_server.settings import WebLimits
from lineside.console.sessions import AccessSettings
from lineside.runtime.desk import DeskSettings
from lineside.runtime.guard import Limits
from lineside.runtime.hub import HubSettings
from lineside.runtime.journal import JournalSettings
from lineside.runtime.supervise import SupervisorSettings

# Every page and every program on the network may follow live values: the hub takes 4,000 readers. One address may be a
# whole house behind a router, and still not take all places.
WEB_LIMITS = Limits(connections_max=4096, connections_per_address_max=1100)

NAME = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
"""Names of gateways, units and sinks: they stand in stream names, topics, URLs and file names without escaping."""

NAME_WORDS = "1 to 64 of the characters A-Z a-z 0-9 _ . ~ -"


class LogLevel(StrEnum):
    """From which weight on a line is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a line is written; ``auto`` is text on a terminal and JSON elsewhere."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file: frozen, and a key it does not know is an error."""


class KeysSection(Section, frozen=True):
    """``[keys]``: the file with sealing, signing and command keys.

    Attributes:
        file: made on the first start, mode 0600, outside ``data_dir`` so that a copied journal stays sealed. With
            systemd credentials: ``file = "${CREDENTIALS_DIRECTORY}/keys.toml"``.
    """

    file: str = "keys.toml"


class WebSection(Section, frozen=True):
    """``[web]``: console, HTTP API, live feed and metrics on one port.

    Attributes:
        address: ``host:port``; port 0 takes a free one.
        cert: PEM file of the certificate chain; HTTPS when given, together with ``key``.
        key: PEM file of its private key.
        hosts: further names that browsers may use in the address bar (the Host check); loopback names and the
            address itself always count.
        limits: the guard of this listener.
        http: bounds of one request, and of the server's answers.
        access: login codes, sessions and tokens.
    """

    address: str = "127.0.0.1:8000"
    cert: str = ""
    key: str = ""
    hosts: tuple[str, ...] = ()
    limits: Limits = WEB_LIMITS
    http: WebLimits = WebLimits()
    access: AccessSettings = AccessSettings()


class JournalSection(JournalSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[journal]``: where events are kept, and the journal's own limits.

    Attributes:
        url: ``sqlite:`` is the file ``journal.db`` in ``data_dir``; nothing else is built.
    """

    url: str = "sqlite:"


class LogSection(Section, frozen=True):
    """``[log]``: lines on the standard error stream."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.AUTO


class FileSections(Section, frozen=True):
    """The top of the file without its open tables ``[gateways.*]`` and ``[sinks.*]``."""

    data_dir: str = "var"
    keys: KeysSection = KeysSection()
    web: WebSection = WebSection()
    journal: JournalSection = JournalSection()
    hub: HubSettings = HubSettings()
    desk: DeskSettings = DeskSettings()
    supervise: SupervisorSettings = SupervisorSettings()
    log: LogSection = LogSection()


@dataclass(frozen=True, slots=True)
class Kind:
    """What the settings need to know of one kind of gateway; the registry is `lineside.app.KINDS`.

    Attributes:
        config: the house's Config, a frozen Struct with ``forbid_unknown_fields``.
        listens: (key below the gateway, ``host:port``) of everything that a config listens on.
        lines: (key below the gateway, device or address) of everything that a config opens alone; two cannot share one.
    """

    config: type[msgspec.Struct]
    listens: Callable[[Any], Iterable[tuple[str, str]]] = lambda config: ()
    lines: Callable[[Any], Iterable[tuple[str, str]]] = lambda config: ()


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """One ``[gateways.NAME]``: its kind and the house's own Config."""

    name: str
    kind: str
    config: Any


SINK_KINDS: Mapping[str, type[SqlSinkConfig]] = {"sql": SqlSinkConfig}
"""Every kind of sink that is built → its settings."""


@dataclass(frozen=True, slots=True)
class SinkEntry:
    """One ``[sinks.NAME]``: its kind and that kind's own settings."""

    name: str
    kind: str
    config: SqlSinkConfig


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything, read and checked.

    Attributes:
        source: the file, or None when the defaults alone are used.
        data_dir, keys_file, cert, key: absolute, or relative to the working directory as the file's own path was.
        gateways: by name, in the order of the file.
        sinks: the same.
        warnings: what is allowed and still worth a line at the start.
        written: the tables as they stand in the file, with ``${NAME}`` and ``*_file`` unresolved, for printing.
    """

    source: Path | None
    data_dir: Path
    keys_file: Path
    cert: Path | None
    key: Path | None
    web: WebSection
    journal: JournalSection
    hub: HubSettings
    desk: DeskSettings
    supervise: SupervisorSettings
    log: LogSection
    gateways: Mapping[str, GatewaySettings]
    sinks: Mapping[str, SinkEntry] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    written: Mapping[str, Any] = field(default_factory=dict)
