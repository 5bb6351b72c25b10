"""The one list of exemptions from the tidy rules, each with its reason, so that it can grow shorter (STYLE.md §8)."""

from __future__ import annotations

WITHOUT_OWN_TEST = {
    "__init__.py": "the version and the package's face",
    "__main__.py": "one call of the command line, run by every test that starts a process",
    "errors.py": "a tree of names; each error is tested where it is raised",
    "runtime/command.py": "types only",
    "runtime/link.py": "types only",
    "runtime/sink_events.py": "types only",
    "runtime/wire.py": "types only",
    "runtime/model.py": "types only",
    "runtime/hub/settings.py": "limits only; test_hub reads them",
    "runtime/hub/answers.py": "a part of the hub without a face of its own; test_hub and test_hub_weather play it",
    "runtime/hub/audience.py": "a part of the hub without a face of its own; test_hub and test_hub_weather play it",
    "runtime/hub/beat.py": "a part of the hub without a face of its own; test_hub and test_hub_weather play it",
    "runtime/hub/counts.py": "a part of the hub without a face of its own; test_hub and test_hub_weather play it",
    "runtime/hub/registry.py": "a part of the hub without a face of its own; test_hub and test_hub_weather play it",
    "runtime/hub/stragglers.py": "a part of the hub without a face of its own; test_hub and test_hub_weather play it",
    "runtime/hub/subscription.py": "a part of the hub without a face of its own; test_hub and test_hub_weather play it",
    "config/settings.py": "the Structs that every test of `config` reads with",
    "config/template.py": "one text; test_load and the tests of `lineside init` read it",
    "app/foundation.py": "three calls; every test of the server and of the command line goes through them",
    "app/gateways.py": "wiring; test_server starts and stops gateways, test_reload changes them",
    "cli/reach.py": "wiring; every test of a command goes through it, with and without a server",
}
"""Files of the product without a test file of the same name."""

LONGER_THAN_A_ROOM: dict[str, str] = {}
"""Files over 400 lines."""

LONGER_THAN_AN_IDEA: dict[str, str] = {}
"""Functions over 60 lines, as ``file.py:name``."""
