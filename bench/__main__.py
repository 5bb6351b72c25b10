"""``python -m bench [NAME …] [options]``: run the named measurements, or all of them, one after the other.

Each measurement is a script of this folder that also runs alone; options are passed on to every one that is run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Files that several measurements share, and this one.
NOT_MEASUREMENTS = ("_",)


def main() -> None:
    known = sorted(file.stem for file in HERE.glob("*.py") if not file.name.startswith(NOT_MEASUREMENTS))
    names = [argument for argument in sys.argv[1:] if argument in known]
    options = [argument for argument in sys.argv[1:] if argument not in known]
    if options and not options[0].startswith("-"):
        raise SystemExit(f"no measurement {options[0]!r}; there are {', '.join(known)}")
    failed = []
    for name in names or known:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}", *options], cwd=HERE.parent, check=False).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
