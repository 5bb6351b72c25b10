"""``simulate board``: smart-locker boards against a server, many at once, with people before them and faults."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lineside.cli.simulate import FAULTS, end_with_stdin, simulate_app

CABINET = "Cabinet"
MANNERS = "Manners of the board, where the protocol leaves them open"
PEOPLE = "People"


def _chance(what: str) -> Any:
    return typer.Option(min=0.0, max=1.0, help=f"Chance per request: {what}", rich_help_panel=FAULTS)


def _seconds(what: str) -> Any:
    return typer.Option(min=0.0, help=what, rich_help_panel=FAULTS)


@simulate_app.command("board")
def board(
    server: Annotated[str, typer.Option("--server", help="host:port of the server.")] = "127.0.0.1:5000",
    name: Annotated[str, typer.Option("--id", help="ID of the first board; the others count on.")] = "1953",
    boards: Annotated[int, typer.Option("--boards", "-n", min=1, help="How many, all in this process.")] = 1,
    period: Annotated[float, typer.Option("--period", min=0.001, help="From a reply to the next request, s.")] = 10.0,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.001, help="Without a reply it asks again with SEND + 1 after, s.")
    ] = 5.0,
    channels: Annotated[str, typer.Option("--channels", help="wifi, gsm or both.")] = "wifi",
    duration: Annotated[float, typer.Option("--duration", min=0.0, help="End by itself after, seconds.")] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="Of every random choice; the same seed repeats them.")] = 1,
    codes: Annotated[bool, typer.Option("--codes", help="Say which cells have codes; the codes are masked.")] = False,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", help="End when standard input ends.")] = False,
    columns: Annotated[int, typer.Option("--columns", min=1, max=64, rich_help_panel=CABINET)] = 8,
    rows: Annotated[int, typer.Option("--rows", min=1, max=64, rich_help_panel=CABINET)] = 8,
    missing: Annotated[
        list[int] | None,
        typer.Option("--missing", help="A cell without a lock; may be repeated.", rich_help_panel=CABINET),
    ] = None,
    raw_locks: Annotated[
        bool, typer.Option("--raw-locks", help="Report 8 x 8 outputs whatever the cabinet.", rich_help_panel=CABINET)
    ] = False,
    use_every: Annotated[
        float,
        typer.Option(
            "--use-every", min=0.0, help="Somebody comes to each board about so often, s.", rich_help_panel=PEOPLE
        ),
    ] = 0.0,
    wrong_code: Annotated[
        float,
        typer.Option(
            "--wrong-code", min=0.0, max=1.0, help="Chance of somebody without a code.", rich_help_panel=PEOPLE
        ),
    ] = 0.0,
    with_key: Annotated[
        float,
        typer.Option("--with-key", min=0.0, max=1.0, help="Chance of a technician with a key.", rich_help_panel=PEOPLE),
    ] = 0.0,
    lockout: Annotated[
        float, typer.Option("--lockout", min=0.0, help="Three wrong codes are reported for, s.", rich_help_panel=PEOPLE)
    ] = 20.0,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="A new connection for each request.", rich_help_panel=MANNERS)
    ] = False,
    keep_countdown: Annotated[
        bool, typer.Option("--keep-countdown", help="A reply does not set the minutes anew.", rich_help_panel=MANNERS)
    ] = False,
    keep_lists: Annotated[
        bool, typer.Option("--keep-lists", help="Tell BOX_ACC and BOX_TO until a reboot.", rich_help_panel=MANNERS)
    ] = False,
    stay_blocked: Annotated[
        bool, typer.Option("--stay-blocked", help="A reboot alone ends a block.", rich_help_panel=MANNERS)
    ] = False,
    no_reboot: Annotated[
        bool, typer.Option("--no-reboot", help="RESET=1 of the server is not obeyed.", rich_help_panel=MANNERS)
    ] = False,
    silent_reboot: Annotated[
        bool, typer.Option("--silent-reboot", help="RESET=1 is not said after a reboot.", rich_help_panel=MANNERS)
    ] = False,
    minute: Annotated[
        float, typer.Option("--minute", min=0.001, help="Seconds of a minute on its clock.", rich_help_panel=MANNERS)
    ] = 60.0,
    eol: Annotated[str, typer.Option("--eol", help="crlf or lf.", rich_help_panel=MANNERS)] = "crlf",
    final_eol: Annotated[
        bool, typer.Option("--final-eol", help="Send a line end behind CLOSE.", rich_help_panel=MANNERS)
    ] = False,
    lost: Annotated[float, _chance("It never leaves; asked again with SEND + 1.")] = 0.0,
    late: Annotated[float, _chance("It leaves 2 s later, behind newer ones.")] = 0.0,
    cut: Annotated[float, _chance("Its beginning leaves, then the connection is reset.")] = 0.0,
    split: Annotated[float, _chance("It leaves in small pieces.")] = 0.0,
    doubled: Annotated[float, _chance("It leaves over both channels.")] = 0.0,
    glued: Annotated[float, _chance("The next one follows at once, without a line end.")] = 0.0,
    switch: Annotated[float, _chance("It leaves over the other channel.")] = 0.0,
    reboot: Annotated[float, _chance("The board reboots behind it.")] = 0.0,
    wifi_every: Annotated[float, _seconds("Wi-Fi has no access point so often, s.")] = 0.0,
    wifi_for: Annotated[float, _seconds("And so long, s.")] = 10.0,
    gsm_every: Annotated[float, _seconds("GSM has no network so often, s.")] = 0.0,
    gsm_for: Annotated[float, _seconds("And so long, s.")] = 10.0,
    short_every: Annotated[float, _seconds("A short circuit so often, s.")] = 0.0,
    short_for: Annotated[float, _seconds("And so long, s.")] = 10.0,
    drop_every: Annotated[float, _seconds("All connections are lost so often, s.")] = 0.0,
) -> None:
    """Play smart-locker boards against a server."""
    from lineside.lockers.simulator import run_simulator, settings_from

    faults = {
        "lost": lost,
        "late": late,
        "cut": cut,
        "split": split,
        "doubled": doubled,
        "glued": glued,
        "switch": switch,
        "reboot": reboot,
        "wifi_every_s": wifi_every,
        "wifi_for_s": wifi_for,
        "gsm_every_s": gsm_every,
        "gsm_for_s": gsm_for,
        "short_every_s": short_every,
        "short_for_s": short_for,
        "drop_every_s": drop_every,
    }
    settings = settings_from(
        {
            "server": server,
            "board": name,
            "boards": boards,
            "period_s": period,
            "timeout_s": timeout,
            "channels": channels,
            "duration_s": duration,
            "seed": seed,
            "tell_codes": codes,
            "columns": columns,
            "rows": rows,
            "missing": missing or (),
            "raw_locks": raw_locks,
            "use_every_s": use_every,
            "wrong_code": wrong_code,
            "with_key": with_key,
            "lockout_s": lockout,
            "keep_connection": not fresh,
            "restarts_countdown": not keep_countdown,
            "lists_cleared": "reboot" if keep_lists else "reply",
            "unblocks": not stay_blocked,
            "obeys_reboot": not no_reboot,
            "reports_reboot": not silent_reboot,
            "minute_s": minute,
            "eol": eol,
            "final_eol": final_eol,
            "faults": faults,
        }
    )
    if while_stdin:
        end_with_stdin()
    run_simulator(settings)
