"""What one section alone cannot know: addresses that collide, lines used twice, data that would hold its own keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lineside.config.address import Address, is_loopback, parse_address
from lineside.config.decode import quote, refuse
from lineside.config.settings import Kind, Settings
from lineside.errors import ConfigError


def check_together(settings: Settings, kinds: Mapping[str, Kind]) -> Settings:
    """The same settings with their warnings.

    Raises:
        ConfigError: settings that are each fine and cannot hold together.
    """
    faults: list[ConfigError] = []
    listens = list(_listens(settings, kinds, faults))
    _check_collisions(listens, faults)
    _check_lines(settings, kinds, faults)
    _check_web(settings, faults)
    _check_keys(settings, faults)
    _check_sinks(settings, faults)
    if settings.journal.url != "sqlite:":
        text = f'{quote(settings.journal.url)} is not built in this version; wanted "sqlite:"'
        faults.append(ConfigError(text, "journal.url"))
    refuse(faults)
    return replace(settings, warnings=tuple(_warnings(settings, listens)))


def _listens(settings: Settings, kinds: Mapping[str, Kind], faults: list[ConfigError]) -> Iterator[tuple[str, Address]]:
    texts = [("web.address", settings.web.address)]
    for gateway in settings.gateways.values():
        listens = kinds[gateway.kind].listens(gateway.config)
        texts.extend((f"gateways.{gateway.name}.{key}", text) for key, text in listens)
    for key, text in texts:
        try:
            yield key, parse_address(text, key)
        except ConfigError as error:
            faults.append(error)


def _check_collisions(listens: list[tuple[str, Address]], faults: list[ConfigError]) -> None:
    taken: dict[Address, str] = {}
    for key, address in listens:
        if address.port == 0:
            continue
        if address in taken:
            text = f"{address.host}:{address.port} is taken by {taken[address]}; wanted an address of its own"
            faults.append(ConfigError(text, key))
        taken.setdefault(address, key)


def _check_lines(settings: Settings, kinds: Mapping[str, Kind], faults: list[ConfigError]) -> None:
    taken: dict[str, str] = {}
    for gateway in settings.gateways.values():
        for name, line in kinds[gateway.kind].lines(gateway.config):
            key = f"gateways.{gateway.name}.{name}"
            if line and line in taken:
                text = f"{quote(line)} is used by {taken[line]} already; a line has one owner"
                faults.append(ConfigError(text, key))
            taken.setdefault(line, key)


def _check_web(settings: Settings, faults: list[ConfigError]) -> None:
    if bool(settings.web.cert) != bool(settings.web.key):
        given, missing = ("cert", "key") if settings.web.cert else ("key", "cert")
        faults.append(ConfigError(f"missing; web.{given} is given and HTTPS needs both", f"web.{missing}"))
        return
    for name, path in (("cert", settings.cert), ("key", settings.key)):
        if path is not None and not path.is_file():
            faults.append(ConfigError(f"{quote(str(path))} is not a file; wanted a PEM file", f"web.{name}"))


def _check_keys(settings: Settings, faults: list[ConfigError]) -> None:
    if settings.keys_file.resolve().is_relative_to(settings.data_dir.resolve()):
        text = (
            f"{quote(str(settings.keys_file))} lies inside data_dir {quote(str(settings.data_dir))}; "
            "wanted a file outside it, so that a copy of the data stays sealed"
        )
        faults.append(ConfigError(text, "keys.file"))


def _check_sinks(settings: Settings, faults: list[ConfigError]) -> None:
    for sink in settings.sinks.values():
        for index, name in enumerate(sink.config.gateways):
            if name not in settings.gateways:
                known = ", ".join(settings.gateways) or "none"
                text = f"{quote(name)} is no gateway of these settings; there are {known}"
                faults.append(ConfigError(text, f"sinks.{sink.name}.gateways[{index}]"))


def _warnings(settings: Settings, listens: list[tuple[str, Address]]) -> Iterator[str]:
    """Loopback is the default everywhere; who opens a listener to the network reads once what that means."""
    for key, address in listens:
        if is_loopback(address.host):
            continue
        if key == "web.address":
            if settings.cert is None:
                yield (
                    f"{key}: {address.host} is reachable from the network without HTTPS; tokens and cookies travel "
                    "in clear (give web.cert and web.key, or put a TLS proxy before it)"
                )
        else:
            yield (
                f"{key}: {address.host} is reachable from the network and this protocol has no authentication; "
                "keep it on a private network"
            )
    if not settings.gateways:
        yield "gateways: none is named, so there is nothing to run but the console"
