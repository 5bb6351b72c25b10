"""The seeds' own files (``.env``, ``settings.json``, ``listeners.json``, ``config.json``, ``tmp_db_data.json``).

`read_seed` turns a folder of them into a settings file, with a finding for each key; `read_left_over` reads the rows
that the slots seed could not deliver. Both only read; ``lineside init --from`` writes.
"""

from lineside.config.seed_files.findings import Finding, Outcome
from lineside.config.seed_files.move import Built, Move, read_seed
from lineside.config.seed_files.rows import FILE as LEFT_OVER_FILE
from lineside.config.seed_files.rows import SeedRow, read_left_over
from lineside.config.seed_files.sink import SecretFile

__all__ = [
    "LEFT_OVER_FILE",
    "Built",
    "Finding",
    "Move",
    "Outcome",
    "SecretFile",
    "SeedRow",
    "read_left_over",
    "read_seed",
]
