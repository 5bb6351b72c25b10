"""Settings: ``lineside.toml`` read, checked and frozen; its schema, its masked print, and what a reload would change.

This room knows no house. Which kinds of gateway exist comes in as a registry (`Kind` by name), so that the settings of
a new house need no line here.
"""

from lineside.config.address import Address, is_loopback, parse_address
from lineside.config.decode import SettingsRefused, faults_of
from lineside.config.difference import Change, Difference, difference
from lineside.config.load import DEFAULT_FILE, load, read_table, settings_from_table
from lineside.config.schema import json_schema
from lineside.config.settings import NAME, GatewaySettings, Kind, LogFormat, LogLevel, Settings, SinkEntry
from lineside.config.show import masked_settings, toml_from_table
from lineside.config.template import TEMPLATE

__all__ = [
    "DEFAULT_FILE",
    "NAME",
    "TEMPLATE",
    "Address",
    "Change",
    "Difference",
    "GatewaySettings",
    "Kind",
    "LogFormat",
    "LogLevel",
    "Settings",
    "SettingsRefused",
    "SinkEntry",
    "difference",
    "faults_of",
    "is_loopback",
    "json_schema",
    "load",
    "masked_settings",
    "parse_address",
    "read_table",
    "settings_from_table",
    "toml_from_table",
]
