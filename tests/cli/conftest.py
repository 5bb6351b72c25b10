"""The command line run in the test's own process, and a demo to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from lineside.cli import main
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
