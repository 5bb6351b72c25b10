"""The seed's server by its old name: ``hevserver.py [--use-dump-data] [--broadcast-period S]`` is ``lineside run``.

Without ``-c FILE`` it takes ``hevserver.toml`` beside it: one ventilator, its controller found on USB, the usual ports.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lineside.cli import main

if __name__ == "__main__":
    given = sys.argv[1:]
    if "-c" not in given and "--config" not in given:
        given = ["-c", str(Path(__file__).with_name("hevserver.toml")), *given]
    sys.argv = ["lineside", "run", *given]
    main()
