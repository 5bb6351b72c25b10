"""What a reload would change: two settings compared, as a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lineside.config.settings import Settings
from lineside.config.show import masked_settings


@dataclass(frozen=True, slots=True)
class Change:
    """One key that differs; ``old`` or ``new`` is None where the key is absent. Secrets are masked."""

    key: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.key}: {self.old!r} -> {self.new!r}"


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs, by what must happen for it.

    Attributes:
        added, removed, changed: names of gateways; a changed one is stopped and started with its new settings.
        process: keys that only a new process can take over (``data_dir``, ``web.address``, …).
        changes: every key, for people.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    process: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both settings are the same."""
        return not (self.added or self.removed or self.changed or self.process)


def difference(old: Settings, new: Settings) -> Difference:
    """Compare the settings in force with those of a changed file.

    Values are compared unmasked, so that a changed password restarts its gateway; what is told is masked.
    """
    both = [name for name in old.gateways if name in new.gateways]
    changed = tuple(name for name in both if old.gateways[name] != new.gateways[name])
    changes = tuple(_changes(masked_settings(old), masked_settings(new)))
    return Difference(
        added=tuple(name for name in new.gateways if name not in old.gateways),
        removed=tuple(name for name in old.gateways if name not in new.gateways),
        changed=changed,
        process=tuple(_process_keys(old, new, changes)),
        changes=changes,
    )


def _process_keys(old: Settings, new: Settings, changes: tuple[Change, ...]) -> Iterator[str]:
    seen = [change.key for change in changes if not change.key.startswith("gateways.")]
    yield from seen
    for section in ("web", "journal", "hub", "desk", "supervise", "log", "sinks"):
        told = any(key.startswith(f"{section}.") for key in seen)
        if getattr(old, section) != getattr(new, section) and not told:
            yield section  # differs only in what is masked


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], key: str = "") -> Iterator[Change]:
    for name in dict.fromkeys((*old, *new)):
        below = f"{key}.{name}" if key else name
        one, other = old.get(name), new.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _changes(one, other, below)
        elif one != other:
            yield Change(below, one, other)
