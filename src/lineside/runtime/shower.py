"""Where the values that a unit shows go: to the hub, or to an outlet of its gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from lineside.runtime.step import Show


class Shower(Protocol):
    """The two methods of the hub that a unit uses."""

    def state(self, topic: str, value: Any) -> None:
        """Show a value of which only the latest counts."""
        ...

    def feed(self, topic: str, value: Any) -> None:
        """Show a value of which every one counts."""
        ...


class Shows:
    """The values of one unit.

    Attributes:
        outlets: aspects that go to a function of the gateway in place of the hub; must not block.
    """

    def __init__(self, unit: str, hub: Shower) -> None:
        self.outlets: dict[str, Callable[[Any], None]] = {}
        self._unit = unit
        self._hub = hub
        self._topics: dict[str, str] = {}  # aspect → topic; a model has a handful of aspects

    def show(self, shows: tuple[Show, ...]) -> None:
        """Show all of them, in order."""
        for show in shows:
            aspect = show.aspect
            outlet = self.outlets.get(aspect)
            if outlet is not None:
                outlet(show.value)
            elif show.feed:
                self._hub.feed(self._topic(aspect), show.value)
            else:
                self._hub.state(self._topic(aspect), show.value)

    def state(self, aspect: str, value: Any) -> None:
        """Show one state on the hub."""
        self._hub.state(self._topic(aspect), value)

    def _topic(self, aspect: str) -> str:
        topic = self._topics.get(aspect)
        if topic is None:
            topic = self._topics[aspect] = f"{self._unit}/{aspect}"
        return topic
