"""People and programs at the machines, through standard input: words on a keyboard, or one JSON object a line.

::

    > bill 20                                   {"machine": "1", "do": "bill", "dollars": 20}
    machine 1: credits 2000, game 1, …          {"ok": true, "machine": "1", "credits": 2000, …}
    > 2: open slot                              {"machine": "2", "do": "open", "door": "slot"}
    machine 2: …                                {"ok": false, "machine": "2", "error": "…"}

A line without a machine means the first one. `help` lists what can be done, `report` what was seen of the hosts, and
`all` (JSON: ``"do": "all"``) shows every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from lineside.slots.simulator.acts import ACTS, SEAT_ACTS, parse_words
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.simulator.seat import Seat
from lineside.slots.simulator.works import Refused

HELP = "\n".join(
    [f"{name:14} {text}" for name, (_, text) in ACTS.items()]
    + [f"{name:14} {text}" for name, text in SEAT_ACTS.items()]
    + [f"{'all':14} show every machine", f"{'report':14} what was seen of the hosts"]
    + ["", "Before any of them, another machine: 2: play 5"]
)


class Control:
    """Takes lines and answers them.

    Args:
        seats: the machines by name.
        report: shown by ``report``.
    """

    def __init__(self, seats: Mapping[str, Seat], report: SimulatorReport) -> None:
        self._seats = seats
        self._report = report

    def words(self, line: str) -> str:
        """A line of a person; what to show."""
        name, colon, rest = line.partition(":")
        name, line = (name.strip(), rest) if colon else (next(iter(self._seats)), line)
        try:
            act, params = self._spoken(line)
            if act == "help":
                return HELP
            if act == "report":
                return str(self._report)
            if act == "all":
                return "\n".join(_in_words(seat.show()) for seat in self._seats.values())
            return _in_words(self._seat(name).do(act, **params))
        except Refused as refusal:
            return str(refusal)

    def _spoken(self, line: str) -> tuple[str, dict[str, Any]]:
        word = line.strip().lower()
        return (word, {}) if word in ("help", "report", "all") else parse_words(line)

    def json(self, line: str) -> str:
        """A line of a program; the line to answer."""
        return msgspec.json.encode(self._answer(line)).decode()

    def _answer(self, line: str) -> dict[str, Any]:
        try:
            order = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return {"ok": False, "error": f"no JSON object: {error}"}
        name = str(order.pop("machine", next(iter(self._seats))))
        act = str(order.pop("do", "show"))
        try:
            if act == "all":
                return {"ok": True, "machines": [seat.show() for seat in self._seats.values()]}
            if act == "report":
                return {"ok": True, "report": msgspec.to_builtins(self._report)}
            return {"ok": True, **self._seat(name).do(act, **order)}
        except (Refused, TypeError) as refusal:
            return {"ok": False, "machine": name, "error": str(refusal)}

    def _seat(self, name: str) -> Seat:
        if name not in self._seats:
            raise Refused(f"no machine {name!r}; there are {', '.join(self._seats)}")
        return self._seats[name]


def _in_words(shown: Mapping[str, Any]) -> str:
    told = [f"{name} {value}" for name, value in shown.items() if name != "machine" and value not in ("", 0, [], False)]
    return f"machine {shown['machine']}: {', '.join(told) or 'no credits'}"
