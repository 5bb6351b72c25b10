"""``python -m bench [NAME …] [options]``: run the named measurements, or all of them, one after the other.

Each measurement is a script of this folder that also runs alone; options are passed on to every one that is run.
``--record FILE`` also writes what they printed, with machine and versions, to FILE (``docs/benchmarks.md``).
"""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Files that several measurements share, and this one.
NOT_MEASUREMENTS = ("_",)
LIBRARIES = ("uvloop", "aiohttp", "msgspec", "fastcrc", "serialx", "cryptography")

HEAD = """# Numbers

`make bench ARGS="--record docs/benchmarks.md"` printed and wrote this page. What each number was aimed at, and what
falls short, stands in [targets](benchmarks-targets.md). A ratio to a floor of the same run says more than a rate: rates
belong to the machine.

"""


def main() -> None:
    known = sorted(file.stem for file in HERE.glob("*.py") if not file.name.startswith(NOT_MEASUREMENTS))
    arguments = sys.argv[1:]
    record = _take_record(arguments)
    names = [argument for argument in arguments if argument in known]
    options = [argument for argument in arguments if argument not in known]
    if options and not options[0].startswith("-"):
        raise SystemExit(f"no measurement {options[0]!r}; there are {', '.join(known)}")
    failed, pages = [], []
    for name in names or known:
        print(f"== {name}", flush=True)
        code, text = _run(name, options)
        pages.append(f"## {name}\n\n`python -m bench {' '.join([name, *options])}`\n\n```\n{text.rstrip()}\n```\n")
        if code:
            failed.append(name)
    if record is not None:
        record.write_text(HEAD + _machine() + "\n" + "\n".join(pages))
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def _take_record(arguments: list[str]) -> Path | None:
    if "--record" not in arguments:
        return None
    place = arguments.index("--record")
    if place + 1 == len(arguments):
        raise SystemExit("--record needs a file")
    file = Path(arguments[place + 1])
    del arguments[place : place + 2]
    return file


def _run(name: str, options: list[str]) -> tuple[int, str]:
    """Run one script; its words go to the terminal as they come, and are returned."""
    command = [sys.executable, "-m", f"bench.{name}", *options]
    lines: list[str] = []
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode, "".join(lines)


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_processor()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {libraries}.\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    main()
