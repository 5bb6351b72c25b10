"""The commented settings file that ``lineside init`` writes."""

from __future__ import annotations

TEMPLATE = """\
# lineside settings. `lineside check` says whether they are right, `lineside config` prints what is in force.
# Any key can be overlaid from the environment (LINESIDE_WEB__ADDRESS=127.0.0.1:9000); ${NAME} in a text is replaced.

data_dir = "var"                       # journal and recordings; one process at a time holds it

[keys]
file = "keys.toml"                     # made on the first start, mode 0600; keep a copy (`lineside keys backup FILE`)

[web]                                  # console, HTTP API, live feed and metrics
address = "127.0.0.1:8000"             # loopback only; give cert and key before you open it to a network
# cert = "tls/cert.pem"
# key = "tls/key.pem"
# hosts = ["panel.example"]            # further names that browsers use for this machine

[journal]
keep_days = 90                         # events older than this are carried into one event and pruned

[gateways.ward]                        # the name is yours; its unit is ward/1
kind = "ventilator"
line = "/dev/ttyACM0"                  # a device, "pty:PATH", "socket://host:port" or "rfc2217://host:port"
broadcast = ["127.0.0.1:54320", "127.0.0.1:54322"]
request = "127.0.0.1:54321"
period_s = 0.2                         # 0 sends one broadcast for each sample
"""
