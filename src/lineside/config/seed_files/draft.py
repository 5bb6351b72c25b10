"""The new settings file while it is made: sections and keys, each live or commented out with the sentence why."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lineside.config.decode import faults_of
from lineside.config.load import settings_from_table
from lineside.config.settings import Kind
from lineside.config.show import toml_from_table
from lineside.errors import ConfigError

COMMENT_COLUMN = 39
"""Where the comments behind keys begin, as in the file that ``lineside init`` writes without a seed."""

LINE_CHARACTERS_MAX = 110
"""Comments are folded here, so that they are read without scrolling."""


@dataclass(frozen=True, slots=True)
class Line:
    """One key of a section.

    Attributes:
        value: a TOML value; a text stands for itself (``$`` is doubled when it is written).
        comment: stands behind it.
        may_go: the section holds without it, so that it alone is commented out when it is not accepted.
        checked_as: key and value in its place when the file is checked before its secrets are on disk.
        off: why it is commented out; empty when it is live.
    """

    key: str
    value: Any
    comment: str = ""
    may_go: bool = False
    checked_as: tuple[str, Any] | None = None
    off: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the file.

    Attributes:
        path: names from the top; all of characters that TOML takes bare.
        notes: paragraphs above it.
        off: why all of it is commented out; empty when it is live.
    """

    path: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    off: str = ""

    @property
    def name(self) -> str:
        """As it stands in the brackets; empty for the top of the file."""
        return ".".join(self.path)


def settle(sections: Sequence[Section], kinds: Mapping[str, Kind], folder: Path) -> tuple[Section, ...]:
    """The same sections, with what `lineside check` would refuse commented out, and its reason.

    Args:
        folder: where the file will stand; its relative paths start there.

    Raises:
        ConfigError: something is refused that no section of these brought.
    """
    while True:
        try:
            settings_from_table(_table(sections), kinds, {}, source=folder / "lineside.toml")
            return tuple(sections)
        except ConfigError as error:
            settled = list(sections)
            for fault in faults_of(error):
                settled = _without(settled, fault)
            if settled == list(sections):
                raise
            sections = settled


def _without(sections: Sequence[Section], fault: ConfigError) -> list[Section]:
    """The sections with the key that is meant, or its whole section, commented out."""
    meant = [section for section in sections if section.path and _is_below(fault.key, section.name)]
    owner = max(meant, key=lambda section: len(section.path), default=None)
    if owner is None:
        return list(sections)
    key = fault.key.removeprefix(owner.name).lstrip(".").partition(".")[0].partition("[")[0]
    reason = str(fault).removeprefix(f"{fault.key}: ")
    line = next((line for line in owner.lines if line.key == key and not line.off), None)
    if line is not None and line.may_go:
        lines = tuple(replace(each, off=f"{key}: {reason}") if each is line else each for each in owner.lines)
        return [replace(section, lines=lines) if section is owner else section for section in sections]
    text = f"{key}: {reason}" if key and key != "kind" else reason
    # A fault in a table of named tables does not say in which: what may go there goes first.
    inner = [section for section in sections if key and _is_below(section.name, f"{owner.name}.{key}")]
    if any(line.may_go and not line.off for section in inner for line in section.lines):
        return [_bared(section, text) if section in inner else section for section in sections]
    return [
        replace(section, off=section.off or text) if _is_below(section.name, owner.name) else section
        for section in sections
    ]


def _bared(section: Section, reason: str) -> Section:
    """The section with everything that may go commented out."""
    lines = tuple(replace(line, off=line.off or reason) if line.may_go else line for line in section.lines)
    return replace(section, lines=lines)


def _is_below(key: str, name: str) -> bool:
    return key == name or key.startswith((f"{name}.", f"{name}["))


def _table(sections: Sequence[Section]) -> dict[str, Any]:
    """What is live, as the file would be read."""
    top: dict[str, Any] = {}
    for section in sections:
        if section.off:
            continue
        table = top
        for name in section.path:
            table = table.setdefault(name, {})
        for line in section.lines:
            if not line.off:
                key, value = line.checked_as or (line.key, line.value)
                table[key] = _literal(value)
    return top


def _literal(value: Any) -> Any:
    """Texts so that the settings take them as they are: ``${NAME}`` in a stranger's file is not a variable of ours."""
    match value:
        case str():
            return value.replace("$", "$$")
        case list() | tuple():
            return [_literal(item) for item in value]
    return value


def toml_text(head: Sequence[str], sections: Sequence[Section]) -> str:
    """The file. ``head`` is its opening paragraphs, without ``#``."""
    blocks = ["".join(_commented(text) for text in head)]
    blocks.extend(_section_text(section) for section in sections)
    return "\n".join(blocks)


def _section_text(section: Section) -> str:
    notes = "".join(_commented(text) for text in section.notes)
    if section.off:
        notes += _commented(f"Commented out: {section.off}")
    header = f"[{section.name}]\n" if section.path else ""
    body = header + "".join(_line_text(line) for line in section.lines)
    if section.off:
        body = "".join(text if text.startswith("# ") else f"# {text}" for text in body.splitlines(keepends=True))
    return notes + body


def _line_text(line: Line) -> str:
    text = toml_from_table({line.key: _literal(line.value)}).rstrip("\n")
    if line.off:
        return _commented(f"Commented out: {line.off}") + f"# {text}\n"
    return (f"{text:<{COMMENT_COLUMN - 1}} # {line.comment}" if line.comment else text) + "\n"


def _commented(text: str) -> str:
    """A paragraph as comment lines; nothing of a stranger's text leaves the comment."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return "".join(f"# {line}\n" for line in textwrap.wrap(plain, LINE_CHARACTERS_MAX, break_on_hyphens=False))
