"""Talk to a ventilator's data server: start it, watch it, acknowledge its oldest alarm, stop it.

    python examples/hev_client.py [--host HOST] [--broadcast-port 54320] [--request-port 54321] [--quick]

Prints what each request was answered: True for START, False for a command that does not exist, True for STOP.
"""

from __future__ import annotations

import argparse
import sys
import time

from lineside.errors import LinkError
from lineside.ventilator import HEVClient


def watch(hev: HEVClient, polls: int, pause_s: float) -> None:
    for _ in range(polls):
        values = hev.get_values()
        note = " (stale)" if hev.stale else ""
        print(f"values: {values}{note}")
        print(f"alarms: {hev.get_alarms()}", flush=True)
        time.sleep(pause_s)


def demo(hev: HEVClient, *, quick: bool = False) -> None:
    """The seed's order: settle, START, 20 polls, acknowledge, a wrong command, 10 polls, STOP."""
    pause_s = 0.05 if quick else 1.0
    if quick:
        hev.wait_for_values(10)
    else:
        time.sleep(2)
    print("START:", hev.send_cmd("GENERAL", "START"), flush=True)
    watch(hev, 20, pause_s)
    alarms = hev.get_alarms()
    if alarms:
        print(f"acknowledge {alarms[0]}:", hev.ack_alarm(alarms[0]))
    else:
        print("no alarm to acknowledge")
    time.sleep(pause_s)
    print("alarms:", hev.get_alarms())
    print("general/foo:", hev.send_cmd("general", "foo"), flush=True)
    watch(hev, 10, pause_s)
    print("STOP:", hev.send_cmd("GENERAL", "STOP"), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="A tour of HEVClient against a running server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--broadcast-port", type=int, default=54320)
    parser.add_argument("--request-port", type=int, default=54321)
    parser.add_argument("--quick", action="store_true", help="about 2 s instead of about 35 s")
    args = parser.parse_args()
    with HEVClient(host=args.host, broadcast_port=args.broadcast_port, request_port=args.request_port) as hev:
        try:
            demo(hev, quick=args.quick)
        except LinkError as error:
            print(f"no server: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
