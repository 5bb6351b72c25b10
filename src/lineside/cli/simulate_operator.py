"""``simulate operator``: a person who steers a running server now and then, through the same door as everybody."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineside.cli.output import tell
from lineside.cli.place import ConfigOption, DataOption, find_place
from lineside.cli.reach import require_server
from lineside.cli.simulate import end_with_stdin, simulate_app
from lineside.errors import LinesideError

if TYPE_CHECKING:
    from lineside.adapters.control_client import ControlClient

NAMES = ("anna", "ben", "carla", "dirk", "elif", "farid", "grete", "hugo", "parcel 4711", "parcel 4712", "laundry")
"""For whom a locker is; nobody's."""
MINUTES = (2, 5, 15, 60, 240, 1440)
REVOKED = 0.2
"""Part of the orders that take a code back."""


@simulate_app.command("operator")
def operator(
    every: Annotated[float, typer.Option("--every", min=0.05, help="About so often, s.")] = 5.0,
    first: Annotated[int, typer.Option("--first", min=0, help="Orders at once at the beginning.")] = 12,
    duration: Annotated[float, typer.Option("--duration", min=0.0, help="End by itself after, seconds.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="Of every random choice.")] = 1,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", help="End when standard input ends.")] = False,
    config: ConfigOption = None,
    data_dir: DataOption = None,
) -> None:
    """Play an operator: set and revoke locker codes on the boards of a running server."""
    if while_stdin:
        end_with_stdin()
    place, chance = find_place(config, data_dir), random.Random(seed)
    ends_at = time.monotonic() + duration if duration else float("inf")
    waits = _waits(chance, first, every)
    while time.monotonic() < ends_at:
        time.sleep(min(next(waits), max(0.0, ends_at - time.monotonic())))
        try:
            with require_server(place) as server:
                _order(server, chance)
        except LinesideError as error:  # the server starts, or the board refuses: a person would try again
            tell(str(error))
            time.sleep(1.0)


def _waits(chance: random.Random, first: int, every: float) -> Iterator[float]:
    for _ in range(first):
        yield 0.3
    while True:
        yield chance.uniform(0.5, 1.5) * every


def _order(server: ControlClient, chance: random.Random) -> None:
    """One order for one board that talks and does not wait for an approval."""
    units = server.get("/api/units")["units"]
    boards = [unit["unit"] for unit in units if unit["kind"] == "lockers" and unit["connected"]]
    if not boards:
        return
    unit = chance.choice(boards)
    board = server.get(f"/api/units/{unit}")["values"].get("board")
    if board is None or board["pending"]["is"] or not board["cells"]:
        return
    cell = chance.choice(board["cells"])
    body: dict[str, Any] = {"unit": unit, "name": "revoke_code", "reason": "demo", "params": {"cell": cell["cell"]}}
    if cell["phase"] != "confirmed" or chance.random() >= REVOKED:
        params = {"cell": cell["cell"], "minutes": chance.choice(MINUTES), "label": chance.choice(NAMES)}
        body |= {"name": "set_code", "params": params}
    server.post("/api/commands", body)
