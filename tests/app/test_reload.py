"""Reload: everything is checked first, only what changed is restarted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from lineside.app.server import Server
from lineside.config import Settings
from lineside.errors import ConfigError
from lineside.runtime.command import CommandUnknown
from lineside.runtime.journal import Append
from lineside.runtime.step import Moment
from tests.app.support import serving, settings, ventilator
from tests.support.processes import free_port
from tests.support.wait import until


class File:
    """Stands for the settings file: what is read next."""

    def __init__(self, first: Settings) -> None:
        self.now: Settings | ConfigError = first

    def read(self) -> Settings:
        if isinstance(self.now, ConfigError):
            raise self.now
        return self.now


@asynccontextmanager
async def reloading(first: Settings) -> AsyncIterator[tuple[Server, File]]:
    file = File(first)
    async with serving(first, file.read) as server:
        yield server, file


def gateways_of(server: Server) -> list[str]:
    return [info.name for info in server.gateways.infos()]


async def record_something(server: Server, stream: str, now: Moment) -> None:
    await server.journal.append(Append(events=((stream, CommandUnknown("c", "r")),), at=now.utc))


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A broadcast client, as soon as its gateway listens. (A writer that nobody holds closes its connection.)"""
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)


async def test_changed_gateway_is_restarted_and_its_neighbour_keeps_its_connections(tmp_path: Path) -> None:
    hall_port, ward_port = free_port(), free_port()
    hall = ventilator(tmp_path, line="pty:/none/a", broadcast=[f"127.0.0.1:{hall_port}"])
    ward = ventilator(tmp_path, broadcast=[f"127.0.0.1:{ward_port}"])
    async with reloading(settings(tmp_path, hall=hall, ward=ward)) as (server, file):
        (of_hall, to_hall), (of_ward, to_ward) = await connect(hall_port), await connect(ward_port)
        file.now = settings(tmp_path, hall=hall, ward={**ward, "period_s": 1.0})
        told = await server.reloader.reload()
        assert (told.changes, told.refused) == (["gateways.ward.period_s: 0.2 -> 1.0"], "")
        assert await of_ward.read() == b""
        _, to_ward_again = await connect(ward_port)
        assert not of_hall.at_eof()
        assert gateways_of(server) == ["hall", "ward"]
        for writer in (to_hall, to_ward, to_ward_again):
            writer.close()


async def test_gateways_are_added_and_dropped(tmp_path: Path) -> None:
    async with reloading(settings(tmp_path, hall=ventilator(tmp_path))) as (server, file):
        file.now = settings(tmp_path, ward=ventilator(tmp_path))
        assert (await server.reloader.reload()).refused == ""
        assert gateways_of(server) == ["ward"]
        await until(lambda: server.units.all("ward"), what="the new gateway's unit")
        assert not server.units.all("hall")


async def test_gateway_with_recorded_events_is_not_dropped(tmp_path: Path, now: Moment) -> None:
    async with reloading(settings(tmp_path, hall=ventilator(tmp_path))) as (server, file):
        await record_something(server, "hall/1", now)
        file.now = settings(tmp_path, ward=ventilator(tmp_path))
        assert "gateways.hall has recorded events and cannot be dropped" in (await server.reloader.reload()).refused
        assert gateways_of(server) == ["hall"]


async def test_key_of_the_process_needs_a_new_one_and_nothing_is_changed(tmp_path: Path) -> None:
    async with reloading(settings(tmp_path, ward=ventilator(tmp_path))) as (server, file):
        new = settings(tmp_path, ward=ventilator(tmp_path, period_s=1.0), hall=ventilator(tmp_path, line="pty:/none/a"))
        file.now = replace(new, web=msgspec.structs.replace(new.web, address="127.0.0.1:1"))
        assert (await server.reloader.reload()).refused.startswith("web.address: only a restart")
        assert gateways_of(server) == ["ward"]
        assert server.reloader.settings.gateways["ward"].config.period_s == 0.2


async def test_fault_in_the_file_changes_nothing(tmp_path: Path) -> None:
    async with reloading(settings(tmp_path, ward=ventilator(tmp_path))) as (server, file):
        file.now = ConfigError("is wrong", "web.address")
        assert (await server.reloader.reload()).refused == "web.address: is wrong"
        assert gateways_of(server) == ["ward"]


async def test_unchanged_file_changes_nothing(tmp_path: Path) -> None:
    given = settings(tmp_path, ward=ventilator(tmp_path))
    async with reloading(given) as (server, _):
        told = await server.reloader.reload()
        assert (told.changes, told.refused) == ([], "")
