#!/usr/bin/env python3
"""The seed's emulator: plays a recording on var/ttyEMU0 until it is stopped. Without a file, a lung breathes.

    python ArduinoEmulator.py -f FILE [--line pty:PATH] [--profile A0]

`lineside simulate ventilator` does the same and more.
"""

from __future__ import annotations

import argparse
import sys

from lineside.adapters.far_end import open_far_end
from lineside.errors import ConfigError, LinkError
from lineside.ventilator.simulator import run_simulator, settings_from


def main() -> int:
    parser = argparse.ArgumentParser(description="Emulates the ventilator's controller on a pseudo-terminal.")
    parser.add_argument("-f", "--file", default="", help="a recording to play in a loop")
    parser.add_argument("--line", default="", help="where the server finds it; pty:var/ttyEMU0 by default")
    parser.add_argument("--profile", default="", help="protocol version that the file must have, as in A0")
    options = parser.parse_args()
    try:
        run_simulator(settings_from({**vars(options), "breathing": not options.file}), open_far_end)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except LinkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
