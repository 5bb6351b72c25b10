"""A small host on a real line, written for these tests: `80` and `81` in turn, long polls between."""

from __future__ import annotations

import asyncio

from tests.slots.simulator.bench import GENERAL, NOBODY


class NineHost:
    """Speaks ``nine://``: two bytes per character, the ninth bit first."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> NineHost:
        host, _, port = self._where.partition("//")[2].partition(":")
        self._reader, self._writer = await asyncio.open_connection(host, int(port))
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._writer is not None
        self._writer.close()

    def send(self, frame: bytes, wakeups: tuple[int, ...] = (0,)) -> None:
        assert self._writer is not None
        self._writer.write(b"".join(bytes((index in wakeups, byte)) for index, byte in enumerate(frame)))

    async def read(self, count: int) -> tuple[bytes, list[int]]:
        """So many characters, and where their ninth bit was 1."""
        assert self._reader is not None
        raw = await asyncio.wait_for(self._reader.readexactly(2 * count), 20)
        return raw[1::2], [index for index in range(count) if raw[2 * index]]

    async def ask(self, frame: bytes, count: int) -> bytes:
        """A poll and its answer of so many bytes, then `80`."""
        self.send(frame)
        answer, _ = await self.read(count)
        self.send(NOBODY)
        return answer

    async def poll(self) -> int:
        """A general poll, acknowledged."""
        return (await self.ask(GENERAL, 1))[0]
