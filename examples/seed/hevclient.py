"""The seed's module name: ``from hevclient import HEVClient``. Run as a program it is `examples/hev_client.py`."""

from __future__ import annotations

import sys
from pathlib import Path

from lineside.ventilator import HEVClient

__all__ = ["HEVClient"]

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from hev_client import main

    raise SystemExit(main())
