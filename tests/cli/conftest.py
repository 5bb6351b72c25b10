"""The command line run in the test's own process, and a demo to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from lineside.app.foundation import open_journal
from lineside.cli import main
from lineside.runtime.command import CommandUnknown
from lineside.runtime.journal import Append, JournalSettings, Keys
from tests.support.processes import Running, lineside


@dataclass(frozen=True)
class Done:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        """Standard output as one JSON value."""
        return msgspec.json.decode(self.out)

    @property
    def json_lines(self) -> list[object]:
        """Standard output as one JSON value per line."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """``cli("events", "--json")`` in an empty folder, without settings in the environment."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["lineside", *arguments])
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        written = capsys.readouterr()
        assert isinstance(code, int)
        return Done(code, written.out, written.err)

    return run


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A data folder where a demo leaves its own, with one event of ward/1 and no server on it."""
    data_dir = tmp_path / "var" / "demo"
    data_dir.mkdir(parents=True)
    keys = Keys.load_or_make(tmp_path / "var" / "demo.keys.toml")

    async def record() -> None:
        journal = open_journal(data_dir, keys, JournalSettings())
        event = CommandUnknown("c-1", "nobody answered")
        await journal.append(Append(events=(("ward/1", event),), at=datetime(2026, 5, 27, tzinfo=UTC)))
        await journal.close()

    asyncio.run(record())
    return data_dir


@dataclass(frozen=True)
class DemoPlace:
    """A running demo."""

    folder: Path
    running: Running
    url: str

    @property
    def data(self) -> tuple[str, str]:
        """Options that lead a command to it."""
        return "--data-dir", str(self.folder / "var" / "demo")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPlace]:
    """`lineside demo` on a free port, with its simulator, for all tests of this folder."""
    folder = tmp_path_factory.mktemp("demo")
    with lineside("demo", "--port", "0", folder=folder) as running:
        url = running.wait_for("open http").removeprefix("open ")
        yield DemoPlace(folder, running, url)
        assert running.end() == 0, running.err
