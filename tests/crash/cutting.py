"""Cut the power of many lives at many places, and stop at the first broken promise.

One life is traced once and cut at many places of its trace. From some of the images a second life begins, which is cut
too: in its recovery, or in what it does then.
"""

from __future__ import annotations

import itertools
import pickle
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from lineside.errors import LinesideError
from lineside.runtime.journal import Keys
from tests.crash.scene import SOUND, THREADED, Build, Life, examine
from tests.support.power_cut import Disk, Image, Platter, write_image
from tests.support.traced_os import TracedOs

# Of the images, this part is lived in again and cut once more.
SECOND_LIFE = 0.1
EVIDENCE = Path(__file__).resolve().parents[2] / "build" / "crash"


@dataclass
class Cuts:
    """What a run of cuts found.

    Attributes:
        count: cuts that were made and examined, first and second ones.
        faults: what was broken after the first cut that broke something; empty when nothing did.
        place: how to repeat it.
    """

    count: int = 0
    faults: list[str] = field(default_factory=list)
    place: str = ""


async def traced_life(folder: Path, life: Life) -> Disk:
    """Live once and return the disk with its trace."""
    with Disk(folder) as disk, traced_files(disk):
        await life.live(disk)
    return disk


@contextmanager
def traced_files(disk: Disk) -> Iterator[None]:
    """Let every module of the journal that calls `os` write its small files on the simulated disk too."""
    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("lineside.runtime.journal.") and hasattr(module, "os"):
                stack.enter_context(mock.patch.object(module, "os", TracedOs(disk)))
        yield


def cuts_of(disk: Disk, random: Random, count: int) -> Iterator[tuple[int, Image, list[Any]]]:
    """``count`` cuts at random places of a trace: place, what is on the disk then, what had been marked before."""
    platter = Platter(disk.trace, Random(random.randrange(1 << 32)))
    for place in sorted(random.randrange(disk.start, len(disk.trace) + 1) for _ in range(count)):
        platter.advance(place)
        yield place, platter.cut(random), list(platter.marks)


async def cut_often(folder: Path, seed: int, cuts_max: int, build: Build = SOUND, cuts_per_life: int = 50) -> Cuts:
    """Cut until ``cuts_max`` or the first broken promise; the same seed does the same again (but for threads)."""
    keys = Keys.generate()
    found = Cuts()
    for number in itertools.count():
        random = Random(f"{seed}/{number}")
        disk = await traced_life(folder / "live", Life(keys, random, build=build))
        for place, image, marks in cuts_of(disk, random, min(cuts_per_life, cuts_max - found.count)):
            found.count += 1
            found.place = f"seed {seed}, life {number}, cut at {place} of {len(disk.trace)}"
            found.faults = await after_cut(folder, image, marks, second_life(keys, random, found, build), found)
            if found.faults or found.count >= cuts_max:
                if found.faults and build in (SOUND, THREADED):
                    keep_evidence(folder, seed, disk, found)
                return found
        write_image({}, folder / "live")
    raise AssertionError("never")


def second_life(keys: Keys, random: Random, found: Cuts, build: Build) -> Life:
    """A shorter life on what a cut has left, with request names of its own."""
    return Life(keys, random, appends=10, name=f"b{found.count}-", build=build)


async def after_cut(folder: Path, image: Image, marks: list[Any], life: Life, found: Cuts) -> list[str]:
    """Examine an image; now and then live in it first, and cut that life as well. What cannot be used is a fault."""
    faults: list[str] = []
    try:
        if life.random.random() < SECOND_LIFE:
            write_image(image, folder / "second")
            disk = await traced_life(folder / "second", life)
            for place, again, more in cuts_of(disk, life.random, 3):
                found.count += 1
                write_image(again, folder / "image")
                faults = await examine(folder / "image", life.keys, marks + more, life.build.rows)
                if faults:
                    found.place += f", second cut at {place} of {len(disk.trace)}"
                    break
        if not faults:
            write_image(image, folder / "image")
            faults = await examine(folder / "image", life.keys, marks, life.build.rows)
    except* (LinesideError, sqlite3.Error) as errors:
        faults = [f"cannot be used: {errors.exceptions}"]
    return faults


def keep_evidence(folder: Path, seed: int, disk: Disk, found: Cuts) -> None:
    """Copy what failed to ``build/crash``: the image as it was left after the examination, and the trace of the life.

    A life with real threads comes out a little different each time; its trace can be cut again at the same places.
    """
    place = EVIDENCE / f"seed-{seed}-cut-{found.count}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder / "image", place)
    (place / "trace.pickle").write_bytes(pickle.dumps(disk.trace))
    (place / "faults.txt").write_text(f"{found.place}\n" + "\n".join(found.faults))
