"""Where the data is: which settings file, which data folder, which keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineside.cli.output import tell
from lineside.errors import ConfigError

if TYPE_CHECKING:
    from lineside.config import Settings

DEFAULT_FILE = Path("lineside.toml")
DEFAULT_DATA = Path("var")
DEMO_DATA = Path("var/demo")
JOURNAL_FILE = "journal.db"

ConfigOption = Annotated[
    Path | None, typer.Option("-c", "--config", help="Settings file (./lineside.toml when it is there).")
]
DataOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Data folder, in place of the one in the settings.")
]
KeysOption = Annotated[Path | None, typer.Option("--keys", help="Keys file, in place of the one in the settings.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder and the keys of its journal."""

    data_dir: Path
    keys_file: Path

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.data_dir / JOURNAL_FILE


def settings_file(config: Path | None) -> Path | None:
    """The settings file to read: the named one, or the usual one when it is there."""
    return config if config is not None else DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def load_settings(config: Path | None) -> Settings:
    """Read and check the settings; the defaults alone when no file is named and none is there.

    Raises:
        ConfigError: what is wrong in it.
    """
    from lineside.app.kinds import SETTINGS_KINDS
    from lineside.config import load

    return load(settings_file(config), SETTINGS_KINDS)


def find_place(config: Path | None, data_dir: Path | None, keys: Path | None = None) -> Place:
    """Where the data is.

    ``--data-dir`` wins over the settings. With neither, and nothing recorded in the usual place, the data that
    ``lineside demo`` left is taken, and standard error says so.

    Raises:
        ConfigError: the settings are wrong.
    """
    if data_dir is not None:
        return Place(data_dir, keys or keys_beside(data_dir))
    if settings_file(config) is not None:
        settings = load_settings(config)
        place = Place(settings.data_dir, keys or settings.keys_file)
    else:
        place = Place(DEFAULT_DATA, keys or keys_beside(DEFAULT_DATA))
    demo = Place(DEMO_DATA, keys or keys_beside(DEMO_DATA))
    if config is None and not place.journal.exists() and demo.journal.exists():
        tell(f"no journal in {place.data_dir}; using the demo's in {demo.data_dir}")
        return demo
    return place


def keys_beside(data_dir: Path) -> Path:
    """The keys file of a data folder without settings: ``NAME.keys.toml`` beside it, or ``keys.toml`` there."""
    own = data_dir.parent / f"{data_dir.name}.keys.toml"
    shared = data_dir.parent / "keys.toml"
    return shared if shared.is_file() and not own.is_file() else own


def require_journal(place: Place) -> None:
    """Make sure that something was recorded there.

    Raises:
        ConfigError: no journal; says where it was looked for.
    """
    if not place.journal.exists():
        raise ConfigError(f"no journal in {place.data_dir}; name the settings with -c or the folder with --data-dir")
