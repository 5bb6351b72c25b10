"""The tree names no place of one machine and no host that packages come from."""

from __future__ import annotations

import re

import pytest

from tests.tidy.tree import ROOT, files

# Put together from pieces, so that this file does not find itself.
HOSTS = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "registry." + "yarnpkg", "npm" + "mirror")
PLACES = ("wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]+", "Us" + "ers/[a-z]+")
MACHINE_PATH = re.compile(r"(?<![\w.~:-])/(?:" + "|".join(PLACES) + ")/")
BINARY = {".png", ".jpg", ".ico", ".woff2", ".dump", ".db", ".gz"}
TEXT = [name for name in files() if name.suffix not in BINARY]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for name in TEXT:
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        found += [f"{name}:{n}" for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    return found


def test_no_package_host_is_named() -> None:
    found = lines_with(re.compile("|".join(map(re.escape, HOSTS))))
    assert not found, f"a package host stands in {found[:10]} (npm: omit-lockfile-registry-resolved=true)"


def test_no_path_of_one_machine_is_named() -> None:
    found = lines_with(MACHINE_PATH)
    assert not found, f"a path of one machine stands in {found[:10]}"


def test_the_lock_file_pins_every_package_and_names_no_place() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    loose = [line for line in packages if not re.match(r"^[a-z0-9.-]+==\S+", line)]
    assert packages
    assert not loose, f"not pinned: {loose}"
    assert not [line for line in lines if "://" in line]


@pytest.mark.parametrize(
    "name", ["LICENSE", "README.md", "ARCHITECTURE.md", "Makefile", ".ci/run", "requirements.lock"]
)
def test_the_files_that_a_stranger_looks_for_are_there(name: str) -> None:
    assert (ROOT / name).is_file()
