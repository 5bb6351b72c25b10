"""``simulate egm``: slot machines on a line, with people before them, faults, and checks on the host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lineside.cli.simulate import FAULTS, end_with_stdin, simulate_app

MACHINE = "Machine"
PEOPLE = "People"


def _chance(what: str) -> Any:
    return typer.Option(min=0.0, max=1.0, help=f"Chance per answer: {what}", rich_help_panel=FAULTS)


def _seconds(what: str) -> Any:
    return typer.Option(min=0.0, help=what, rich_help_panel=FAULTS)


@simulate_app.command("egm")
def egm(
    line: Annotated[
        list[str] | None,
        typer.Option(
            "--line", help="pty:PATH, nine://host:port, socket://host:port or a device; repeat it for more lines."
        ),
    ] = None,
    machines: Annotated[int, typer.Option("--machines", "-n", min=1, max=127, help="On each line.")] = 1,
    address: Annotated[int, typer.Option("--address", min=1, max=127, help="Of the first; the others count on.")] = 1,
    state: Annotated[
        Path | None, typer.Option("--state", help="Folder of the machines' memories; without, they end with us.")
    ] = None,
    synced: Annotated[bool, typer.Option("--synced", help="Wait for the disk at each change of a memory.")] = False,
    profile: Annotated[str, typer.Option("--profile", help="Vendor's ways: plain, apex, merkur, echoing …")] = "",
    paced: Annotated[bool, typer.Option("--paced", help="Answers take the time of 19200 baud.")] = False,
    duration: Annotated[float, typer.Option("--duration", min=0.0, help="End by itself after, seconds.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="Of every random choice; the same seed repeats them.")] = 1,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", help="End when standard input ends.")] = False,
    serial: Annotated[str, typer.Option("--serial", rich_help_panel=MACHINE)] = "000001",
    asset: Annotated[int, typer.Option("--asset", min=0, rich_help_panel=MACHINE)] = 1,
    denomination: Annotated[
        str, typer.Option("--denomination", help="Code of the accounting denomination, hex.", rich_help_panel=MACHINE)
    ] = "01",
    games: Annotated[int, typer.Option("--games", min=1, max=99, rich_help_panel=MACHINE)] = 6,
    validation: Annotated[
        str, typer.Option("--validation", help="none, standard, system or enhanced.", rich_help_panel=MACHINE)
    ] = "enhanced",
    slow: Annotated[
        bool, typer.Option("--slow", help="May not be polled faster than every 200 ms.", rich_help_panel=MACHINE)
    ] = False,
    no_aft: Annotated[bool, typer.Option("--no-aft", rich_help_panel=MACHINE)] = False,
    game_s: Annotated[
        float, typer.Option("--game-seconds", min=0.0, help="Length of a game.", rich_help_panel=MACHINE)
    ] = 2.0,
    interactive: Annotated[
        bool,
        typer.Option("--interactive", "-i", help="Play from the keyboard; 'help' lists how.", rich_help_panel=PEOPLE),
    ] = False,
    json_lines: Annotated[
        bool, typer.Option("--json", help="One JSON order a line on standard input.", rich_help_panel=PEOPLE)
    ] = False,
    play: Annotated[
        float,
        typer.Option("--play", min=0.0, max=600.0, help="Somebody plays, games a minute.", rich_help_panel=PEOPLE),
    ] = 0.0,
    drop: Annotated[float, _chance("It is lost.")] = 0.0,
    late: Annotated[float, _chance("It begins late.")] = 0.0,
    gap: Annotated[float, _chance("It pauses in its middle.")] = 0.0,
    flip: Annotated[float, _chance("A bit of it is turned.")] = 0.0,
    crc: Annotated[float, _chance("Its check value has the wrong order.")] = 0.0,
    doubled: Annotated[float, _chance("It arrives twice.")] = 0.0,
    busy: Annotated[float, _chance("'Busy' in its place.")] = 0.0,
    nack: Annotated[float, _chance("A NACK in its place.")] = 0.0,
    echo: Annotated[float, _chance("The host's bytes come back before it.")] = 0.0,
    chirp: Annotated[float, _chance("A chirp before it.")] = 0.0,
    rte: Annotated[float, _chance("An event in its place (real-time mode).")] = 0.0,
    power_every: Annotated[float, _seconds("Power is cut and comes back about so often, s.")] = 0.0,
    unplug_every: Annotated[float, _seconds("The cable is out so often, s.")] = 0.0,
    unplug_for: Annotated[float, _seconds("And so long, s.")] = 7.0,
) -> None:
    """Play slot machines against a SAS host."""
    from lineside.adapters.nine_far_end import open_burst_far_end
    from lineside.slots.simulator import Keyboard, run_simulator, settings_from

    machine = {
        "serial": serial,
        "asset": asset,
        "denomination": _code(denomination),
        "denominations": (_code(denomination),),
        "games": games,
        "validation": validation,
        "fast": not slow,
        "aft": not no_aft,
        "game_s": game_s,
    }
    faults = {
        "drop": drop,
        "late": late,
        "gap": gap,
        "flip": flip,
        "crc": crc,
        "doubled": doubled,
        "busy": busy,
        "nack": nack,
        "echo": echo,
        "chirp": chirp,
        "rte": rte,
        "power_every_s": power_every,
        "unplug_every_s": unplug_every,
        "unplug_for_s": unplug_for,
    }
    settings = settings_from(
        {
            "lines": tuple(line or ("pty:var/slots",)),
            "machines": machines,
            "address": address,
            "state_dir": str(state or ""),
            "synced": synced,
            "profile_name": profile,
            "paced": paced,
            "play": play,
            "seed": seed,
            "duration_s": duration,
            "machine": machine,
            "faults": faults,
        }
    )
    keyboard = Keyboard.JSON if json_lines else Keyboard.WORDS if interactive else Keyboard.NONE
    if while_stdin and keyboard is Keyboard.NONE:
        end_with_stdin()
    run_simulator(settings, open_burst_far_end, keyboard=keyboard)


def _code(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no hex code, as 01 or 0B", param_hint="--denomination") from None
